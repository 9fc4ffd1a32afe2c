//! The stream that nodes share, and what it has lost.

use std::collections::BTreeMap;

use bytes::Bytes;
use parlor_server::sim::{Replica, Stream};

/// A stream that several nodes share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) stream: Stream,
    /// What it says.
    pub(crate) replica: Replica,
    /// Groups that were lost on their way, and when they arrive after all.
    pub(crate) late: Vec<(u64, Bytes)>,
    /// Until then it stores nothing.
    pub(crate) stalled_until_ms: u64,
    pub(crate) store_due: bool,
    pub(crate) damage: Option<Damage>,
    /// When the damage before was mended.
    pub(crate) mended_ms: u64,
}

impl Shared {
    pub(crate) fn new(stream: Stream, replica: Replica) -> Self {
        Self {
            stream,
            replica,
            late: Vec::new(),
            stalled_until_ms: 0,
            store_due: false,
            damage: None,
            mended_ms: 0,
        }
    }
}

/// What a stream has lost.
#[derive(Debug)]
pub(crate) struct Damage {
    pub(crate) lost: BTreeMap<u64, Bytes>,
    pub(crate) since_ms: u64,
    /// When it is mended.
    pub(crate) until_ms: u64,
    pub(crate) end: Option<LostEnd>,
}

/// The end of a stream that has lost it.
#[derive(Debug)]
pub(crate) struct LostEnd {
    /// The newest sequence that is left.
    pub(crate) left: u64,
    /// What the stream said before.
    pub(crate) replica: Replica,
}

impl Damage {
    /// Whether the stream has lost its end.
    pub(crate) fn is_of_end(&self) -> bool {
        self.end.is_some()
    }
}
