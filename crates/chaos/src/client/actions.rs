//! The random actions of a client while faults are injected.

use std::collections::BTreeSet;

use parlor_client::{Body, Emoji, MessageId, Name, OutboxPost, PostError, Queued, RoomId};
use tokio::time::Instant;

use super::TestClient;
use crate::{
    record::{AcceptedPost, Observed},
    rng,
    stats::Fault,
};

/// How many posts may be unacked before the client waits with more.
const UNACKED_MAX: usize = 300;

/// How many posts make a flood, and of how many characters (of two bytes) each: together more than
/// a room's ring, which holds a mebibyte.
const FLOOD_POSTS: usize = 80;
const FLOOD_CHARS: usize = 7_900;

/// How a client is replaced by another that continues with its outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It is closed.
    Closed,
    /// It is dropped, and with it the events that it had not delivered.
    Dropped,
}

impl TestClient {
    /// Takes one action, most often a post, and sets the time of the next one.
    pub(super) async fn act(&mut self) -> anyhow::Result<()> {
        match self.rng.u16(0..1_000) {
            0..5 => self.leave_or_join().await?,
            5..8 => self.rename().await?,
            8..12 => self.stop_reading(),
            12..14 => self.replace_client(Ending::Closed).await?,
            14..16 => self.replace_client(Ending::Dropped).await?,
            16..60 => self.edit().await?,
            60..100 => self.react().await?,
            100..110 => self.delete().await?,
            110..130 => self.typing().await?,
            130..131 => self.flood().await?,
            _ => self.post().await?,
        }
        self.acts_at = Instant::now() + rng::millis(&mut self.rng, 20..80);
        Ok(())
    }

    /// A random room that the client is in.
    fn choose_room(&mut self) -> Option<RoomId> {
        self.rng.choice(&self.rooms).cloned()
    }

    /// Joins half of all rooms, but at least one.
    pub(super) async fn join_half_of_the_rooms(&mut self) -> anyhow::Result<()> {
        let all = self.shared.rooms.clone();
        let first = self.rng.usize(0..all.len());
        for step in 0..all.len().div_ceil(2) {
            self.join(&all[(first + step) % all.len()]).await?;
        }
        Ok(())
    }

    pub(super) async fn join(&mut self, room: &RoomId) -> anyhow::Result<()> {
        if self.rooms.insert(room.clone()) {
            self.observe(room, Observed::JoinRequested);
            self.client.join(room).await?;
        }
        Ok(())
    }

    async fn leave_or_join(&mut self) -> anyhow::Result<()> {
        let all = self.shared.rooms.clone();
        let Some(room) = self.rng.choice(&*all) else {
            return Ok(());
        };
        if !self.rooms.contains(room) {
            return self.join(room).await;
        }
        if self.rooms.len() > 1 {
            self.rooms.remove(room);
            self.received.remove(room);
            self.count(Fault::Leave, format!("leaves {room}"));
            self.client.room(room)?.leave().await?;
        }
        Ok(())
    }

    async fn rename(&mut self) -> anyhow::Result<()> {
        let number = self.rng.u8(0..100);
        let name = Name::parse(format!("Client {} the {number}.", self.record.client))?;
        self.client.rename(name).await?;
        Ok(())
    }

    fn stop_reading(&mut self) {
        let duration = rng::millis(&mut self.rng, 300..3_000);
        self.reads_at = Instant::now() + duration;
        self.count(
            Fault::ReaderStall,
            format!("stops reading for {duration:?}"),
        );
    }

    async fn typing(&mut self) -> anyhow::Result<()> {
        if let Some(room) = self.choose_room() {
            self.client.room(room)?.typing().await?;
        }
        Ok(())
    }

    async fn post(&mut self) -> anyhow::Result<()> {
        for _ in 0..self.rng.u8(1..4) {
            if let Some(room) = self.choose_room() {
                let text = self.texts.next(&mut self.rng)?;
                self.append(room, Body::post(text)).await?;
            }
        }
        Ok(())
    }

