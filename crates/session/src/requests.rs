//! The requests other than hello, joins and posts: those that the server refuses for now are sent
//! again.

use std::collections::VecDeque;

use parlor_shared::{ClientMessage, Request, RoomId, codec, limits::QUESTIONS_MAX};

use crate::backoff::retry_wait_ms;

/// The questions that are not answered, and the requests that wait to be sent again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    /// Histories and searches without an answer, oldest first. The server answers in order.
    unanswered: VecDeque<SentRequest>,
    /// Requests that were refused for now, oldest first.
    refused: Vec<SentRequest>,
    /// When the refused ones are sent again.
    again_at_ms: Option<u64>,
    /// How often requests were refused for now since the last answer.
    refusals: u32,
}

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentRequest {
    request: Request,
    room: Option<RoomId>,
    frame: String,
}

impl SentRequest {
    pub(crate) fn new(request: Request, room: Option<&RoomId>, message: &ClientMessage) -> Self {
        Self {
            request,
            room: room.cloned(),
            frame: codec::encode_client(message),
        }
    }

    fn is(&self, request: Request, room: Option<&RoomId>) -> bool {
        self.request == request && self.room.as_ref() == room
    }
}

impl Requests {
    /// Keeps a history or a search until it is answered. Past [`QUESTIONS_MAX`] the oldest one is
    /// no longer kept.
    pub(crate) fn keep(&mut self, question: SentRequest) {
        if self.unanswered.len() >= QUESTIONS_MAX {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(question);
    }

    /// Records an answer to a question of this type about this room.
    pub(crate) fn on_answer(&mut self, request: Request, room: &RoomId) {
        self.take(request, Some(room));
        self.refusals = 0;
    }

    /// Takes out the oldest unanswered question of this type about this room.
    pub(crate) fn take(&mut self, request: Request, room: Option<&RoomId>) -> Option<SentRequest> {
        let mut unanswered = self.unanswered.iter();
        let index = unanswered.position(|sent| sent.is(request, room))?;
        self.unanswered.remove(index)
    }

    /// Schedules a request that was refused for now. It replaces a rename that is scheduled
    /// already, because the newest name counts.
    pub(crate) fn send_again(
        &mut self,
        now_ms: u64,
        refused: SentRequest,
        retry_after_ms: Option<u64>,
    ) {
        let wait_ms = retry_wait_ms(retry_after_ms, self.refusals);
        self.refusals = self.refusals.saturating_add(1);
        self.again_at_ms = self.again_at_ms.max(Some(now_ms.saturating_add(wait_ms)));
        if refused.request == Request::Rename {
            self.cancel(Request::Rename, None);
        }
        self.refused.push(refused);
    }

    /// Cancels the scheduled requests of this type about this room.
    pub(crate) fn cancel(&mut self, request: Request, room: Option<&RoomId>) {
        self.refused.retain(|refused| !refused.is(request, room));
    }

    /// Forgets the questions about a room that was left.
    pub(crate) fn on_left(&mut self, room: &RoomId) {
        for question in [Request::History, Request::Search] {
            self.unanswered
                .retain(|sent| !sent.is(question, Some(room)));
            self.cancel(question, Some(room));
        }
    }

    /// The frames to send again now, if their wait is over.
    pub(crate) fn on_timeout(&mut self, now_ms: u64) -> Vec<String> {
        if self.again_at_ms.is_none_or(|at_ms| now_ms < at_ms) {
            return Vec::new();
        }
        self.again_at_ms = None;
        let mut frames = Vec::new();
        for refused in std::mem::take(&mut self.refused) {
            frames.push(refused.frame.clone());
            if matches!(refused.request, Request::History | Request::Search) {
                self.keep(refused);
            }
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
