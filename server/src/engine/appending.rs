//! What is appended to a log, and what becomes of it.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use parlor_shared::{
    Body, Entry, MemberId, MessageId, Name, RoomId,
    limits::{MUTE_DAYS_MAX, MUTES_MAX, PINS_MAX, RECEIPTS_UNREAD_MAX},
};
use serde::{Deserialize, Serialize};

/// An entry to append: it gets its seq and prev from the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// The room. A room exists from its first entry on; nothing creates it beforehand.
    pub room: RoomId,
    /// The message id, chosen by the author's client.
    pub id: MessageId,
    /// The entry of the same room that must be on the log for this one to be appended, if any.
    pub follows: Option<MessageId>,
    /// The author.
    pub member: MemberId,
    /// The author's name at this moment.
    pub name: Name,
    /// The content; never [`Body::Blanked`] or [`Body::Unknown`].
    pub body: Body,
    /// What the author may do in the room. The caller knows; the engine keeps nothing of it.
    pub authority: Authority,
    /// The current time in Unix milliseconds. The caller passes it in: an engine has no clock.
    pub at_ms: u64,
}

/// What an author may do in a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Post, and change their own messages and the room.
    #[default]
    Member,
    /// Delete the messages of others and mute them, too. A moderator is neither muted nor slowed
    /// down.
    Moderator,
}

/// The result of an append: the entry as it is on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The new entry, or the original one if its id was on the log already.
    pub entry: Entry,
    /// Whether this append wrote the entry.
    pub outcome: Outcome,
}

impl Appended {
    /// The answer to an append whose id was on the log already, as this entry.
    pub(crate) fn duplicate(entry: Entry) -> Self {
        Self {
            entry,
            outcome: Outcome::Duplicate,
        }
    }
}

/// Whether an append wrote an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It wrote a new entry.
    New,
    /// The room already had an entry with this id; nothing was written.
    Duplicate,
}

/// Why an append wrote nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The message to change is not in this room, or was deleted.
    #[error("That message is not in this room, or was deleted.")]
    TargetUnknown,
    /// The message to change belongs to another member.
    #[error("Only its author can change a message.")]
    NotAuthor,
    /// The room has as many pinned messages as it may have.
    #[error("The room has {PINS_MAX} pinned messages. Unpin one first.")]
    TooManyPins,
    /// A moderator has muted the member in this room.
    #[error("A moderator has muted you in this room. You can read on, and post again later.")]
    Muted {
        /// How much longer, in milliseconds.
        left_ms: u64,
    },
    /// The room is in slow mode, and the member has posted a moment ago.
    #[error("This room is in slow mode. Wait a little before your next message.")]
    SlowMode {
        /// How much longer, in milliseconds.
        left_ms: u64,
    },
    /// Only moderators can do that.
    #[error("Only a moderator of this room can do that.")]
    NotModerator,
    /// The room has as many muted members as it may have.
    #[error("{MUTES_MAX} members are muted in this room. Lift a mute first.")]
    TooManyMutes,
    /// The mute ends before it would begin.
    #[error("A mute ends later than now, and within {MUTE_DAYS_MAX} days.")]
    MuteOver,
    /// The entry that this one follows is not on the log. The same append may succeed once it is.
    #[error("The message before this one is not on the log yet. Send that one first.")]
    OutOfOrder,
    /// The log can't be written now, for example because the disk is full. The same append may
    /// succeed later.
    #[error("The log can't be written now. Try again later.")]
    Unavailable,
    /// The engine is closed or has failed for good.
    #[error("The server is stopping. Connect again soon.")]
    Closed,
}

/// What became of an append.
pub type AppendResult = Result<Appended, AppendError>;

/// A queued append. Resolves once the entry is durable, numbered and visible, or once nothing was
/// appended. Dropping it does not cancel the append.
pub struct Commit(pub(super) Arc<Receipts>);

impl Future for Commit {
    type Output = AppendResult;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<AppendResult> {
        ready!(self.0.poll_unread(cx, Awaited::Any));
        Poll::Ready(self.0.pop().unwrap_or(Err(AppendError::Closed)))
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commit(…)")
    }
}

/// Where the results of one caller's appends arrive, in the order in which it appended.
///
/// Most results say that the entry was written, which a client learns from the entry itself. So a
/// caller can wait for the others alone, and take these in when it has something else to do: then
/// an append does not cost it a wake-up.
#[derive(Debug, Default)]
pub struct Receipts(Mutex<Unread>);

#[derive(Debug, Default)]
struct Unread {
    results: VecDeque<AppendResult>,
    /// Whether one of them says anything else than that the entry was written.
    has_answer: bool,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    awaited: Awaited,
    waker: Waker,
}

