//! How far the user has seen each room: what the program said last, until the server has acked it.

use litemap::LiteMap;
use parlor_shared::{ClientMessage, Epoch, Position, RoomId, limits::SEEN_SEND_MS_MIN};

use crate::backoff::retry_wait_ms;

/// The last known position of each room. Of several that the program names, only the last one
/// counts, so nothing is queued.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenPositions(LiteMap<RoomId, SeenPosition>);

#[derive(Debug, Clone)]
struct SeenPosition {
    position: Position,
    stage: Stage,
    /// How many were sent on this connection and not answered.
    unanswered: u32,
    /// Not sent before this time.
    send_at_ms: u64,
    /// How often it was refused for now since it was last acked.
    refusals: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// To be sent.
    Unsent,
    /// Acked by a server that was started since and may have lost it. To be sent in a room that is
    /// live, unless the server has said before that it knows as much.
    Doubted,
    /// Sent on this connection and not acked.
    Sent,
    /// What the server keeps, as far as the session knows.
    Acked,
}

impl SeenPosition {
    fn is_to_be_sent(&self) -> bool {
        matches!(self.stage, Stage::Unsent | Stage::Doubted)
    }
}

impl SeenPositions {
    /// Sets a room's position, to be sent.
    pub(crate) fn set(&mut self, room: &RoomId, position: Position) {
        let known = self.0.get_mut(room);
        if let Some(known) = known {
            if known.position != position {
                known.position = position;
                known.stage = Stage::Unsent;
            }
        } else {
            let new = SeenPosition {
                position,
                stage: Stage::Unsent,
                unanswered: 0,
                send_at_ms: 0,
                refusals: 0,
            };
            self.0.insert(room.clone(), new);
        }
    }

    /// The next position to send, marked as sent: in a live room, and not within
    /// [`SEEN_SEND_MS_MIN`] of the one before it.
    pub(crate) fn next(
        &mut self,
        now_ms: u64,
        is_live: impl Fn(&RoomId) -> bool,
    ) -> Option<ClientMessage> {
        let is_due = |room: &RoomId, seen: &SeenPosition| {
            seen.is_to_be_sent() && seen.send_at_ms <= now_ms && is_live(room)
        };
        let mut all = self.0.iter_mut();
        let (room, seen) = all.find(|(room, seen)| is_due(room, seen))?;
        seen.stage = Stage::Sent;
        seen.unanswered += 1;
        seen.send_at_ms = now_ms.saturating_add(SEEN_SEND_MS_MIN);
        let Position { epoch, seq } = seen.position;
        let room = room.clone();
        Some(ClientMessage::Seen { room, epoch, seq })
    }

    /// When [`next`](Self::next) has something to send.
    pub(crate) fn deadline_ms(&self, is_live: impl Fn(&RoomId) -> bool) -> Option<u64> {
        let unsent =
            |(room, seen): &(&RoomId, &SeenPosition)| seen.is_to_be_sent() && is_live(room);
        let waits = self.0.iter().filter(unsent);
        waits.map(|(_, seen)| seen.send_at_ms).min()
    }

    /// Lets what waits be sent at once.
    pub(crate) fn flush(&mut self) {
        for (_, seen) in self.0.iter_mut() {
            seen.send_at_ms = 0;
        }
    }

    /// Takes what the server keeps. Returns whether it counts here: not while one that was set
    /// later is still to be sent, which will replace it.
    pub(crate) fn on_received(&mut self, room: &RoomId, position: Position) -> bool {
        let known = self.0.get_mut(room);
        let Some(known) = known else {
            self.set(room, position);
            if let Some(new) = self.0.get_mut(room) {
                new.stage = Stage::Acked;
            }
            return true;
        };
        // Answers come in order: an earlier one says what is no longer so.
        known.unanswered = known.unanswered.saturating_sub(1);
        // Another device has said more since: what was acked here before is not said again.
        let is_settled = known.stage == Stage::Doubted && position.seq >= known.position.seq;
        if known.is_to_be_sent() && !is_settled || known.unanswered > 0 {
            return false;
        }
        known.position = position;
        known.stage = Stage::Acked;
        known.refusals = 0;
        true
    }

    /// A join was answered in this epoch. A server that was started since may have lost what it
    /// acked last, and of what was sent before the join no answer may come.
    pub(crate) fn on_joined(&mut self, room: &RoomId, epoch: Epoch) {
        if let Some(known) = self.0.get_mut(room) {
            known.unanswered = 0;
            match known.stage {
                Stage::Sent => known.stage = Stage::Unsent,
                Stage::Acked if known.position.epoch != epoch => known.stage = Stage::Doubted,
                Stage::Unsent | Stage::Doubted | Stage::Acked => {}
            }
        }
    }

    /// The server has refused a position: for now, or for good, and then it is forgotten.
    pub(crate) fn on_refused(&mut self, room: &RoomId, now_ms: u64, retry_after_ms: Option<u64>) {
        if let Some(known) = self.0.get_mut(room) {
            known.unanswered = known.unanswered.saturating_sub(1);
            let wait_ms = retry_wait_ms(retry_after_ms, known.refusals);
            known.refusals = known.refusals.saturating_add(1);
            known.stage = Stage::Unsent;
            known.send_at_ms = now_ms.saturating_add(wait_ms);
        }
    }

    /// The server does not know this kind of message: it is an earlier one. Returns whether a
    /// position was sent to it; none is sent again on this connection.
    pub(crate) fn on_unsupported(&mut self) -> bool {
        let sent = |seen: &&mut SeenPosition| seen.stage == Stage::Sent;
        let sent = self.0.iter_mut().map(|(_, seen)| seen).filter(sent);
        sent.map(|seen| seen.stage = Stage::Acked).count() > 0
    }

    pub(crate) fn remove(&mut self, room: &RoomId) {
        self.0.remove(room);
    }

    pub(crate) fn on_disconnect(&mut self) {
        for (_, seen) in self.0.iter_mut() {
            seen.unanswered = 0;
            if seen.stage == Stage::Sent {
                seen.stage = Stage::Unsent;
            }
        }
    }
}
