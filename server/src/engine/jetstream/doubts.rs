//! What a consumer has skipped, or has not given although the stream has it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is to be asked of every server before it is believed. It is forgotten once the node has
/// come further.
#[derive(Debug, Default)]
pub(super) struct Doubts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    skipped: Option<Skipped>,
    elsewhere: Option<Elsewhere>,
}

/// What a consumer has skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skipped {
    /// The newest that came before it.
    pub(super) after: u64,
    /// The newest of what was skipped.
    pub(super) last: u64,
}

/// What the stream's leader lacks and another server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// The leader.
    pub(super) leader: Option<String>,
    /// How many messages it lacks.
    pub(super) count: u64,
}

impl Doubts {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A consumer has skipped this.
    pub(super) fn add(&self, skipped: Skipped) {
        self.lock().skipped = Some(skipped);
    }

    /// What was skipped right behind a place.
    pub(super) fn skipped(&self, after: u64) -> Option<Skipped> {
        self.lock().skipped.filter(|skipped| skipped.after == after)
    }

    /// Whether another server is known to have what the leader lacks.
    pub(super) fn is_elsewhere(&self, lack: &Elsewhere) -> bool {
        self.lock().elsewhere.as_ref() == Some(lack)
    }

    /// Another server has it.
    pub(super) fn set_elsewhere(&self, lack: Elsewhere) {
        self.lock().elsewhere = Some(lack);
    }
}
