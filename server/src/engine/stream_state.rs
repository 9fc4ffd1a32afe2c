//! How the stream is doing that a log follows: how far behind this node is, whether it can read and
//! publish, and what the servers promise.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::metrics::{Counter, Histogram};

/// What is promised of a message that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// It is on the disks of most of the stream's servers.
    Durable,
    /// It is in most of the stream's servers. Why not more, as a sentence.
    Replicated(String),
}

impl Promise {
    /// Its name, for programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Replicated(_) => "replicated",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Durable => write!(
                f,
                "{name}: what is acknowledged is on the disks of most of the stream's servers"
            ),
            Self::Replicated(why) => write!(
                f,
                "{name}: what is acknowledged could be lost if all of the stream's servers fail at once; {why}"
            ),
        }
    }
}

/// What is the matter with a stream now. Each is a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamCondition {
    /// What its servers promise; `None` until they were asked.
    pub promise: Option<Promise>,
    /// Which of its servers are away; what they promise is what they have said last.
    pub away: Option<String>,
    /// Why it can't be read.
    pub unreadable: Option<String>,
    /// Why it takes nothing.
    pub unwritable: Option<String>,
    /// Why this node publishes nothing by itself.
    pub clock: Option<String>,
}

impl StreamCondition {
    /// Whether posts are refused for now, or nothing new comes.
    #[must_use]
    pub fn is_impaired(&self) -> bool {
        self.reason().is_some()
    }

    /// Why posts are refused for now, or nothing new comes.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let reasons = [&self.clock, &self.unreadable, &self.unwritable];
        reasons.into_iter().find_map(Option::as_deref)
    }
}

/// What a node counts about what it publishes.
#[derive(Debug)]
pub struct StreamMetrics {
    /// Groups of this node that were applied.
    pub published: Counter,
    /// How often one of them was published once more, because its fate was not known.
    pub republished: Counter,
    /// From publishing a group to its being applied here.
    pub time: Histogram,
}

impl Default for StreamMetrics {
    fn default() -> Self {
        Self {
            published: Counter::default(),
            republished: Counter::default(),
            time: Histogram::of_times(),
        }
    }
}

/// How the stream is doing that a log follows.
#[derive(Debug)]
pub struct StreamState {
    name: String,
    applied: AtomicU64,
    last: AtomicU64,
    condition: watch::Sender<StreamCondition>,
    metrics: StreamMetrics,
}

impl StreamState {
    /// Of the stream with this name, of which this node has applied what comes up to a sequence.
    pub(crate) fn new(name: String, applied: u64) -> Self {
        Self {
            name,
            applied: applied.into(),
            last: applied.into(),
            condition: watch::Sender::default(),
            metrics: StreamMetrics::default(),
        }
    }

    /// The stream's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sequence up to which this node has applied it.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.applied.load(Relaxed)
    }

    /// How many groups this node has to apply yet, as far as it knows.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.last.load(Relaxed).saturating_sub(self.applied())
    }

    /// What is the matter with it now.
    #[must_use]
    pub fn condition(&self) -> StreamCondition {
        self.condition.borrow().clone()
    }

    /// The same, to wait for a change.
    #[must_use]
    pub fn watch_condition(&self) -> watch::Receiver<StreamCondition> {
        self.condition.subscribe()
    }

    /// What this node counts about what it publishes.
    #[must_use]
    pub fn metrics(&self) -> &StreamMetrics {
        &self.metrics
    }

    /// This node has applied it up to here.
    pub(crate) fn on_applied(&self, sequence: u64) {
        self.applied.store(sequence, Relaxed);
    }

    /// The stream has something up to here, or further.
    pub(crate) fn on_last(&self, sequence: u64) {
        self.last.fetch_max(sequence, Relaxed);
    }

    /// Changes what is the matter; those who wait are woken only if anything is other than before.
    pub(crate) fn update(&self, change: impl FnOnce(&mut StreamCondition)) {
        self.condition.send_if_modified(|condition| {
            let before = condition.clone();
            change(condition);
            *condition != before
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_behind_a_node_is_never_goes_below_zero() {
        let state = StreamState::new("parlor".to_owned(), 7);
        assert_eq!(state.behind(), 0);
        state.on_last(10);
        state.on_last(9);
        assert_eq!(state.behind(), 3);
        state.on_applied(12);
        assert_eq!((state.applied(), state.behind()), (12, 0));
    }

    #[test]
    fn who_waits_is_woken_by_a_change_alone() {
        let state = StreamState::new("parlor".to_owned(), 0);
        let mut watching = state.watch_condition();
        watching.mark_unchanged();
        state.update(|condition| condition.unreadable = None);
        assert!(!watching.has_changed().unwrap());
        assert!(!state.condition().is_impaired());
        state.update(|condition| condition.unreadable = Some("no answer".to_owned()));
        assert!(watching.has_changed().unwrap());
        assert_eq!(state.condition().reason(), Some("no answer"));
    }
}
