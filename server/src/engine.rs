//! The log: what every engine promises, whatever keeps it.

mod embedded;

use std::{
    fmt,
    future::Future,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll},
};

use async_trait::async_trait;
use parlor_shared::{Body, Entry, Epoch, MemberId, MessageId, Name, RoomId, Seq};
use tokio::sync::oneshot;

#[cfg(feature = "sim")]
pub(crate) use embedded::stepped;
pub use embedded::{BackupError, Embedded, IntegrityReport, OpenError, backup, check};

/// What is to be appended: an entry without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The room; it exists from its first entry on.
    pub room: RoomId,
    /// The id its author's client made.
    pub id: MessageId,
    /// Its author.
    pub member: MemberId,
    /// Its author's name now.
    pub name: Name,
    /// What it says; never [`Body::Unknown`].
    pub body: Body,
    /// Now, in Unix milliseconds: an engine has no clock.
    pub at_ms: u64,
}

/// An entry as it is on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The entry: the one appended, or the original where the id was on the log already.
    pub entry: Entry,
    /// Whether this append put it there.
    pub outcome: Outcome,
}

impl Appended {
    /// Says that this entry was there before.
    pub(crate) fn duplicate(entry: Entry) -> Self {
        Self {
            entry,
            outcome: Outcome::Duplicate,
        }
    }
}

/// Whether an append changed the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The entry is new.
    New,
    /// The room had an entry of this id; nothing was appended.
    Duplicate,
}

/// An entry that has just become durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its room.
    pub room: RoomId,
    /// The entry.
    pub entry: Entry,
}

/// Where committed entries go: the one way in which anything becomes visible.
pub trait CommitListener: Send + Sync + 'static {
    /// Takes what one commit made durable. Called with every entry once, in the log's order, and never before it
    /// would survive a power loss. Runs on the engine's writer and must not block.
    fn on_commit(&self, group: Vec<Committed>);
}

/// Part of a room's log, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Up to `limit` entries; fewer where they reach
    /// [`PAGE_BYTES_MAX`](parlor_shared::limits::PAGE_BYTES_MAX).
    pub entries: Vec<Entry>,
    /// Whether there is more in the direction of reading.
    pub more: bool,
}

/// What of a room is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Everything after this place is kept: the `prev` of the oldest entry.
    pub start: Seq,
    /// The oldest entry; [`Seq::ZERO`] where none is left.
    pub first: Seq,
    /// The newest entry ever, left or not; [`Seq::ZERO`] where there never was one.
    pub head: Seq,
}

/// What of each room is to be kept: its newest entries, as many as these and as old as this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// So many; `None` for any number.
    pub entries: Option<NonZeroU32>,
    /// Those taken then or later, in Unix milliseconds; `None` for any age.
    pub since_ms: Option<u64>,
}

/// Why nothing was appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The message to change is not in this room, or is deleted.
    #[error("that message is not in this room, or is deleted")]
    TargetUnknown,
    /// The message to change is another member's.
    #[error("only its author can change a message")]
    NotAuthor,
    /// The log can't be written now, as on a full disk. The same append may succeed later.
    #[error("the log can't be written now; try again later")]
    Unavailable,
    /// The engine is closed, or failed for good.
    #[error("the server is stopping; connect again soon")]
    Closed,
}

/// The log could not be read. The cause is in the server's own log, not here: it is nobody else's business.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log can't be read now; try again later")]
pub struct ReadError;

/// The log can't go on, and the process with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFailure {
    /// What was being written may or may not be durable, and only a restart can tell.
    #[error(
        "the log can't be made durable ({cause}); stopped so that nothing is acknowledged that may be lost. \
         Mend the disk and start again"
    )]
    NotDurable {
        /// What the storage said.
        cause: String,
    },
    /// What is on the disk is not what was written.
    #[error(
        "the log is damaged ({cause}); stopped so that it gets no worse. Restore a backup, or move the log \
         away to start anew"
    )]
    Damaged {
        /// What the storage said.
        cause: String,
    },
}

/// An append on its way: resolves once the entry is durable, numbered and visible, or nothing was appended.
/// Dropping it takes nothing back.
pub struct Commit(oneshot::Receiver<Result<Appended, AppendError>>);

impl Future for Commit {
    type Output = Result<Appended, AppendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|answer| answer.unwrap_or(Err(AppendError::Closed)))
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commit(…)")
    }
}

/// What keeps the log. One suite of tests holds every engine to this.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Which log this is. The same across restarts; another only when the log is another.
    fn epoch(&self) -> Epoch;

    /// A random key that is kept with the log and signs tokens.
    fn secret(&self) -> [u8; 32];

    /// Takes a place in the queue of appends, waiting while it is full. Appends are committed in the order in which
    /// this returned.
    ///
    /// The append is atomic: its entry becomes durable, gets a `seq` above every earlier one and `prev` naming the
    /// room's entry before it, and is given to the [`CommitListener`]; or none of this happens. An id that the room has
    /// already appends nothing and gives the original entry.
    ///
    /// # Errors
    /// [`AppendError::Closed`] at once; every error from the [`Commit`].
    async fn append(&self, new: NewEntry) -> Result<Commit, AppendError>;

    /// What of the room is kept now.
    ///
    /// # Errors
    /// [`ReadError`] where the log can't be read.
    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError>;

    /// The room's first `limit` entries after `after`.
    ///
    /// # Errors
    /// [`ReadError`] where the log can't be read.
    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError>;

    /// The room's last `limit` entries before `before`, oldest first.
    ///
    /// # Errors
    /// [`ReadError`] where the log can't be read.
    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError>;

    /// The messages of the room that now say all of these words, the last one perhaps only begun: for each the
    /// entry that says so, newest message first; fewer where they reach
    /// [`PAGE_BYTES_MAX`](parlor_shared::limits::PAGE_BYTES_MAX). What was committed in the last moments may be missing.
    ///
    /// # Errors
    /// [`ReadError`] where the log can't be read.
    async fn search(&self, room: &RoomId, words: &str, limit: u16)
    -> Result<Vec<Entry>, ReadError>;

    /// Forgets what is not to be kept, the oldest first and a few at a time, so that appends go on meanwhile; gives how
    /// many entries. A room's head stays where it is even where none of its entries is left.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] where the log can't be read or written now, [`AppendError::Closed`].
    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError>;

    /// Resolves when the log can't go on. The process must stop: nothing more is acknowledged.
    async fn failed(&self) -> EngineFailure;

    /// Finishes every append that has its place in the queue, takes no more, and puts the log away.
    async fn close(&self);
}
