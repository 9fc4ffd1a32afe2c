//! What to run.

use std::{iter::repeat_n, path::PathBuf};

use crate::record::ClientKind;

/// The parameters of a chaos run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server's binary.
    pub server: PathBuf,
    /// The client for JavaScript: the file that `clients/js` is built into.
    pub js: PathBuf,
    /// How many nodes share a stream; `None` for one server with a log of its own.
    pub nodes: Option<usize>,
    /// How long faults are injected.
    pub seconds: u64,
    /// The seed of all random numbers. The same seed gives the same faults and actions in the same
    /// order, but not with exactly the same timing.
    pub seed: u64,
    /// How many clients in Rust there are.
    pub clients: usize,
    /// How many clients of each other kind there are.
    pub others: usize,
}

impl Plan {
    /// How many clients of this kind there are.
    #[must_use]
    pub fn count(&self, kind: ClientKind) -> usize {
        match kind {
            ClientKind::Rust => self.clients,
            ClientKind::JavaScript | ClientKind::EventStream | ClientKind::LongPoll => self.others,
        }
    }

    /// The kind of each client.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = ClientKind> {
        let of_kind = move |kind| repeat_n(kind, self.count(kind));
        ClientKind::ALL.into_iter().flat_map(of_kind)
    }
}
