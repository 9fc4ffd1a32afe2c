//! What happens to a refused request: it is repeated later, or reported to the program.

use parlor_shared::{Access, ClientMessage, ErrorCode, MessageId, Refusal, Request, RoomId};

use super::Session;
use crate::{
    outbox::RefusedCopy,
    output::{Event, StopReason},
};

impl Session {
    pub(super) fn on_refusal(&mut self, now_ms: u64, refusal: Refusal) {
        if let Some(id) = refusal.id {
            return self.on_post_refusal(now_ms, id, refusal);
        }
        if refusal.retry && self.connection.is_connecting() {
            // Nothing but hello was sent.
            self.connection.retry_hello(now_ms, refusal.retry_after_ms);
            return self.emit(Event::Refused(refusal));
        }
        if refusal.retry && self.retry_request(now_ms, &refusal) {
            return;
        }
        if refusal.request == Some(Request::Unknown) && self.seen.on_unsupported() {
            return;
        }
        match (&refusal.room, refusal.code) {
            // Once only: a hello without a token cannot be mended.
            (_, ErrorCode::TokenInvalid) if self.connection.is_connecting() => {
                if self.token.take().is_some() {
                    self.send_hello();
                }
            }
            (_, code) if code.is_about_access() && self.connection.is_connecting() => {
                self.emit(Event::Refused(refusal));
                return self.on_access_refused(code);
            }
            (Some(room), ErrorCode::NotJoined) => self.rejoin(room),
            // The member may not read the room any more.
            (Some(room), ErrorCode::NotAllowed | ErrorCode::Banned)
                if refusal.request == Some(Request::Join) =>
            {
                if !self.rooms.take_abandoned_answer(room) {
                    self.rooms.remove(room);
                }
            }
            // About a search that was sent before, not about the join.
            (_, ErrorCode::SearchInvalid) => {}
            // An earlier server does not say which request it refuses.
            (Some(room), _) if refusal.request.is_none_or(|of| of == Request::Join) => {
                self.on_join_refusal(now_ms, room, &refusal);
            }
            (Some(_) | None, _) => {}
        }
        self.emit(Event::Refused(refusal));
    }

    /// The server does not let the client in by what it has shown. A token may stand in the way of
    /// another member's invitation, or of a server that has become open: it is tried without one,
    /// once. Otherwise only the user or the program can help.
    fn on_access_refused(&mut self, code: ErrorCode) {
        if matches!(self.access.take(), Some(Access::Token(_))) {
            self.send_hello();
        } else {
            self.close();
            self.stop_with(StopReason::Refused(code));
        }
    }

    /// Sends a request again, after the wait that the server asks for, that was refused for now.
    /// Returns whether there is nothing to report. Joins and posts have rules of their own.
    fn retry_request(&mut self, now_ms: u64, refusal: &Refusal) -> bool {
        let Some(request) = refusal.request else {
            return false;
        };
        let room = refusal.room.as_ref();
        match (request, room) {
            // The answer shows that the server is there; and typing may be over by then.
            (Request::Ping | Request::Typing, _) => return true,
            (Request::Seen, Some(room)) => {
                self.seen.on_refused(room, now_ms, refusal.retry_after_ms);
                return true;
            }
            (Request::Rename, _) => {
                let name = self.name.clone();
                self.requests
                    .replace(request, room, &ClientMessage::Rename { name });
            }
            (Request::Leave, Some(room)) => {
                if self.rooms.get(room).is_some() {
                    // It is wanted again.
                    return true;
                }
                let leave = ClientMessage::Leave { room: room.clone() };
                self.requests.replace(request, Some(room), &leave);
            }
            _ => {}
        }
        let retry_after_ms = refusal.retry_after_ms;
        self.requests
            .send_again(now_ms, request, room, retry_after_ms)
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
        let copy = self.outbox.on_refused(id);
        if refusal.code == ErrorCode::NotJoined {
            self.outbox.resend(&room);
            self.rejoin(&room);
            return;
        }
        if copy == RefusedCopy::Earlier {
            return;
        }
        // The post before it was refused, and that refusal says how long to wait.
        let is_out_of_order = refusal.code == ErrorCode::OutOfOrder && copy == RefusedCopy::Chained;
        // From a server that ignores `follows`: the target was refused for now.
        let is_target_waiting =
            refusal.code == ErrorCode::TargetUnknown && self.outbox.is_target_waiting(id);
        if is_out_of_order || is_target_waiting {
            self.outbox.wait_behind(id);
        } else if refusal.code == ErrorCode::SlowMode {
            self.outbox.go_back(id);
            let until_ms = self.outbox.slow_down(&room, now_ms, refusal.retry_after_ms);
            self.emit(Event::Slowed { room, until_ms });
        } else if refusal.retry {
            self.outbox.go_back(id);
            self.outbox.hold(now_ms, refusal.retry_after_ms);
        } else if refusal.code == ErrorCode::Muted {
            // Each of those behind it would have a window of posts refused once more.
            for post in self.outbox.remove_muted(id) {
                let refusal = refusal.clone().of_post(post.id);
                self.emit(Event::PostRefused { post, refusal });
            }
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
