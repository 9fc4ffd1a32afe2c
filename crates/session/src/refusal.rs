//! What becomes of what the server refuses: asked again later, or handed back to the program.

use parlor_shared::{ErrorCode, MessageId, Refusal, RoomId};

use crate::{
    Event, Session,
    backoff::retry_wait_ms,
    room::{Room, Stage},
};

impl Session {
    pub(crate) fn take_refusal(&mut self, now_ms: u64, refusal: Refusal) {
        match (refusal.id, &refusal.room, refusal.code) {
            (Some(id), _, _) => return self.take_post_refusal(now_ms, id, refusal),
            // Only once: a hello without a token that is refused for its token will not get better.
            (None, _, ErrorCode::TokenInvalid) if self.is_connecting() => {
                if self.token.take().is_some() {
                    self.say_hello();
                }
            }
            (None, Some(room), ErrorCode::NotJoined) => self.join_anew(&room.clone()),
            // A search from before, not the join.
            (None, _, ErrorCode::SearchInvalid) => {}
            (None, Some(room), _) => self.take_join_refusal(now_ms, &room.clone(), &refusal),
            (None, None, _) => {}
        }
        self.tell(Event::Refused(refusal));
    }

    fn take_join_refusal(&mut self, now_ms: u64, room: &RoomId, refusal: &Refusal) {
        let joining = |known: &&mut Room| known.stage == Stage::Joining;
        let Some(known) = self.rooms.get_mut(room).filter(joining) else {
            return;
        };
        if refusal.retry {
            let wait_ms = retry_wait_ms(refusal.retry_after_ms, known.refused_joins);
            known.refused_joins = known.refused_joins.saturating_add(1);
            known.stage = Stage::Out;
            known.join_again_at_ms = Some(now_ms.saturating_add(wait_ms));
        } else {
            self.rooms.remove(room);
        }
    }

    fn take_post_refusal(&mut self, now_ms: u64, id: MessageId, refusal: Refusal) {
        // A post that is settled or was taken back: this is about a copy of it.
        let Some(room) = self.outbox.room_of(id).cloned() else {
            return;
        };
        if refusal.code == ErrorCode::NotJoined {
            self.outbox.send_again(&room);
            self.join_anew(&room);
        } else if refusal.retry {
            self.outbox.send_again(&room);
            self.hold_posts(now_ms, refusal.retry_after_ms);
        } else if let Some(post) = self.outbox.remove(id) {
            self.tell(Event::PostRefused { post, refusal });
        }
    }

    /// Has all posts wait. The first refusal of those on their way slows them down; the others can only ask for longer.
    fn hold_posts(&mut self, now_ms: u64, asked_ms: Option<u64>) {
        let first = self.hold_until_ms.is_none();
        if first || asked_ms.is_some() {
            let wait_ms = retry_wait_ms(asked_ms, self.refused_windows);
            let until_ms = now_ms.saturating_add(wait_ms);
            self.hold_until_ms = self.hold_until_ms.max(Some(until_ms));
        }
        if first {
            self.outbox.slow_down();
            self.refused_windows = self.refused_windows.saturating_add(1);
        }
    }

    /// The server and we disagree on where we are: joining again settles it, once for all that it refused.
    fn join_anew(&mut self, room: &RoomId) {
        if let Some(known) = self.rooms.get_mut(room).filter(|known| known.is_in()) {
            known.stage = Stage::Out;
            self.send_joins();
        }
    }
}
