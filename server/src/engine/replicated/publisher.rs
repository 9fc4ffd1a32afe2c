//! Publishes what is appended on this node: one group at a time, until it was applied.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use parlor_shared::{Epoch, limits::STREAM_GROUP_BYTES_MAX};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

use super::{
    applied::Applied,
    group::{Command, FORM_PUBLISHED, Group, Incarnation, StreamPlace},
    ordered_log::{OrderedLog, PublishError},
    work::{Gathered, Waiting, Work},
};
use crate::{engine::StreamState, repeated_line::log_repeated};

/// How long after a failure a group is published again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How long after a group was stored it is published again if it was not applied: where a tail has
/// left it out as the newest message, only what comes behind it shows that.
const NOT_APPLIED_AFTER: Duration = Duration::from_secs(10);

/// What publishes a node's groups.
pub(super) struct Publisher {
    pub(super) ordered: Arc<dyn OrderedLog>,
    pub(super) epoch: Epoch,
    pub(super) node: Incarnation,
    pub(super) work: mpsc::Receiver<Work>,
    /// This node's own groups, once they were applied.
    pub(super) applied: mpsc::Receiver<Applied>,
    pub(super) place: watch::Receiver<StreamPlace>,
    pub(super) state: Arc<StreamState>,
    /// How long those who wait for a group are not refused.
    pub(super) patience: Duration,
}

/// What a turn leaves.
enum Next {
    /// Work that came behind what was gathered.
    Work(Option<Work>),
    Close(oneshot::Sender<()>),
}

impl Publisher {
    /// Publishes until it is told to end, or nobody can ask for anything any more.
    pub(super) async fn run(mut self) {
        let (mut number, mut held) = (0, None);
        loop {
            let first = match held.take() {
                Some(first) => first,
                None => match self.work.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            let (command, waiting, next) = match first {
                Work::Append(append) => {
                    let mut gathered = Gathered::default();
                    gathered.add(append);
                    let next = self.gather(&mut gathered);
                    let (command, waiting) = gathered.into_command();
                    (command, waiting, next)
                }
                Work::Batch { batch, reply } => (
                    Command::Batch(batch),
                    Waiting::Batch(reply),
                    Next::Work(None),
                ),
                Work::Command { command, reply } => {
                    (command, Waiting::Command(reply), Next::Work(None))
                }
                Work::Close(reply) => {
                    // Who has closed it may be gone.
                    reply.send(()).ok();
                    return;
                }
            };
            number += 1;
            let closing = self.publish(number, command, waiting).await;
            let closing = match next {
                Next::Work(work) => {
                    held = work;
                    closing
                }
                Next::Close(reply) => Some(reply),
            };
            if let Some(reply) = closing {
                // Nobody may wait for it any more.
                reply.send(()).ok();
                return;
            }
        }
    }

    /// Adds the appends that wait already.
    fn gather(&mut self, gathered: &mut Gathered) -> Next {
        let bytes_max = STREAM_GROUP_BYTES_MAX.min(self.ordered.payload_bytes_max() / 2);
        while !gathered.is_full(bytes_max) {
            match self.work.try_recv() {
                Ok(Work::Append(append)) => gathered.add(append),
                Ok(Work::Close(reply)) => return Next::Close(reply),
                Ok(other) => return Next::Work(Some(other)),
                Err(_) => break,
            }
        }
        Next::Work(None)
    }

    /// Publishes a group again and again until it was applied. If that takes too long, those who
    /// wait are refused for now, and so is everyone who comes meanwhile. Returns who waits for the
    /// end, if it came meanwhile.
    async fn publish(
        &mut self,
        number: u64,
        command: Command,
        waiting: Waiting,
    ) -> Option<oneshot::Sender<()>> {
        let Some(payload) = self.payload(number, command) else {
            waiting.refuse();
            return None;
        };
        let mut waiting = Some(waiting);
        let begun = Instant::now();
        let patience = begun + self.patience;
        loop {
            let publishing = self.ordered.publish(payload.clone());
            tokio::pin!(publishing);
            let (mut is_published, mut again_at) = (false, None);
            loop {
                tokio::select! {
                    biased;
                    applied = self.applied.recv() => {
                        // Earlier groups have been waited for.
                        let applied = applied?;
                        if applied.number == number {
                            self.on_published(begun);
                            if let Some(waiting) = waiting {
                                waiting.answer(applied.done);
                            }
                            return None;
                        }
                    }
                    result = &mut publishing, if !is_published => {
                        is_published = true;
                        let after = match result {
                            Ok(()) => NOT_APPLIED_AFTER,
                            Err(error) => {
                                self.on_not_published(error);
                                AGAIN_AFTER
                            }
                        };
                        again_at = Some(Instant::now() + after);
                    }
                    () = sleep_until(again_at.unwrap_or(patience)), if again_at.is_some() => break,
                    () = sleep_until(patience), if waiting.is_some() => {
                        waiting.take().into_iter().for_each(Waiting::refuse);
                    }
                    work = self.work.recv(), if waiting.is_none() => {
                        if let Some(reply) = work?.refuse() {
                            return Some(reply);
                        }
                    }
                }
            }
        }
    }

    /// What is published of a group; `None` if this node must not publish it.
    fn payload(&self, number: u64, command: Command) -> Option<Bytes> {
        if let Some(why) = self.state.condition().clock {
            log_repeated!(error, %why, "nothing is published");
            return None;
        }
        let version = command.form();
        if version > FORM_PUBLISHED {
            log_repeated!(error, version, "a group is of a form that is only read yet");
            return None;
        }
        let group = Group {
            version,
            epoch: self.epoch,
            node: self.node,
            number,
            applied: *self.place.borrow(),
            command,
        };
        let bytes_max = self.ordered.payload_bytes_max();
        match group.encode() {
            Ok(payload) if payload.len() > bytes_max => {
                let bytes = payload.len();
                log_repeated!(
                    error,
                    bytes,
                    bytes_max,
                    "a group is larger than the stream takes"
                );
                None
            }
            Ok(payload) => Some(Bytes::from(payload)),
            // Texts and numbers are always JSON.
            Err(error) => {
                log_repeated!(error, %error, "a group can't be written as JSON");
                None
            }
        }
    }

    fn on_published(&self, begun: Instant) {
        let metrics = self.state.metrics();
        metrics.published.add(1);
        metrics.time.observe(begun.elapsed().as_micros() as u64);
        self.state.update(|condition| condition.unwritable = None);
    }

    fn on_not_published(&self, PublishError(why): PublishError) {
        log_repeated!(warn, %why, "the stream takes nothing now");
        self.state.metrics().republished.add(1);
        // What came first is the cause: a server that is full gives up its part as the leader next.
        self.state.update(|condition| {
            condition.unwritable.get_or_insert(why);
        });
    }
}
