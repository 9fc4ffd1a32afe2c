//! Questions and their answers. Of each kind one is asked at a time, so an answer or a refusal
//! belongs to the one that was asked; a question waits for its room and for the connection, and is
//! asked again after a reconnect.

use std::collections::VecDeque;

use parlor_session::Session;
use parlor_shared::{
    Entry, ErrorCode, Moderated, Moderation, Place, Refusal, Request, RoomId, Seq, ServerMessage,
};
use tokio::sync::oneshot;

use crate::{
    answers::{Found, History, RoomsPage, Slice},
    entry::RoomEntry,
    error::AskError,
    limits::{QUESTIONS_WAITING_MAX, ROOM_PAGE_ENTRIES},
};

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, AskError>>;

/// A question and where its answer goes.
#[derive(Debug)]
pub(crate) enum Question {
    History {
        room: RoomId,
        before: Seq,
        limit: u16,
        reply: Reply<History>,
    },
    Slice {
        room: RoomId,
        at: Place,
        limit: u16,
        reply: Reply<Slice>,
    },
    /// The client's own: what a slow program has not been given yet.
    Page { room: RoomId, after: Seq },
    Search {
        room: RoomId,
        text: String,
        reply: Reply<Found>,
    },
    Rooms {
        text: String,
        after: Option<String>,
        reply: Reply<RoomsPage>,
    },
    Moderate {
        request: Moderation,
        reply: Reply<Moderated>,
    },
}

/// The answer to [`Question::Page`].
#[derive(Debug)]
pub(crate) struct PageAnswer {
    pub(crate) room: RoomId,
    /// What the question said.
    pub(crate) after: Seq,
    pub(crate) entries: Vec<Entry>,
    /// Whether the room has entries after these.
    pub(crate) newer: bool,
}

impl Question {
    /// Its kind, of which one is asked at a time.
    fn kind(&self) -> Request {
        match self {
            Self::History { .. } => Request::History,
            Self::Slice { .. } | Self::Page { .. } => Request::Slice,
            Self::Search { .. } => Request::Search,
            Self::Rooms { .. } => Request::Rooms,
            Self::Moderate { .. } => Request::Moderate,
        }
    }

    /// The room that it is about.
    pub(crate) fn room(&self) -> Option<&RoomId> {
        match self {
            Self::History { room, .. }
            | Self::Slice { room, .. }
            | Self::Page { room, .. }
            | Self::Search { room, .. } => Some(room),
            Self::Rooms { .. } | Self::Moderate { .. } => None,
        }
    }

    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool {
        match self {
            Self::History { reply, .. } => reply.is_closed(),
            Self::Slice { reply, .. } => reply.is_closed(),
            Self::Page { .. } => false,
            Self::Search { reply, .. } => reply.is_closed(),
            Self::Rooms { reply, .. } => reply.is_closed(),
            Self::Moderate { reply, .. } => reply.is_closed(),
        }
    }

    /// Asks it, if the session can ask it now; returns whether it could.
    fn ask(&self, session: &mut Session) -> bool {
        match self {
            Self::History {
                room,
                before,
                limit,
                ..
            } => session.history(room, *before, *limit).is_ok(),
            Self::Slice {
                room, at, limit, ..
            } => session.slice(room, *at, *limit).is_ok(),
            Self::Page { room, after } => {
                let at = Place::After(*after);
                session.slice(room, at, ROOM_PAGE_ENTRIES).is_ok()
            }
            Self::Search { room, text, .. } => session.search(room, text).is_ok(),
            Self::Rooms { text, after, .. } => session.rooms(text, after.clone()).is_ok(),
            Self::Moderate { request, .. } => session.moderate(request.clone()).is_ok(),
        }
    }

    /// Says that there is no answer.
    pub(crate) fn fail(self, error: AskError) {
        match self {
            Self::History { reply, .. } => send(reply, Err(error)),
            Self::Slice { reply, .. } => send(reply, Err(error)),
            Self::Page { .. } => {}
            Self::Search { reply, .. } => send(reply, Err(error)),
            Self::Rooms { reply, .. } => send(reply, Err(error)),
            Self::Moderate { reply, .. } => send(reply, Err(error)),
        }
    }

