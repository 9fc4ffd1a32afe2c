//! What a client does in the storm.

use std::collections::BTreeSet;

use parlor_client::{Body, Client, Emoji, MessageId, Name, OutboxPost, PostError, RoomId, Text};
use tokio::time::Instant;

use super::Guest;
use crate::{
    record::{Accepted, Seen},
    tally::{Fault, unix_ms},
};

/// Unacknowledged posts past which a client waits with more.
const UNSETTLED_MAX: usize = 300;

/// Posts of a flood, and the characters of each, of two bytes: together more than a room's ring, a mebibyte.
const FLOOD_POSTS: usize = 80;
const FLOOD_CHARS: usize = 7_900;

/// How a client is replaced by another that continues with its outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// It leaves in good order.
    Closed,
    /// It is dropped, and what it had to tell with it.
    Dropped,
}

impl Guest {
    /// Does one thing, most often posting, and sets the time of the next.
    pub(super) async fn act(&mut self) -> anyhow::Result<()> {
        match self.dice.of_range(0..1_000) {
            0..5 => self.leave_or_join().await?,
            5..8 => self.rename().await?,
            8..12 => self.stop_listening(),
            12..14 => self.pass_on(Passing::Closed).await?,
            14..16 => self.pass_on(Passing::Dropped).await?,
            16..60 => self.edit().await?,
            60..100 => self.react().await?,
            100..110 => self.delete().await?,
            110..130 => self.typing().await?,
            130..131 => self.flood().await?,
            _ => self.post().await?,
        }
        self.acts_at = Instant::now() + self.dice.ms(20..80);
        Ok(())
    }

    fn room(&mut self) -> Option<RoomId> {
        let rooms: Vec<&RoomId> = self.rooms.iter().collect();
        self.dice.pick(&rooms).map(|room| (*room).clone())
    }

    /// About half of the rooms, one at least.
    pub(super) async fn join_some(&mut self) -> anyhow::Result<()> {
        let all = self.party.rooms.clone();
        let first = self.dice.of_range(0..all.len() as u64) as usize;
        for step in 0..all.len().div_ceil(2) {
            self.join(&all[(first + step) % all.len()]).await?;
        }
        Ok(())
    }

    pub(super) async fn join(&mut self, room: &RoomId) -> anyhow::Result<()> {
        if self.rooms.insert(room.clone()) {
            self.see(room, Seen::Asked);
            self.client.join(room).await?;
        }
        Ok(())
    }

    async fn leave_or_join(&mut self) -> anyhow::Result<()> {
        let all = self.party.rooms.clone();
        let Some(room) = self.dice.pick(&all) else {
            return Ok(());
        };
        if !self.rooms.contains(room) {
            return self.join(room).await;
        }
        if self.rooms.len() > 1 {
            self.rooms.remove(room);
            self.reached.remove(room);
            let told = format!("client {} leaves {room}", self.record.client);
            self.party.tally.count(Fault::Leave, told);
            self.client.leave(room).await?;
        }
        Ok(())
    }

    async fn rename(&mut self) -> anyhow::Result<()> {
        let number = self.dice.of_range(0..100);
        let name = Name::parse(format!("Guest {} the {number}.", self.record.client))?;
        self.client.rename(name).await?;
        Ok(())
    }

    fn stop_listening(&mut self) {
        let time = self.dice.ms(300..3_000);
        self.listens_at = Instant::now() + time;
        let told = format!("client {} does not read for {time:?}", self.record.client);
        self.party.tally.count(Fault::ReaderStall, told);
    }

    async fn typing(&mut self) -> anyhow::Result<()> {
        if let Some(room) = self.room() {
            self.client.typing(&room).await?;
        }
        Ok(())
    }

    async fn post(&mut self) -> anyhow::Result<()> {
        for _one in 0..self.dice.of_range(1..4) {
            if let Some(room) = self.room() {
                let text = self.text();
                self.append(room, Body::post(text?)).await?;
            }
        }
        Ok(())
    }

    /// More than a room's ring holds, at once: whoever is slow falls behind it.
    async fn flood(&mut self) -> anyhow::Result<()> {
        let Some(room) = self.room() else {
            return Ok(());
        };
        let told = format!("client {} floods {room}", self.record.client);
        self.party.tally.count(Fault::Flood, told);
        for _one in 0..FLOOD_POSTS {
            let text = self.text_with(FLOOD_CHARS)?;
            self.append(room.clone(), Body::post(text)).await?;
        }
        Ok(())
    }

