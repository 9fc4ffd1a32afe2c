//! What a client records of the events that it receives.

use parlor_client::{
    Body, ErrorCode, Event, JoinOutcome, RoomId, Seq, ServerMessage, Status, StopReason,
};
use tokio::time::Instant;

use super::TestClient;
use crate::{record::Observed, rng};

/// After how many failed attempts the client asks to reconnect at once, as an impatient user would.
const PATIENT_ATTEMPTS: u32 = 3;

impl TestClient {
    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::Message(message) => self.on_message(message),
            Event::Acked { room, entry } => {
                self.learn_newest(&room, entry.seq);
                self.unacked.remove(&entry.id);
                if let Some(before) = self.record.acked.insert(entry.id, entry.seq)
                    && before != entry.seq
                {
                    self.fail(format!(
                        "{} was acked at {before} before: {entry:?}",
                        entry.id
                    ));
                }
            }
            Event::PostRefused { post, refusal } => {
                self.unacked.remove(&post.id);
                self.record.refused.insert(post.id, refusal.code);
            }
            Event::Status(Status::Waiting { attempt, .. }) if attempt >= PATIENT_ATTEMPTS => {
                let wait = rng::millis(&mut self.rng, 300..1_500);
                self.probes_at = Some(Instant::now() + wait);
            }
            Event::Status(Status::Stopped(StopReason::Closed(code))) => {
                self.fail(format!(
                    "the server closed the connection for good, with {code}"
                ));
                self.probes_at = Some(Instant::now());
            }
            // A client may leave a room while the server refuses its join: that is no failure.
            Event::Refused(refusal) if !refusal.retry && refusal.code != ErrorCode::NotJoined => {
                self.fail(format!("refused: {refusal:?}"));
            }
            Event::Status(_) | Event::Refused(_) | Event::RoundTrip { .. } => {}
        }
    }

    fn on_message(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { member, token, .. } => {
                self.record.members.insert(member);
                self.config = self.config.clone().with_token(token);
                if self.record.members.len() > 1 {
                    self.fail(format!("became another member: {:?}", self.record.members));
                }
            }
            ServerMessage::Joined {
                room,
                outcome,
                after,
                ..
            } => {
                if outcome == JoinOutcome::Reset {
                    self.received.insert(room.clone(), after);
                }
                self.observe(&room, Observed::Joined { outcome, after });
            }
            ServerMessage::Entry { room, entry } => {
                self.received.insert(room.clone(), entry.seq);
                self.learn_newest(&room, entry.seq);
                if matches!(entry.body, Body::Post { .. }) {
                    self.messages.push(room.clone(), entry.id);
                }
                let entry = self.shared.entries.share(&room, entry);
                self.observe(&room, Observed::Entry(entry));
            }
            // These show nothing that is checked against the log.
            ServerMessage::Duplicate { .. }
            | ServerMessage::History { .. }
            | ServerMessage::Found { .. }
            | ServerMessage::Present { .. }
            | ServerMessage::Presence { .. }
            | ServerMessage::Typing { .. }
            | ServerMessage::Notice { .. }
            | ServerMessage::Error(_)
            | ServerMessage::Pong { .. }
            | ServerMessage::Unknown => {}
        }
    }

    fn learn_newest(&mut self, room: &RoomId, seq: Seq) {
        let newest = self.newest.entry(room.clone()).or_default();
        *newest = seq.max(*newest);
    }
}
