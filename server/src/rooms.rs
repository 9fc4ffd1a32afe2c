//! Who hears what: rooms, the sessions subscribed to them, and their recent frames.

pub(crate) mod commit_watch;
pub(crate) mod cursor;
pub(crate) mod elsewhere;
pub(crate) mod entry_reader;
pub(crate) mod hub;
pub(crate) mod log_pages;
pub(crate) mod own_changes;
pub(crate) mod policy;
pub(crate) mod presence;
pub(crate) mod registry;
pub(crate) mod ring;
pub(crate) mod room;
mod typing;
pub(crate) mod wakeups;