    async fn edit(&mut self) -> anyhow::Result<()> {
        if let Some((room, target)) = self.own_message() {
            let text = self.text()?;
            self.append(room, Body::Edit { target, text }).await?;
        }
        Ok(())
    }

    async fn delete(&mut self) -> anyhow::Result<()> {
        if let Some((room, target)) = self.own_message() {
            if let Some(own) = self.own.get_mut(&room) {
                own.retain(|id| *id != target);
            }
            self.append(room, Body::Deletion { target }).await?;
        }
        Ok(())
    }

    async fn react(&mut self) -> anyhow::Result<()> {
        let Some(room) = self.room() else {
            return Ok(());
        };
        let heard: Vec<MessageId> = self
            .heard
            .get(&room)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        if let Some(target) = self.dice.pick(&heard).copied() {
            let emoji = Emoji::parse("👍")?;
            let on = self.dice.of_range(0..3) > 0;
            self.append(room, Body::Reaction { target, emoji, on })
                .await?;
        }
        Ok(())
    }

    fn own_message(&mut self) -> Option<(RoomId, MessageId)> {
        let room = self.room()?;
        let own: Vec<MessageId> = self.own.get(&room).into_iter().flatten().copied().collect();
        let target = self.dice.pick(&own).copied()?;
        Some((room, target))
    }

    /// A text that nobody else writes; some are long, so that lines and rings fill up.
    fn text(&mut self) -> anyhow::Result<Text> {
        let filler = match self.dice.of_range(0..20) {
            0 => self.dice.of_range(500..4_000),
            _ => self.dice.of_range(0..80),
        };
        self.text_with(filler as usize)
    }

    fn text_with(&mut self, filler: usize) -> anyhow::Result<Text> {
        self.posts += 1;
        let filler = "\u{e9}".repeat(filler);
        let text = format!("guest {} #{} {filler}", self.record.client, self.posts);
        Ok(Text::parse(text)?)
    }

    async fn append(&mut self, room: RoomId, body: Body) -> anyhow::Result<()> {
        if self.unsettled.len() >= UNSETTLED_MAX {
            return Ok(());
        }
        let made_ms = unix_ms();
        match self.client.append(&room, body.clone()).await {
            Ok(id) => {
                self.unsettled.insert(id);
                self.record.accepted.push(Accepted {
                    room,
                    id,
                    body,
                    made_ms,
                });
                Ok(())
            }
            // Nothing was accepted.
            Err(PostError::OutboxFull(_)) => Ok(()),
            Err(error @ (PostError::Text(_) | PostError::Random(_) | PostError::Closed(_))) => {
                Err(error.into())
            }
        }
    }

    /// Another client continues as this member, with what the one before left in its outbox.
    async fn pass_on(&mut self, passing: Passing) -> anyhow::Result<()> {
        // Who was never told who it is could not continue as the same member.
        if self.record.members.is_empty() {
            return Ok(());
        }
        let kept = match passing {
            Passing::Dropped => self.crash().await?,
            Passing::Closed => self.close().await?,
        };
        let config = self.config.clone().with_outbox(kept);
        (self.client, self.events) = Client::connect(config);
        self.reached.clear();
        for room in self.rooms.clone() {
            self.see(&room, Seen::Asked);
            self.client.join(&room).await?;
        }
        Ok(())
    }

    async fn crash(&mut self) -> anyhow::Result<Vec<OutboxPost>> {
        let told = format!("client {} crashes", self.record.client);
        self.party.tally.count(Fault::Crash, told);
        let kept = self.client.outbox().await?;
        // What has left the outbox is on the log, or was refused; the one who knew is gone.
        let ids: BTreeSet<MessageId> = kept.iter().map(|post| post.id).collect();
        let unheard = self.unsettled.extract_if(.., |id| !ids.contains(id));
        self.record.unheard.extend(unheard);
        Ok(kept)
    }

    async fn close(&mut self) -> anyhow::Result<Vec<OutboxPost>> {
        let told = format!("client {} restarts", self.record.client);
        self.party.tally.count(Fault::Restart, told);
        let kept = self.client.close().await?;
        while let Some(event) = self.events.next().await {
            self.hear(event);
        }
        let ids: BTreeSet<MessageId> = kept.iter().map(|post| post.id).collect();
        if ids != self.unsettled {
            let what = format!("handed back {ids:?}, but {:?} wait", self.unsettled);
            self.record.complaints.push(what);
        }
        Ok(kept)
    }
}
