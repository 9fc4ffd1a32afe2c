//! What happens to a refused request: it is repeated later, or reported to the program.

use parlor_shared::{ErrorCode, MessageId, Refusal, RoomId};

use super::Session;
use crate::output::Event;

impl Session {
    pub(super) fn on_refusal(&mut self, now_ms: u64, refusal: Refusal) {
        match (refusal.id, &refusal.room, refusal.code) {
            (Some(id), _, _) => return self.on_post_refusal(now_ms, id, refusal),
            // Once only: a hello without a token cannot be mended.
            (None, _, ErrorCode::TokenInvalid) if self.connection.is_connecting() => {
                if self.token.take().is_some() {
                    self.send_hello();
                }
            }
            (None, Some(room), ErrorCode::NotJoined) => self.rejoin(room),
            // About a search that was sent before, not about the join.
            (None, _, ErrorCode::SearchInvalid) => {}
            (None, Some(room), _) => self.on_join_refusal(now_ms, room, &refusal),
            (None, None, _) => {}
        }
        self.emit(Event::Refused(refusal));
    }

    fn on_join_refusal(&mut self, now_ms: u64, room: &RoomId, refusal: &Refusal) {
        if self.rooms.take_abandoned_answer(room) {
            return;
        }
        let Some(known) = self.rooms.get_mut(room).filter(|known| known.is_joining()) else {
            return;
        };
        if refusal.retry {
            known.retry_join(now_ms, refusal.retry_after_ms);
        } else {
            self.rooms.remove(room);
        }
    }

    fn on_post_refusal(&mut self, now_ms: u64, id: MessageId, refusal: Refusal) {
        let Some(room) = self.outbox.room_of(id).cloned() else {
            // The post was acked or discarded: this is about an earlier copy of it.
            return;
        };
        if refusal.code == ErrorCode::NotJoined {
            self.outbox.resend(&room);
            self.rejoin(&room);
        } else if refusal.retry {
            self.outbox.resend(&room);
            self.outbox.hold(now_ms, refusal.retry_after_ms);
        } else if let Some(post) = self.outbox.remove(id) {
            self.emit(Event::PostRefused { post, refusal });
        }
    }

    /// Joins a room again that the server says the session is not in: once, however many requests
    /// were refused for it.
    fn rejoin(&mut self, room: &RoomId) {
        if let Some(known) = self.rooms.get_mut(room).filter(|known| known.is_joined()) {
            known.request_rejoin();
            self.send_joins();
        }
    }
}