/// The results that a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// Each.
    Any,
    /// Duplicates and refusals. Of the others, [`RECEIPTS_UNREAD_MAX`] may wait to be read.
    Answers,
}

impl Unread {
    fn has(&self, awaited: Awaited) -> bool {
        match awaited {
            Awaited::Any => !self.results.is_empty(),
            Awaited::Answers => self.has_answer || self.results.len() >= RECEIPTS_UNREAD_MAX,
        }
    }
}

impl Receipts {
    /// The oldest result that was not read.
    pub(crate) fn pop(&self) -> Option<AppendResult> {
        let mut unread = self.lock();
        let result = unread.results.pop_front();
        if unread.results.is_empty() {
            *unread = Unread {
                waiting: unread.waiting.take(),
                ..Unread::default()
            };
        }
        result
    }

    /// Ready while such a result is unread.
    pub(crate) fn poll_unread(&self, cx: &Context<'_>, awaited: Awaited) -> Poll<()> {
        let mut unread = self.lock();
        if unread.has(awaited) {
            return Poll::Ready(());
        }
        unread.waiting = Some(Waiting {
            awaited,
            waker: cx.waker().clone(),
        });
        Poll::Pending
    }

    fn push(&self, result: AppendResult) {
        let mut unread = self.lock();
        let is_new = matches!(&result, Ok(appended) if appended.outcome == Outcome::New);
        unread.has_answer |= !is_new;
        unread.results.push_back(result);
        let due = match &unread.waiting {
            Some(waiting) if unread.has(waiting.awaited) => unread.waiting.take(),
            Some(_) | None => None,
        };
        // Not while the lock is held, which the one that is woken wants.
        drop(unread);
        if let Some(due) = due {
            due.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Unread> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one append's result. An append that is dropped without one was refused, since the
/// engine is closed.
#[derive(Debug)]
pub(crate) struct Receipt(Option<Arc<Receipts>>);

impl Receipt {
    pub(crate) fn new(receipts: &Arc<Receipts>) -> Self {
        Self(Some(receipts.clone()))
    }

    /// Gives the result to the caller, who may have stopped waiting for it.
    pub(crate) fn fill(mut self, result: AppendResult) {
        if let Some(receipts) = self.0.take() {
            receipts.push(result);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(receipts) = self.0.take() {
            receipts.push(Err(AppendError::Closed));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;

    use parlor_shared::{Seq, Text};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn appended(outcome: Outcome) -> AppendResult {
        let entry = Entry {
            seq: Seq(1),
            prev: Seq::ZERO,
            id: MessageId::new(1, [0; 10]),
            at_ms: 1,
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("ann").unwrap(),
            body: Body::post(Text::parse("hello").unwrap()),
        };
        Ok(Appended { entry, outcome })
    }

    #[test]
    fn a_caller_is_woken_for_answers_at_once_and_for_written_entries_by_the_dozen() {
        let (receipts, count) = (Arc::new(Receipts::default()), Arc::new(Count::default()));
        let waker = Waker::from(count.clone());
        let poll = |awaited| receipts.poll_unread(&Context::from_waker(&waker), awaited);
        let fill = |result| Receipt::new(&receipts).fill(result);
        assert!(poll(Awaited::Answers).is_pending());
        for _ in 1..RECEIPTS_UNREAD_MAX {
            fill(appended(Outcome::New));
            assert_eq!(count.0.load(Relaxed), 0);
        }
        fill(appended(Outcome::New));
        assert_eq!(count.0.load(Relaxed), 1);
        assert!(poll(Awaited::Answers).is_ready());
        while let Some(result) = receipts.pop() {
            assert_eq!(result.unwrap().outcome, Outcome::New);
        }
        assert!(poll(Awaited::Answers).is_pending());
        fill(appended(Outcome::Duplicate));
        assert_eq!(count.0.load(Relaxed), 2);
        assert!(receipts.pop().is_some());
        assert!(poll(Awaited::Answers).is_pending());
        fill(Err(AppendError::Unavailable));
        assert_eq!(count.0.load(Relaxed), 3);
        assert!(receipts.pop().is_some());
        assert!(poll(Awaited::Any).is_pending());
        fill(appended(Outcome::New));
        assert_eq!(count.0.load(Relaxed), 4);
    }

    #[test]
    fn an_append_that_nobody_answers_is_refused() {
        let receipts = Arc::new(Receipts::default());
        drop(Receipt::new(&receipts));
        assert_eq!(receipts.pop(), Some(Err(AppendError::Closed)));
        assert_eq!(receipts.pop(), None);
    }
}