    /// Passes the answer on. That to a page is returned.
    pub(crate) fn answer(
        self,
        message: ServerMessage,
        locate: impl Fn(&RoomId, Entry) -> RoomEntry,
    ) -> Option<PageAnswer> {
        let all = |room: &RoomId, entries: Vec<Entry>| {
            let entries = entries.into_iter();
            entries.map(|entry| locate(room, entry)).collect()
        };
        match (self, message) {
            (Self::History { room, reply, .. }, ServerMessage::History { entries, more, .. }) => {
                let entries = all(&room, entries);
                send(reply, Ok(History { entries, more }));
            }
            (
                Self::Slice { room, reply, .. },
                ServerMessage::Slice {
                    entries,
                    changes,
                    older,
                    newer,
                    ..
                },
            ) => {
                let slice = Slice {
                    entries: all(&room, entries),
                    changes: all(&room, changes),
                    older,
                    newer,
                };
                send(reply, Ok(slice));
            }
            (Self::Page { room, after }, ServerMessage::Slice { entries, newer, .. }) => {
                return Some(PageAnswer {
                    room,
                    after,
                    entries,
                    newer,
                });
            }
            (
                Self::Search { room, reply, .. },
                ServerMessage::Found {
                    entries,
                    incomplete,
                    ..
                },
            ) => {
                let entries = all(&room, entries);
                let found = Found {
                    entries,
                    incomplete,
                };
                send(reply, Ok(found));
            }
            (Self::Rooms { reply, .. }, ServerMessage::Rooms { rooms, next, .. }) => {
                send(reply, Ok(RoomsPage { rooms, next }));
            }
            (Self::Moderate { reply, .. }, ServerMessage::Moderated(answer)) => {
                send(reply, Ok(answer));
            }
            // The kinds are the same, so nothing else comes.
            _ => {}
        }
        None
    }
}

fn send<T>(reply: Reply<T>, answer: Result<T, AskError>) {
    // The program may have stopped waiting for it.
    reply.send(answer).ok();
}

/// The questions that have no answer yet, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    question: Question,
    is_asked: bool,
}

impl Questions {
    /// Keeps a question until it is answered. Past [`QUESTIONS_WAITING_MAX`] it fails.
    pub(crate) fn add(&mut self, question: Question) {
        if self.waiting.len() >= QUESTIONS_WAITING_MAX {
            self.waiting
                .retain(|waiting| waiting.is_asked || !waiting.question.is_abandoned());
        }
        if self.waiting.len() >= QUESTIONS_WAITING_MAX {
            return question.fail(AskError::TooMany);
        }
        self.waiting.push_back(Waiting {
            question,
            is_asked: false,
        });
    }

    /// Whether the program waits for an answer.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Asks what can be asked now: of each kind the first one whose room is live, if none is asked
    /// already.
    pub(crate) fn ask_next(&mut self, session: &mut Session) {
        self.waiting
            .retain(|waiting| waiting.is_asked || !waiting.question.is_abandoned());
        let mut asked: Vec<Request> = Vec::new();
        for waiting in self.waiting.iter().filter(|waiting| waiting.is_asked) {
            asked.push(waiting.question.kind());
        }
        for waiting in &mut self.waiting {
            let kind = waiting.question.kind();
            if !asked.contains(&kind) && waiting.question.ask(session) {
                waiting.is_asked = true;
                asked.push(kind);
            }
        }
    }

    /// The question that a message of this kind answers.
    pub(crate) fn take_asked(&mut self, kind: Request) -> Option<Question> {
        let mut waiting = self.waiting.iter();
        let index =
            waiting.position(|waiting| waiting.is_asked && waiting.question.kind() == kind)?;
        let taken = self.waiting.remove(index)?;
        Some(taken.question)
    }

    /// A request was refused. Returns the question that it was; it is asked again later, and `None`
    /// returned, if the room is being joined again.
    pub(crate) fn on_refused(&mut self, refusal: &Refusal) -> Option<Question> {
        let kind = refusal.request?;
        if refusal.code == ErrorCode::NotJoined {
            for waiting in &mut self.waiting {
                waiting.is_asked &= waiting.question.kind() != kind;
            }
            return None;
        }
        self.take_asked(kind)
    }

    /// Asks again on the next connection what is not answered. Only what must not be done twice
    /// fails.
    pub(crate) fn on_disconnect(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let is_once = matches!(waiting.question, Question::Moderate { .. });
            if waiting.is_asked && is_once {
                waiting.question.fail(AskError::Lost);
            } else {
                self.waiting.push_back(Waiting {
                    is_asked: false,
                    ..waiting
                });
            }
        }
    }

    /// The questions about a room that is joined no more have no answer.
    pub(crate) fn on_left(&mut self, room: &RoomId, error: &AskError) {
        self.fail_where(error, |question| question.room() == Some(room));
    }

    /// No question has an answer.
    pub(crate) fn fail_all(&mut self, error: &AskError) {
        self.fail_where(error, |_| true);
    }

    fn fail_where(&mut self, error: &AskError, fails: impl Fn(&Question) -> bool) {
        for waiting in std::mem::take(&mut self.waiting) {
            if fails(&waiting.question) {
                waiting.question.fail(error.clone());
            } else {
                self.waiting.push_back(waiting);
            }
        }
    }
}
