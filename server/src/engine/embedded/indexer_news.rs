//! What the thread that keeps the full-text index has to do.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_shared::{Seq, limits::INDEX_LAG_ENTRIES_MAX};
use tokio::sync::watch;

/// What the indexer has to do, and the thread that waits for it.
#[derive(Debug, Default)]
pub(super) struct IndexerNews {
    state: Mutex<News>,
    changed: Condvar,
    /// Whether the indexer's thread runs.
    running: watch::Sender<bool>,
}

/// The news at one moment.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct News {
    /// The newest entry.
    pub(super) head: Seq,
    /// The newest entry that is in the index.
    indexed: Seq,
    /// Whether retention has deleted entries.
    pub(super) has_expired: bool,
    /// Whether a search has found the index damaged.
    pub(super) is_damaged: bool,
    /// Whether the index has had all entries since it was opened or begun anew.
    has_caught_up: bool,
    pub(super) is_closed: bool,
    /// Whether the indexer waits for any of this.
    is_waited_for: bool,
}

impl News {
    /// Whether the index is being built.
    pub(super) fn is_being_built(&self) -> bool {
        !self.has_caught_up || self.is_damaged
    }

    /// Whether an index of the entries up to `until` may have fallen far behind: there may be fewer
    /// entries than places.
    pub(super) fn may_be_behind(&self, until: Seq) -> bool {
        self.head.0.saturating_sub(until.0) > INDEX_LAG_ENTRIES_MAX as u64
    }
}

impl IndexerNews {
    /// The indexer's thread is about to start.
    pub(super) fn on_start(&self) {
        self.running.send_replace(true);
    }

    /// An entry was committed. Wakes the indexer only where it waits for one: it pauses between its
    /// steps, and commits are frequent.
    pub(super) fn on_commit(&self, head: Seq) {
        let mut state = self.lock();
        state.head = head;
        if std::mem::take(&mut state.is_waited_for) {
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Retention has deleted entries.
    pub(super) fn on_expired(&self) {
        self.change(|state| state.has_expired = true);
    }

    /// A search has found the index damaged.
    pub(super) fn on_damaged(&self) {
        self.change(|state| state.is_damaged = true);
    }

    /// Ends the indexer, and waits until it has closed its connections: the log can't be closed
    /// completely before.
    pub(super) async fn close(&self) {
        self.end();
        let mut running = self.running.subscribe();
        // An error would mean that the sender is gone, which is here.
        running.wait_for(|running| !running).await.ok();
    }

    /// Ends the indexer without waiting for it.
    pub(super) fn end(&self) {
        self.change(|state| state.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut News)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to do now.
    pub(super) fn get(&self) -> News {
        *self.lock()
    }

    /// The index has the entries up to here.
    pub(super) fn on_indexed(&self, until: Seq) {
        self.lock().indexed = until;
    }

    /// How many entries the index lacks, of all rooms.
    pub(super) fn lag(&self) -> u64 {
        let news = self.get();
        news.head.0.saturating_sub(news.indexed.0)
    }

    /// The index has all entries.
    pub(super) fn on_caught_up(&self) {
        self.lock().has_caught_up = true;
    }

    /// What retention has deleted until now is looked at.
    pub(super) fn expired_is_seen(&self) {
        self.change(|state| state.has_expired = false);
    }

    /// The damaged index was replaced by an empty one.
    pub(super) fn on_begun_anew(&self) {
        self.change(|state| {
            state.is_damaged = false;
            state.has_caught_up = false;
        });
    }

    /// Waits until there is something to do beside the entries up to `caught_up_with`, at most for
    /// `time` if that is given.
    pub(super) fn wait_for_more_than(&self, caught_up_with: Seq, time: Option<Duration>) {
        let is_idle = |news: &mut News| {
            let has_news = news.head > caught_up_with || news.has_expired || news.is_damaged;
            !has_news && !news.is_closed
        };
        let mut news = self.lock();
        news.is_waited_for = true;
        match time {
            Some(time) => drop(self.changed.wait_timeout_while(news, time, is_idle)),
            None => drop(self.changed.wait_while(news, is_idle)),
        }
    }

    /// Waits for at most this long, or until the indexer is to end.
    pub(super) fn pause(&self, time: Duration) {
        let until_closed = |state: &mut News| !state.is_closed;
        let paused = self
            .changed
            .wait_timeout_while(self.lock(), time, until_closed);
        drop(paused);
    }
}

/// Says that the indexer's thread has ended, however it has.
pub(super) struct RunningGuard(Arc<IndexerNews>);

impl RunningGuard {
    pub(super) fn new(news: &Arc<IndexerNews>) -> Self {
        Self(news.clone())
    }
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        self.0.running.send_replace(false);
    }
}
