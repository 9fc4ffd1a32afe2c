//! The requests other than hello, joins and posts: those that the server refuses for now are sent
//! again.

use parlor_shared::{ClientMessage, Request, RoomId, codec, limits::QUESTIONS_MAX};

use crate::backoff::retry_wait_ms;

/// The questions that are not answered, and the requests that wait to be sent again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    /// Oldest first. The server answers in order.
    sent: Vec<SentRequest>,
    /// When the refused ones are sent again.
    again_at_ms: Option<u64>,
    /// How often requests were refused for now since the last answer.
    refusals: u32,
}

/// A request as it was sent.
#[derive(Debug, Clone)]
struct SentRequest {
    request: Request,
    room: Option<RoomId>,
    frame: String,
    /// Whether it was refused for now and waits to be sent again.
    is_refused: bool,
}

impl SentRequest {
    fn is(&self, request: Request, room: Option<&RoomId>) -> bool {
        self.request == request && self.room.as_ref() == room
    }
}

impl Requests {
    /// Keeps a question until it is answered. Past [`QUESTIONS_MAX`] it is not kept.
    pub(crate) fn keep(
        &mut self,
        request: Request,
        room: Option<&RoomId>,
        message: &ClientMessage,
    ) {
        if self.sent.len() < QUESTIONS_MAX {
            self.push(request, room, message);
        }
    }

    fn push(&mut self, request: Request, room: Option<&RoomId>, message: &ClientMessage) {
        self.sent.push(SentRequest {
            request,
            room: room.cloned(),
            frame: codec::encode_client(message),
            is_refused: false,
        });
    }

    /// Records an answer to a question of this type about this room.
    pub(crate) fn on_answer(&mut self, request: Request, room: Option<&RoomId>) {
        if let Some(index) = self.unanswered(request, room) {
            self.sent.remove(index);
        }
        self.refusals = 0;
    }

    /// The oldest request of this type about this room that is not answered.
    fn unanswered(&self, request: Request, room: Option<&RoomId>) -> Option<usize> {
        let mut sent = self.sent.iter();
        sent.position(|sent| !sent.is_refused && sent.is(request, room))
    }

    /// Schedules the oldest kept request of this type about this room, which was refused for now.
    /// Returns whether there is one.
    pub(crate) fn send_again(
        &mut self,
        now_ms: u64,
        request: Request,
        room: Option<&RoomId>,
        retry_after_ms: Option<u64>,
    ) -> bool {
        let Some(index) = self.unanswered(request, room) else {
            return false;
        };
        self.sent[index].is_refused = true;
        let wait_ms = retry_wait_ms(retry_after_ms, self.refusals);
        self.refusals = self.refusals.saturating_add(1);
        self.again_at_ms = self.again_at_ms.max(Some(now_ms.saturating_add(wait_ms)));
        true
    }

    /// Keeps a rename or a leave, which was refused for now, in the place of an earlier one.
    pub(crate) fn replace(
        &mut self,
        request: Request,
        room: Option<&RoomId>,
        message: &ClientMessage,
    ) {
        self.cancel(request, room);
        self.push(request, room, message);
    }

    /// Forgets the requests of this type about this room.
    pub(crate) fn cancel(&mut self, request: Request, room: Option<&RoomId>) {
        self.sent.retain(|sent| !sent.is(request, room));
    }

    /// Forgets the requests about a room that is left.
    pub(crate) fn on_left(&mut self, room: &RoomId) {
        self.sent.retain(|sent| sent.room.as_ref() != Some(room));
    }

    /// The frames to send again now, if their wait is over. Only questions are kept from then on:
    /// the others have no answer.
    pub(crate) fn on_timeout(&mut self, now_ms: u64) -> Vec<String> {
        let mut frames = Vec::new();
        if self.again_at_ms.is_some_and(|at_ms| now_ms >= at_ms) {
            self.again_at_ms = None;
            self.sent.retain_mut(|sent| {
                if !std::mem::take(&mut sent.is_refused) {
                    return true;
                }
                frames.push(sent.frame.clone());
                matches!(
                    sent.request,
                    Request::History
                        | Request::Slice
                        | Request::Search
                        | Request::Rooms
                        | Request::Moderate
                )
            });
        }
        frames
    }

    /// When the refused requests are sent again.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        self.again_at_ms
    }

    /// Forgets everything: a new connection begins with other requests.
    pub(crate) fn on_disconnect(&mut self) {
        *self = Self::default();
    }
}
