//! What a client writes down of what it hears.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use parlor_client::{
    Body, Entry, ErrorCode, Event, JoinOutcome, RoomId, Seq, ServerMessage, Status, StopReason,
};
use tokio::time::Instant;

use super::{Guest, remember};
use crate::record::Seen;

/// Failed tries after which somebody asks to try again at once, as a person would.
const PATIENT_TRIES: u32 = 3;

/// Entries that were seen, each kept once for all clients that saw the same.
#[derive(Debug, Default)]
pub(crate) struct Interned(Mutex<HashMap<(RoomId, Seq), Arc<Entry>>>);

impl Interned {
    fn get(&self, room: &RoomId, entry: Entry) -> Arc<Entry> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = known
            .entry((room.clone(), entry.seq))
            .or_insert_with(|| Arc::new(entry.clone()));
        if **first == entry {
            first.clone()
        } else {
            Arc::new(entry)
        }
    }
}

impl Guest {
    #[allow(
        clippy::too_many_lines,
        reason = "one closed match shows all a client can hear"
    )]
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Message(ServerMessage::Welcome { member, token, .. }) => {
                self.record.members.insert(member);
                self.config = self.config.clone().with_token(token);
                if self.record.members.len() > 1 {
                    let what = format!("became another member: {:?}", self.record.members);
                    self.record.complaints.push(what);
                }
            }
            Event::Message(ServerMessage::Joined {
                room,
                outcome,
                after,
                ..
            }) => {
                if outcome == JoinOutcome::Reset {
                    self.reached.insert(room.clone(), after);
                }
                self.see(&room, Seen::Joined { outcome, after });
            }
            Event::Message(ServerMessage::Entry { room, entry }) => {
                self.reached.insert(room.clone(), entry.seq);
                self.know(&room, entry.seq);
                if matches!(entry.body, Body::Post { .. }) {
                    remember(self.heard.entry(room.clone()).or_default(), entry.id);
                }
                let entry = self.party.interned.get(&room, entry);
                self.see(&room, Seen::Entry(entry));
            }
            Event::Acked { room, entry } => {
                self.know(&room, entry.seq);
                self.unsettled.remove(&entry.id);
                if let Some(before) = self.record.settled.insert(entry.id, entry.seq)
                    && before != entry.seq
                {
                    let what = format!("{} was acknowledged at {before} too: {entry:?}", entry.id);
                    self.record.complaints.push(what);
                }
                if matches!(entry.body, Body::Post { .. }) {
                    remember(self.own.entry(room).or_default(), entry.id);
                }
            }
            Event::PostRefused { post, refusal } => {
                self.unsettled.remove(&post.id);
                self.record.refused.insert(post.id, refusal.code);
            }
            Event::Status(Status::Waiting { attempt, .. }) if attempt >= PATIENT_TRIES => {
                self.probes_at = Some(Instant::now() + self.dice.ms(300..1_500));
            }
            Event::Status(Status::Stopped(StopReason::Closed(code))) => {
                let what = format!("the server said stop, with {code}");
                self.record.complaints.push(what);
                self.probes_at = Some(Instant::now());
            }
            // To leave a room whose join is being refused is nothing to complain about.
            Event::Refused(refusal) if !refusal.retry && refusal.code != ErrorCode::NotJoined => {
                let what = format!("refused: {refusal:?}");
                self.record.complaints.push(what);
            }
            Event::Status(_) | Event::Refused(_) | Event::Message(_) | Event::RoundTrip { .. } => {}
        }
    }

    fn know(&mut self, room: &RoomId, seq: Seq) {
        let newest = self.newest.entry(room.clone()).or_default();
        *newest = seq.max(*newest);
    }
}
