//! When a connection is sent away by a server that stops: at once, or in one of the batches of a
//! server that drains.

use std::{pin::Pin, time::Duration};

use parlor_shared::limits::DRAIN_BATCH_MS;
use tokio::{
    sync::watch,
    time::{Sleep, sleep},
};

use crate::operation::Phase;

/// When one connection is to be sent away.
#[derive(Debug)]
pub(crate) struct Leave {
    phase: watch::Receiver<Phase>,
    /// The connection's place in the draining, once that has begun.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Leave {
    pub(crate) fn new(phase: watch::Receiver<Phase>) -> Self {
        Self { phase, timer: None }
    }

    /// Resolves when the client is to be sent away. Cancel safe.
    pub(crate) async fn due(&mut self) {
        loop {
            let phase = *self.phase.borrow_and_update();
            let changed = match phase {
                Phase::Stopping => return,
                Phase::Open => {
                    self.timer = None;
                    self.phase.changed().await
                }
                Phase::Draining { over_ms } => {
                    let timer = self
                        .timer
                        .get_or_insert_with(|| Box::pin(sleep(place(over_ms))));
                    tokio::select! {
                        () = timer => return,
                        changed = self.phase.changed() => changed,
                    }
                }
            };
            if changed.is_err() {
                return;
            }
        }
    }
}

/// A random place in a draining that takes this long: the beginning of one of its batches. Clients
/// that are sent away together come back together, so each batch is small.
fn place(over_ms: u64) -> Duration {
    // Without random bytes the client goes with the first batch.
    let random = getrandom::u64().unwrap_or_default();
    let batch = random % (over_ms / DRAIN_BATCH_MS + 1);
    Duration::from_millis(batch * DRAIN_BATCH_MS)
}

#[cfg(test)]
mod tests {
    use tokio::{task::JoinSet, time::Instant};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn clients_leave_in_batches_over_the_whole_time() {
        let phase = watch::Sender::new(Phase::Open);
        let mut clients = JoinSet::new();
        for _ in 0..1_000 {
            let mut leave = Leave::new(phase.subscribe());
            clients.spawn(async move {
                leave.due().await;
                Instant::now()
            });
        }
        tokio::task::yield_now().await;
        let begun = Instant::now();
        phase.send_replace(Phase::Draining { over_ms: 900 });
        let mut batches = [0; 10];
        while let Some(left) = clients.join_next().await {
            let after = left.unwrap().duration_since(begun).as_millis() as u64;
            batches[(after / DRAIN_BATCH_MS) as usize] += 1;
        }
        for batch in batches {
            assert!((40..200).contains(&batch), "{batches:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_not_sent_away_stays_if_the_server_opens_again_and_all_go_if_it_stops() {
        let phase = watch::Sender::new(Phase::Draining { over_ms: 1 << 40 });
        let mut leave = Leave::new(phase.subscribe());
        let hour = Duration::from_secs(3_600);
        assert!(tokio::time::timeout(hour, leave.due()).await.is_err());
        phase.send_replace(Phase::Open);
        let years = Duration::from_millis(1 << 41);
        assert!(tokio::time::timeout(years, leave.due()).await.is_err());
        phase.send_replace(Phase::Stopping);
        leave.due().await;
    }
}
