//! Entries that have become durable, and who hears of them.

use parlor_shared::{Entry, RoomId};

/// An entry that has just become durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The room.
    pub room: RoomId,
    /// The entry.
    pub entry: Entry,
}

/// Receives committed entries from the engine. Entries become visible to clients in no other way.
pub trait CommitListener: Send + Sync + 'static {
    /// Called after each commit with the entries that it made durable.
    ///
    /// The engine passes every entry exactly once, in log order, and only after it would survive a
    /// power loss. The call runs on the engine's writer thread and must not block.
    fn on_commit(&self, group: Vec<Committed>);
}

/// Nobody: the log is written while no client is connected.
impl CommitListener for () {
    fn on_commit(&self, _: Vec<Committed>) {}
}
