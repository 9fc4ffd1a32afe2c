//! The log: the [`Engine`] trait, what every engine guarantees, and the types it speaks in.

mod appending;
mod batch;
mod broadcast;
mod commit_metrics;
mod committed;
pub mod embedded;
mod failure;
pub mod jetstream;
mod lease;
mod matching;
mod own_posts;
pub mod replicated;
mod seen;
mod stream_state;

use std::{num::NonZeroU32, sync::Arc};

use async_trait::async_trait;
use parlor_shared::{
    Entry, Epoch, MemberId, Place, Position, RoomId, RoomInfo, RoomPattern, RoomState, Seq,
};

pub use self::appending::{
    AppendError, AppendResult, Appended, Authority, Commit, NewEntry, Outcome, Receipts,
};
pub(crate) use self::appending::{Awaited, Receipt};
pub use self::batch::{Batch, BatchError};
pub use self::broadcast::{Broadcast, BroadcastError, BroadcastReceiver};
pub use self::commit_metrics::CommitMetrics;
pub use self::committed::{CommitListener, Committed};
pub use self::failure::{EngineFailure, NotReached, ReadError};
pub use self::lease::{Holder, Lease, LeaseError};
pub use self::matching::{Behind, MatchQuery, Matching};
pub use self::own_posts::{OwnPost, OwnPosts};
pub use self::replicated::admin_changes::AdminChanges;
pub use self::seen::Seen;
pub use self::stream_state::{Promise, StreamCondition, StreamMetrics, StreamState};

/// One page of a room's log, oldest entry first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Up to `limit` entries; fewer once their texts reach
    /// [`PAGE_BYTES_MAX`](parlor_shared::limits::PAGE_BYTES_MAX).
    pub entries: Vec<Entry>,
    /// Whether the room has more entries in the direction of reading.
    pub more: bool,
}

/// The entries at a place of a room's log, without a gap and oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Up to `limit` entries; fewer once their texts reach
    /// [`PAGE_BYTES_MAX`](parlor_shared::limits::PAGE_BYTES_MAX).
    pub entries: Vec<Entry>,
    /// Later entries that change the messages among `entries`, without which these would show what
    /// they said long ago: of each message the newest
    /// [`MESSAGE_CHANGES_MAX`](parlor_shared::limits::MESSAGE_CHANGES_MAX), and
    /// [`SLICE_CHANGES_MAX`](parlor_shared::limits::SLICE_CHANGES_MAX) in all.
    pub changes: Vec<Entry>,
    /// Whether the room has entries before these.
    pub older: bool,
    /// Whether the room has entries after these.
    pub newer: bool,
}

/// What a search has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// For each message that matches, the newest first, the entry that holds its current text.
    pub entries: Vec<Entry>,
    /// Whether others may match, too: the index does not have all of the room yet.
    pub incomplete: bool,
}

/// Which part of a room's log the engine still has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Every entry after this seq is kept. Equals the `prev` of the oldest entry.
    pub start: Seq,
    /// The oldest entry; [`Seq::ZERO`] if none is left.
    pub first: Seq,
    /// The newest entry ever appended, even if it was deleted since; [`Seq::ZERO`] if there never
    /// was one.
    pub head: Seq,
}

/// What a member who joins a room is told before its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinRead {
    /// See [`Engine::bounds`].
    pub bounds: Bounds,
    /// See [`Engine::room_state`].
    pub state: RoomState,
    /// See [`Engine::seen`].
    pub seen: Option<Seq>,
}

/// Which entries of each room to keep. An entry is deleted if either limit says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// The number of newest entries to keep; `None` for no limit.
    pub entries: Option<NonZeroU32>,
    /// Keep entries from this time on, in Unix milliseconds; `None` for no limit.
    pub since_ms: Option<u64>,
}

/// What waits in an engine at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Appends, and other jobs of the writer.
    pub appends: usize,
    /// Positions that members have seen, to be written.
    pub seen: usize,
    /// Entries that the full-text index lacks; where several nodes share the log, groups of them.
    pub unindexed: u64,
}

/// A request for a page of the directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomsQuery {
    /// Only rooms whose id, name or topic have these words, in any case.
    pub text: String,
    /// Where an earlier page ended: its [`RoomsPage::next`].
    pub after: Option<String>,
    /// Up to this many rooms.
    pub limit: u16,
}

/// One page of the directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomsPage {
    /// The rooms; their `count` is 0, because an engine knows of nobody's presence.
    pub rooms: Vec<RoomInfo>,
    /// Where the next page begins; `None` if there are no more rooms.
    pub next: Option<String>,
}

