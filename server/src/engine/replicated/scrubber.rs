//! Looks through what a node has applied of the log that the nodes share, a part every few seconds.
//! A task of its own does it, so that reading goes on while the servers do not answer.

use std::{sync::Arc, time::Duration};

use parlor_shared::limits::STREAM_CHECK_MS;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{check, group::StreamPlace, ordered_log::OrderedLog};
use crate::{engine::EngineFailure, repeated_line::log_repeated};

/// What looks through the log.
pub(super) struct Scrubber {
    pub(super) ordered: Arc<dyn OrderedLog>,
    pub(super) place: watch::Receiver<StreamPlace>,
    pub(super) failure: watch::Sender<Option<EngineFailure>>,
}

impl Scrubber {
    /// Looks until some of it is missing.
    pub(super) async fn run(self) {
        let mut interval = interval(Duration::from_millis(STREAM_CHECK_MS));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let applied = self.place.borrow().sequence;
            let Err(error) = check::scrub(&*self.ordered, applied).await else {
                continue;
            };
            if let Some(failure) = check::failure(&error, applied, &*self.ordered) {
                self.failure.send_replace(Some(failure));
                return;
            }
            log_repeated!(debug, %error, "the stream can't be looked through now");
        }
    }
}
