//! Applies what stands in the log that the nodes share to this node's own.

use std::{sync::Arc, time::Duration};

use parlor_shared::limits::{STREAM_CHECK_MS, STREAM_GROUPS_APPLIED_MAX};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};

use super::{
    applied::{Applied, ApplyError, Done},
    check,
    group::{GroupError, Incarnation, StreamPlace},
    ordered_log::{Message, OrderedLog, Tail, TailError},
};
use crate::{
    engine::{AppendError, EngineFailure, StreamState, embedded::Embedded},
    repeated_line::log_repeated,
};

/// How long after a failure the log is read again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What applies the log to this node's own.
pub(super) struct Applier {
    pub(super) ordered: Arc<dyn OrderedLog>,
    pub(super) log: Arc<Embedded>,
    pub(super) node: Incarnation,
    /// Gets this node's own groups.
    pub(super) own: mpsc::Sender<Applied>,
    pub(super) place: watch::Sender<StreamPlace>,
    pub(super) state: Arc<StreamState>,
    pub(super) failure: watch::Sender<Option<EngineFailure>>,
}

/// Why applying has ended.
enum End {
    /// It is tried again.
    Lost,
    /// The node stops.
    Stopped,
}

impl Applier {
    /// Applies until the log is not what it was, or the node stops.
    pub(super) async fn run(self) {
        loop {
            let end = match self.open().await {
                Ok(tail) => self.follow(tail).await,
                Err(error) => self.on_error(error),
            };
            match end {
                End::Lost => sleep(AGAIN_AFTER).await,
                End::Stopped => return,
            }
        }
    }

    /// Reads on behind what was applied, if the log is still the one that has it.
    async fn open(&self) -> Result<Box<dyn Tail>, TailError> {
        self.check().await?;
        let after = self.place.borrow().sequence;
        self.ordered.tail(after).await
    }

    async fn check(&self) -> Result<(), TailError> {
        let place = *self.place.borrow();
        // First: nodes that find the same damage at once name each other.
        self.ordered.announce(place).await;
        check::check(&*self.ordered, &self.log, place).await
    }

    async fn follow(&self, mut tail: Box<dyn Tail>) -> End {
        self.state.update(|condition| condition.unreadable = None);
        let interval = Duration::from_millis(STREAM_CHECK_MS);
        let mut due = interval_at(Instant::now() + interval, interval);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.state.on_last(tail.last());
            let next = tokio::select! {
                // A check comes seldom, and what is given all the time must not put it off. In this
                // order, also so that the simulation can run the same again.
                biased;
                _ = due.tick() => match self.check().await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                messages = tail.next() => messages,
            };
            let mut messages = match next {
                Ok(messages) => messages,
                Err(error) => return self.on_error(error),
            };
            self.state.on_last(tail.last());
            while !messages.is_empty() {
                let later = messages.split_off(messages.len().min(STREAM_GROUPS_APPLIED_MAX));
                if let Some(end) = self.apply(messages).await {
                    return end;
                }
                messages = later;
            }
        }
    }

    /// Applies these; returns why it can't go on behind them, if so.
    async fn apply(&self, messages: Vec<Message>) -> Option<End> {
        let mut has_failed = false;
        loop {
            match self.log.apply(messages.clone()).await {
                Ok(applied) => {
                    if has_failed {
                        self.state.update(|condition| condition.unreadable = None);
                    }
                    self.pass_on(applied);
                    return None;
                }
                Err(ApplyError::Log(AppendError::Closed)) => return Some(End::Stopped),
                Err(ApplyError::Log(error)) => {
                    log_repeated!(warn, %error, "what is on the stream can't be applied here now");
                    has_failed = true;
                    let why = format!("what is on it can't be written on this node: {error}");
                    self.state
                        .update(|condition| condition.unreadable = Some(why));
                    sleep(AGAIN_AFTER).await;
                }
                Err(ApplyError::Group(error @ GroupError::Newer { .. })) => {
                    let cause = error.to_string();
                    return Some(self.stop(EngineFailure::Outdated { cause }));
                }
                Err(error) => {
                    // A stream that has gone on in a new epoch says more than what fills it up.
                    let said = match self.check().await {
                        Err(damage @ TailError::Damaged(_)) => damage,
                        Ok(()) | Err(TailError::Lost(_) | TailError::Forgotten(_)) => {
                            TailError::Damaged(error.to_string())
                        }
                    };
                    return Some(self.on_error(said));
                }
            }
        }
    }

    /// Passes on how far the log has come, and what became of this node's own groups.
    fn pass_on(&self, applied: Vec<Applied>) {
        let place = applied.last().map(|last| last.place);
        let is_own = |one: &Applied| one.node == self.node && one.done != Done::Repeated;
        for one in applied.into_iter().filter(is_own) {
            // Each number is applied once, and the next one published after that. Nobody waits for
            // it when the node stops.
            self.own.try_send(one).ok();
        }
        if let Some(place) = place {
            self.state.on_applied(place.sequence);
            self.place.send_replace(place);
        }
    }

    fn on_error(&self, error: TailError) -> End {
        let applied = self.place.borrow().sequence;
        if let Some(failure) = check::failure(&error, applied, &*self.ordered) {
            return self.stop(failure);
        }
        log_repeated!(warn, %error, "the stream can't be read now");
        let cause = error.to_string();
        self.state
            .update(|condition| condition.unreadable = Some(cause));
        End::Lost
    }

    fn stop(&self, failure: EngineFailure) -> End {
        self.failure.send_replace(Some(failure));
        End::Stopped
    }
}