/// Stores the log of all rooms. One conformance suite checks every implementation.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// The current epoch: every position read from now on belongs to it.
    ///
    /// An engine begins an epoch where its history may have broken: the embedded engine at every
    /// start, because a backup may have been restored or the log's end lost in between. It keeps
    /// each epoch with the place at which it began, durably and before anyone is welcomed.
    fn epoch(&self) -> Epoch;

    /// Whether the log's history is the one that this position was read from: it holds every entry
    /// up to there, the same ones in the same places.
    ///
    /// True where the log knows the position's epoch, and its seq is not beyond the place at which
    /// the next epoch began. The current epoch has no end yet; the caller compares with the room's
    /// head. This is the rule by which Kafka's followers find where their logs part from the
    /// leader's ([KIP-101], leader epochs).
    ///
    /// [KIP-101]: https://cwiki.apache.org/confluence/display/KAFKA/KIP-101
    fn continues(&self, position: &Position) -> bool;

    /// The newest place at which the log's history and the one that this position was read from are
    /// the same, at most the position itself; `None` if the log does not know its epoch. The caller
    /// compares with the room's head.
    fn shared_until(&self, position: &Position) -> Option<Seq>;

    /// Waits until this node has what its client has read of the current epoch on another one, for
    /// [`STREAM_REACH_MS_MAX`](parlor_shared::limits::STREAM_REACH_MS_MAX). At once where the log
    /// is of one node.
    ///
    /// # Errors
    /// [`NotReached`] if that took too long.
    async fn reach(&self, _position: &Position) -> Result<(), NotReached> {
        Ok(())
    }

    /// How far apart the places of two entries are at most that follow each other on the log: 1, or
    /// as much as a group has where several nodes share the log.
    fn place_step(&self) -> u64 {
        1
    }

    /// What reaches the other nodes of the log, where there may be any.
    fn broadcast(&self) -> Option<Arc<dyn Broadcast>> {
        None
    }

    /// What the engine counts about its commits.
    fn commits(&self) -> &CommitMetrics;

    /// What waits in the engine now.
    fn backlog(&self) -> Backlog;

    /// How the stream is doing that the log follows; `None` where the log is of one node.
    fn stream(&self) -> Option<&StreamState> {
        None
    }

    /// The random key that signs tokens. It is stored with the log.
    fn secret(&self) -> [u8; 32];

    /// Where a change of admin.db goes, so that every node makes it; `None` where the log is of one
    /// node.
    fn admin_changes(&self) -> Option<AdminChanges> {
        None
    }

    /// The lease to deliver for webhooks; `None` where the log is of one node, which does.
    fn lease(&self) -> Option<Arc<dyn Lease>> {
        None
    }

    /// Queues an append as [`Engine::append_for`] does, and gives its result alone.
    ///
    /// # Errors
    /// Only [`AppendError::Closed`] comes from this call; every other error comes from the
    /// [`Commit`].
    async fn append(&self, new: NewEntry) -> Result<Commit, AppendError> {
        let receipts = Arc::new(Receipts::default());
        self.append_for(new, &receipts).await?;
        Ok(Commit(receipts))
    }

    /// Queues an append, waiting while the queue is full. Appends are committed in the order in
    /// which these calls returned.
    ///
    /// The append is atomic. Either the entry becomes durable, gets a `seq` above every earlier one
    /// and a `prev` that names the room's entry before it, and is passed to the
    /// [`CommitListener`]; or none of this happens. If the room already has the id, nothing is
    /// appended and the result is the original entry, whatever the author may do now. Otherwise, if
    /// the room lacks the entry that this one [follows](NewEntry::follows), nothing is appended and
    /// the result is
    /// [`AppendError::OutOfOrder`], before anything else is checked. A member who is muted in the
    /// room appends nothing but deletions of their own messages, and one whom its slow mode has
    /// wait no post; neither holds for a [moderator](Authority::Moderator), who alone deletes what
    /// others wrote. A refusal of either says how much longer, by `at_ms`. Its result comes to
    /// `receipts` once the entry is durable, numbered and visible, or once nothing was appended.
    ///
    /// # Errors
    /// Only [`AppendError::Closed`] comes from this call, and nothing to `receipts` then.
    async fn append_for(&self, new: NewEntry, receipts: &Arc<Receipts>) -> Result<(), AppendError>;

    /// Appends all entries of a batch in one commit, or none of them, and gives them as they are on
    /// the log, in their order. Each is checked as [`Engine::append_for`] does, after those before
    /// it; an id that the room has already is answered with the original. Where the room's head is
    /// not the batch's and anything would be written, nothing is.
    ///
    /// # Errors
    /// [`BatchError`]; nothing was written then.
    async fn append_batch(&self, batch: Batch) -> Result<Vec<Appended>, BatchError>;

    /// Keeps how far a member has seen a room, in the place of what it kept before. Does not block:
    /// it is written with the next commit, or soon, and a crash in between loses it.
    /// [`Engine::seen`] has it at once.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] if too many wait to be written, [`AppendError::Closed`] if the
    /// engine is closed.
    fn keep_seen(&self, seen: Seen) -> Result<(), AppendError>;

    /// How far a member has seen a room; `None` if it is not known.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn seen(&self, room: &RoomId, member: MemberId) -> Result<Option<Seq>, ReadError>;

    /// What a member who joins the room is told first, all of it of a moment after this call. Many
    /// who join at once are read for together.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn read_join(&self, room: &RoomId, member: MemberId) -> Result<JoinRead, ReadError>;

    /// Which part of the room's log is kept now.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError>;

    /// The room's first `limit` entries after `after`.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError>;

    /// The room's last `limit` entries before `before`, oldest first.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError>;

    /// Entries of several rooms, in the order of the log. A read costs the same wherever it begins:
    /// where many places have entries of other rooms alone, it ends before `limit`, and says how
    /// far it came.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn read_matching(&self, query: MatchQuery) -> Result<Matching, ReadError>;

    /// How many entries of these rooms come after this place, up to a bound.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn behind(&self, rooms: &RoomPattern, after: Seq) -> Result<Behind, ReadError>;

    /// The room's name, topic, pins, slow mode and mutes as of its newest entry.
    ///
    /// An append of such an entry changes them in the same step, at the same cost whatever the room
    /// has. They stay when the entry is deleted by retention, with the words of the pinned
    /// messages, which follow their edits. A deletion unpins its message.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn room_state(&self, room: &RoomId) -> Result<RoomState, ReadError>;

    /// A page of the rooms that have entries, or had some and have a name, a topic or a pin. Those
    /// with the newest messages come first, to the minute.
    ///
    /// With words, the rooms whose id begins with the first word come first, and of the others up
    /// to [`ROOMS_SCAN_MAX`](parlor_shared::limits::ROOMS_SCAN_MAX) are compared, so that the work
    /// is bounded: a page may have few rooms or none, and still have a next one. Over several pages
    /// the same room may come twice.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn rooms(&self, query: RoomsQuery) -> Result<RoomsPage, ReadError>;

    /// The room's entries at a place: up to `limit`, half of them before the place where they are
    /// around it. `None` if the place is a message that the room does not have. A read at any place
    /// costs the same, however long the log is; entries and changes are of one moment of the log.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn read_slice(
        &self,
        room: &RoomId,
        at: Place,
        limit: u16,
    ) -> Result<Option<Slice>, ReadError>;

    /// Searches the room's messages for all of these words; the last word may be a prefix. Edited
    /// messages match by their current text, deleted ones never. `from:name` in the words stands
    /// for the author, as [`SearchQuery`](parlor_shared::SearchQuery) reads it.
    ///
    /// Returns up to `limit` entries, the newest message first: for each match the entry that holds
    /// its current text (the post or its last edit). Returns fewer once their texts reach
    /// [`PAGE_BYTES_MAX`](parlor_shared::limits::PAGE_BYTES_MAX). Entries committed in the last
    /// moments may be missing, because the index follows the log; more are missing where it is
    /// being built, and the answer says so.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn search(&self, room: &RoomId, words: &str, limit: u16) -> Result<Found, ReadError>;

    /// Messages of this member in all rooms that are not deleted, the newest first: up to `limit`
    /// of those before a place in the log. Looks at
    /// [`ERASE_SCAN_ENTRIES`](parlor_shared::limits::ERASE_SCAN_ENTRIES) at once, so that the work
    /// is bounded: an answer may have few messages or none, and still say where to go on.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn own_posts(
        &self,
        member: MemberId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<OwnPosts, ReadError>;

    /// The time of the newest entry of all rooms; `None` if there is none.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    async fn newest_at_ms(&self) -> Result<Option<u64>, ReadError>;

    /// Deletes the entries that `policy` does not keep and returns how many they were. Deletes the
    /// oldest first and a few at a time, so that appends continue in between. A room's head does
    /// not move, even if none of its entries is left.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] if the log can't be read or written now,
    /// [`AppendError::Closed`] if the engine is closed.
    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError>;

    /// Resolves when the engine has failed for good. The process must stop then; the engine
    /// acknowledges nothing more.
    async fn failed(&self) -> EngineFailure;

    /// Commits every queued append, refuses further ones, and closes the log.
    async fn close(&self);
}
