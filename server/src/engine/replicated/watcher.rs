//! Looks at the log that the nodes share every few seconds: whether it still is the same, what it
//! promises, and whether its servers have the time that this node has.

use std::{sync::Arc, time::Duration};

use parlor_shared::limits::STREAM_PROMISE_INTERVAL_MS;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{
    check,
    clock_guard::difference,
    group::StreamPlace,
    ordered_log::{Look, OrderedLog},
};
use crate::{
    clock::{Clock, SystemClock},
    engine::{EngineFailure, Promise, StreamState},
    repeated_line::log_repeated,
};

/// What looks at the log.
pub(super) struct Watcher {
    pub(super) ordered: Arc<dyn OrderedLog>,
    pub(super) place: watch::Receiver<StreamPlace>,
    pub(super) state: Arc<StreamState>,
    pub(super) failure: watch::Sender<Option<EngineFailure>>,
}

impl Watcher {
    /// Looks until the log is not what it was.
    pub(super) async fn run(self) {
        let clock = SystemClock::start();
        let mut interval = interval(Duration::from_millis(STREAM_PROMISE_INTERVAL_MS));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let place = *self.place.borrow();
            let error = match self.ordered.look(place).await {
                Ok(Some(look)) => {
                    self.on_look(look, clock.unix_ms());
                    continue;
                }
                Ok(None) => continue,
                Err(error) => error,
            };
            if let Some(failure) = check::failure(&error, place.sequence, &*self.ordered) {
                self.failure.send_replace(Some(failure));
                return;
            }
            // Who reads it notices, too.
            log_repeated!(debug, %error, "the stream can't be looked at now");
        }
    }

    fn on_look(&self, look: Look, own_ms: u64) {
        let Look {
            last,
            promise,
            away,
            now_ms,
        } = look;
        self.state.on_last(last);
        if let Promise::Replicated(why) = &promise {
            log_repeated!(warn, %why, "messages are replicated, and may be lost");
        }
        if let Some(away) = &away {
            log_repeated!(warn, %away, "a server of the stream is away");
        }
        let clock = now_ms.and_then(|now_ms| difference(own_ms, now_ms));
        if let Some(why) = &clock {
            log_repeated!(error, %why, "posts are refused");
        }
        self.state.update(|condition| {
            condition.promise = Some(promise);
            condition.away = away;
            condition.clock = clock;
        });
    }
}