    /// Posts more at once than a room's ring holds, so that slow readers lag behind it.
    async fn flood(&mut self) -> anyhow::Result<()> {
        let Some(room) = self.choose_room() else {
            return Ok(());
        };
        self.count(Fault::Flood, format!("floods {room}"));
        for _ in 0..FLOOD_POSTS {
            let text = self.texts.next_with_filler(FLOOD_CHARS)?;
            self.append(room.clone(), Body::post(text)).await?;
        }
        Ok(())
    }

    async fn edit(&mut self) -> anyhow::Result<()> {
        if let Some(room) = self.choose_room()
            && let Some(target) = self.own_messages.choose(&room, &mut self.rng)
        {
            let text = self.texts.next(&mut self.rng)?;
            self.append(room, Body::Edit { target, text }).await?;
        }
        Ok(())
    }

    async fn delete(&mut self) -> anyhow::Result<()> {
        if let Some(room) = self.choose_room()
            && let Some(target) = self.own_messages.choose(&room, &mut self.rng)
        {
            self.own_messages.remove(&room, target);
            self.append(room, Body::Deletion { target }).await?;
        }
        Ok(())
    }

    async fn react(&mut self) -> anyhow::Result<()> {
        if let Some(room) = self.choose_room()
            && let Some(target) = self.messages.choose(&room, &mut self.rng)
        {
            let emoji = Emoji::parse("👍")?;
            let on = self.rng.u8(0..3) > 0;
            self.append(room, Body::Reaction { target, emoji, on })
                .await?;
        }
        Ok(())
    }

    async fn append(&mut self, room: RoomId, body: Body) -> anyhow::Result<()> {
        if self.unacked.len() >= UNACKED_MAX {
            return Ok(());
        }
        let append = self.client.room(&room)?.append(body.clone());
        match append.queue().await {
            Ok(Queued { id, .. }) => {
                self.unacked.insert(id);
                if matches!(body, Body::Post { .. }) {
                    // From here on it may be changed: the change follows it.
                    self.own_messages.push(room.clone(), id);
                }
                self.record.accepted.push(AcceptedPost { room, id, body });
                Ok(())
            }
            // The post was not accepted, so nothing has to come of it.
            Err(PostError::OutboxFull(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the client by another one that continues as the same member, with its outbox.
    async fn replace_client(&mut self, ending: Ending) -> anyhow::Result<()> {
        // Before its first welcome a client has no token, so the other one would be another member.
        if self.record.members.is_empty() {
            return Ok(());
        }
        let outbox = match ending {
            Ending::Dropped => self.crash().await?,
            Ending::Closed => self.close().await?,
        };
        let config = self.config.clone().outbox(outbox);
        (self.client, self.events) = config.connect_with_events()?;
        self.received.clear();
        for room in self.rooms.clone() {
            self.observe(&room, Observed::JoinRequested);
            self.client.join(&room).await?;
        }
        Ok(())
    }

    async fn crash(&mut self) -> anyhow::Result<Vec<OutboxPost>> {
        self.count(Fault::Crash, "crashes");
        let outbox = self.client.outbox().await?;
        // A post that has left the outbox is on the log or was refused; the event that says which
        // of the two is lost with the client.
        let ids: BTreeSet<MessageId> = outbox.iter().map(|post| post.id).collect();
        let lost = self.unacked.extract_if(.., |id| !ids.contains(id));
        self.record.outcome_unknown.extend(lost);
        Ok(outbox)
    }

    async fn close(&mut self) -> anyhow::Result<Vec<OutboxPost>> {
        self.count(Fault::Restart, "restarts");
        let outbox = self.client.close().await?;
        while let Some(event) = self.events.next().await {
            self.on_event(event);
        }
        let ids: BTreeSet<MessageId> = outbox.iter().map(|post| post.id).collect();
        if ids != self.unacked {
            let unacked = &self.unacked;
            self.fail(format!(
                "handed back {ids:?}, but {unacked:?} are not acked"
            ));
        }
        Ok(outbox)
    }

    fn count(&self, fault: Fault, what: impl std::fmt::Display) {
        let number = self.record.client;
        self.shared
            .stats
            .count(fault, format!("client {number} {what}"));
    }
}
