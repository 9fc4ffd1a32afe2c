//! Reads a stream behind a place.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    Message as Received,
    consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
    stream::Stream,
};
use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt};
use parlor_shared::limits::{
    STREAM_CHECK_MS, STREAM_CONSUMER_MS_MAX, STREAM_GROUPS_APPLIED_MAX, STREAM_HEARTBEAT_MS,
    STREAM_PULL_BYTES_MAX,
};
use tokio::time::{Instant, sleep_until};

use super::{
    JetStream,
    doubts::{Doubts, Skipped},
    reached::Reached,
};
use crate::engine::replicated::ordered_log::{Message, Tail, TailError};

/// How long a consumer that gives nothing is believed.
const QUIET: Duration = Duration::from_millis(STREAM_CHECK_MS);

/// A consumer, and what has come from it.
pub(super) struct JetStreamTail {
    stream: Stream<()>,
    doubts: Arc<Doubts>,
    reached: Arc<Reached>,
    /// What an earlier consumer has skipped.
    found: Option<Message>,
    /// What has gone wrong behind what was given.
    failed: Option<TailError>,
    received: pull::Stream,
    /// The newest sequence that it has given.
    after: u64,
    /// The newest sequence that the stream is known to have.
    last: u64,
    /// When the stream is asked whether it has more.
    ask_at: Instant,
    /// Whether it had more when it was asked last.
    is_late: bool,
}

/// A consumer that gives what comes from this sequence on.
pub(super) fn consumer_config(start_sequence: u64) -> pull::Config {
    pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
        // What was applied is known here, and nowhere else.
        ack_policy: AckPolicy::None,
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: Duration::from_millis(STREAM_CONSUMER_MS_MAX),
        ..pull::Config::default()
    }
}

impl JetStreamTail {
    /// Reads behind `after`; the stream has something up to `last`, and `found` is the first
    /// message there, if it is known already.
    pub(super) async fn open(
        log: &JetStream,
        after: u64,
        last: u64,
        found: Option<Message>,
    ) -> Result<Self, TailError> {
        let stream = log.stream.clone();
        let after = after + u64::from(found.is_some());
        let made = stream.create_consumer(consumer_config(after + 1)).await;
        let consumer: PullConsumer = made.map_err(lost)?;
        let received = consumer
            .stream()
            .max_bytes_per_batch(STREAM_PULL_BYTES_MAX)
            .heartbeat(Duration::from_millis(STREAM_HEARTBEAT_MS))
            .messages()
            .await;
        Ok(Self {
            stream,
            doubts: log.doubts.clone(),
            reached: log.reached.clone(),
            found,
            failed: None,
            received: received.map_err(lost)?,
            after,
            last,
            ask_at: Instant::now() + QUIET,
            is_late: false,
        })
    }

    /// Takes a message that must be the next one.
    fn take(&mut self, received: Received) -> Result<Message, TailError> {
        let info = received.info().map_err(lost)?;
        let (sequence, last) = (info.stream_sequence, info.stream_sequence + info.pending);
        if sequence > self.after + 1 {
            let (after, last) = (self.after, sequence - 1);
            self.doubts.add(Skipped { after, last });
        }
        if sequence != self.after + 1 {
            return Err(TailError::Lost(format!(
                "{sequence} was delivered after {}",
                self.after
            )));
        }
        self.after = sequence;
        self.reached.on_sequence(sequence);
        self.last = self.last.max(last);
        self.ask_at = Instant::now() + QUIET;
        self.is_late = false;
        Ok(Message {
            sequence,
            payload: received.message.payload,
        })
    }

    /// Asks the stream whether it has what this consumer does not give. It may be on its way, so
    /// that counts only if it is asked twice.
    async fn ask(&mut self) -> Result<(), TailError> {
        let info = self.stream.get_info().await.map_err(lost)?;
        let (after, last) = (self.after, info.state.last_sequence);
        self.last = self.last.max(last);
        self.ask_at = Instant::now() + QUIET;
        if last <= after {
            self.is_late = false;
            return Ok(());
        }
        if !self.is_late {
            self.is_late = true;
            return Ok(());
        }
        self.doubts.add(Skipped { after, last });
        Err(TailError::Lost(format!(
            "the stream has {last}, and nothing was delivered after {after}"
        )))
    }

    /// The next message, as soon as there is one.
    async fn receive(&mut self) -> Result<Received, TailError> {
        loop {
            let ask_at = self.ask_at;
            tokio::select! {
                received = self.received.next() => return next_of(received),
                () = sleep_until(ask_at) => self.ask().await?,
            }
        }
    }
}

/// What a consumer has given.
fn next_of<E: std::fmt::Display>(
    received: Option<Result<Received, E>>,
) -> Result<Received, TailError> {
    let received = received.ok_or_else(|| lost("the consumer has ended"))?;
    received.map_err(lost)
}

fn lost(error: impl std::fmt::Display) -> TailError {
    TailError::Lost(error.to_string())
}

#[async_trait]
impl Tail for JetStreamTail {
    async fn next(&mut self) -> Result<Vec<Message>, TailError> {
        if let Some(found) = self.found.take() {
            return Ok(vec![found]);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let received = self.receive().await?;
        let mut messages = vec![self.take(received)?];
        while messages.len() < STREAM_GROUPS_APPLIED_MAX {
            let Some(next) = self.received.next().now_or_never() else {
                break;
            };
            match next_of(next).and_then(|received| self.take(received)) {
                Ok(message) => messages.push(message),
                // What came before it is given first.
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(messages)
    }

    fn last(&self) -> u64 {
        self.last
    }
}
