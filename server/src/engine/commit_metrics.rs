//! What an engine counts about its commits.

use crate::metrics::{Counter, Histogram};

/// What an engine counts about its commits since it was opened.
#[derive(Debug)]
pub struct CommitMetrics {
    /// Appends in one commit.
    pub group: Histogram,
    /// How long a commit took, until it was durable.
    pub time: Histogram,
    /// Entries that became durable.
    pub entries: Counter,
    /// Commits that failed, and whose appends were refused.
    pub failed: Counter,
}

impl Default for CommitMetrics {
    fn default() -> Self {
        Self {
            group: Histogram::of_numbers(),
            time: Histogram::of_times(),
            entries: Counter::default(),
            failed: Counter::default(),
        }
    }
}
