//! What a client records of the events that it receives.

use parlor_client::{
    Body, Entry, ErrorCode, Event, Position, RoomId, Seq, ServerMessage, Status, StopReason,
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
            Event::Acked { entry, .. } => self.on_acked(&entry),
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
            Event::Status(_)
            | Event::Slowed { .. }
            | Event::Refused(_)
            | Event::RoundTrip { .. } => {}
        }
    }

    fn on_message(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome {
                member,
                token,
                epoch,
                ..
            } => {
                self.epoch = Some(epoch);
                self.record.members.insert(member);
                self.config = self.config.clone().token(token);
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
                self.receive_up_to(&room, after);
                if let Some(epoch) = self.epoch {
                    let joined = Observed::Joined {
                        outcome,
                        after,
                        epoch,
                    };
                    self.observe(&room, joined);
                }
            }
            ServerMessage::Entry { room, entry } => {
                self.receive_up_to(&room, entry.seq);
                if matches!(entry.body, Body::Post { .. }) {
                    self.messages.push(room.clone(), entry.id);
                }
                let entry = self.shared.entries.share(&room, entry);
                self.observe(&room, Observed::Entry(entry));
            }
            // These show nothing that is checked against the log.
            ServerMessage::Duplicate { .. }
            | ServerMessage::History { .. }
            | ServerMessage::Slice { .. }
            | ServerMessage::Found { .. }
            | ServerMessage::State { .. }
            | ServerMessage::Right { .. }
            | ServerMessage::Moderated(_)
            | ServerMessage::OpenReports { .. }
            | ServerMessage::Admitted { .. }
            | ServerMessage::Rooms { .. }
            | ServerMessage::Present { .. }
            | ServerMessage::Presence { .. }
            | ServerMessage::Typing { .. }
            | ServerMessage::Seen { .. }
            | ServerMessage::Notice { .. }
            | ServerMessage::Error(_)
            | ServerMessage::Pong { .. }
            | ServerMessage::Unknown => {}
        }
    }

    fn on_acked(&mut self, entry: &Entry) {
        self.unacked.remove(&entry.id);
        let Some(place) = self.place(entry.seq) else {
            return self.fail(format!("{} was acked before the welcome", entry.id));
        };
        if let Some(before) = self.record.acked.insert(entry.id, place)
            && before.seq != entry.seq
        {
            self.fail(format!(
                "{} was acked at {before:?} before: {entry:?}",
                entry.id
            ));
        }
    }

    /// This place in the server's current epoch.
    fn place(&self, seq: Seq) -> Option<Position> {
        self.epoch.map(|epoch| Position { epoch, seq })
    }

    fn receive_up_to(&mut self, room: &RoomId, seq: Seq) {
        if let Some(place) = self.place(seq) {
            self.received.insert(room.clone(), place);
        }
    }
}
