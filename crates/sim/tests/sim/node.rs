//! A node: a server while it runs, its log, and what is due there. Several nodes share a stream.

use std::{collections::BTreeMap, path::PathBuf};

use parlor_server::sim::{Clock, Server};
use parlor_shared::{RoomId, Seq};

use crate::history::LogStart;

/// One node, which runs or does not.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) server: Option<Server>,
    pub(crate) folder: PathBuf,
    /// What the log in that folder is to the one that its server last had.
    pub(crate) log_start: LogStart,
    pub(crate) clock: Clock,
    /// How far its calendar clock is ahead of its monotonic one.
    pub(crate) unix_ahead_ms: u64,
    pub(crate) commit_due: bool,
    pub(crate) erase_due: bool,
    pub(crate) read_due: bool,
    pub(crate) deliver_due: bool,
    pub(crate) disk_fails_until_ms: u64,
    pub(crate) reads_fail_until_ms: u64,
    pub(crate) following: Following,
}

/// How a node follows a stream.
#[derive(Debug, Default)]
pub(crate) struct Following {
    /// The newest entry of each room that was compared with what the stream says.
    pub(crate) heads: BTreeMap<RoomId, Seq>,
    /// The numbers of the histories that its log may be of. Most often there is one.
    pub(crate) histories: Vec<usize>,
    /// Whether the stream is about to show it more.
    pub(crate) show_due: bool,
    /// Until then it is shown nothing.
    pub(crate) lags_until_ms: u64,
    /// Until then it does not reach the stream; 0 if it does.
    pub(crate) away_until_ms: u64,
    /// Since when it runs and reaches the stream.
    pub(crate) reaches_since_ms: u64,
    /// Whether its tail has left something out, so that it may stop.
    pub(crate) was_skipped: bool,
}

impl Node {
    pub(crate) fn new(folder: PathBuf, unix_ahead_ms: u64) -> Self {
        Self {
            server: None,
            folder,
            log_start: LogStart::Same,
            clock: Clock::default(),
            unix_ahead_ms,
            commit_due: false,
            erase_due: false,
            read_due: false,
            deliver_due: false,
            disk_fails_until_ms: 0,
            reads_fail_until_ms: 0,
            following: Following::default(),
        }
    }

    /// The newest entry of all rooms that was compared with what the stream says.
    pub(crate) fn newest(&self) -> Seq {
        let heads = self.following.heads.values();
        heads.max().copied().unwrap_or(Seq::ZERO)
    }
}
