//! Reads a stream behind a place.

use std::time::Duration;

use async_nats::jetstream::{
    Message as Received,
    consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
    stream::Stream,
};
use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt};
use parlor_shared::limits::{
    STREAM_CONSUMER_MS_MAX, STREAM_GROUPS_APPLIED_MAX, STREAM_HEARTBEAT_MS, STREAM_PULL_BYTES_MAX,
};

use crate::engine::replicated::ordered_log::{Message, Tail, TailError};

/// A consumer, and what has come from it.
pub(super) struct JetStreamTail {
    received: pull::Stream,
    /// The newest sequence that it has given.
    after: u64,
    /// The newest sequence that the stream is known to have.
    last: u64,
}

impl JetStreamTail {
    /// Begins to read behind `after`; the stream has something up to `last`.
    pub(super) async fn open(
        stream: &Stream<()>,
        after: u64,
        last: u64,
    ) -> Result<Self, TailError> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: after + 1,
            },
            // What was applied is known here, and nowhere else.
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: Duration::from_millis(STREAM_CONSUMER_MS_MAX),
            ..pull::Config::default()
        };
        let consumer: PullConsumer = stream.create_consumer(config).await.map_err(lost)?;
        let received = consumer
            .stream()
            .max_bytes_per_batch(STREAM_PULL_BYTES_MAX)
            .heartbeat(Duration::from_millis(STREAM_HEARTBEAT_MS))
            .messages()
            .await;
        let received = received.map_err(lost)?;
        Ok(Self {
            received,
            after,
            last,
        })
    }

    /// Takes a message that must be the next one.
    fn take(&mut self, received: Received) -> Result<Message, TailError> {
        let info = received.info().map_err(lost)?;
        let (sequence, last) = (info.stream_sequence, info.stream_sequence + info.pending);
        if sequence != self.after + 1 {
            return Err(TailError::Lost(format!(
                "{sequence} was delivered after {}",
                self.after
            )));
        }
        self.after = sequence;
        self.last = self.last.max(last);
        Ok(Message {
            sequence,
            payload: received.message.payload,
        })
    }
}

fn lost(error: impl std::fmt::Display) -> TailError {
    TailError::Lost(error.to_string())
}

#[async_trait]
impl Tail for JetStreamTail {
    async fn next(&mut self) -> Result<Vec<Message>, TailError> {
        let mut messages = Vec::new();
        let mut next = self.received.next().await;
        loop {
            match next {
                Some(received) => messages.push(self.take(received.map_err(lost)?)?),
                None => return Err(lost("the consumer has ended")),
            }
            if messages.len() >= STREAM_GROUPS_APPLIED_MAX {
                return Ok(messages);
            }
            match self.received.next().now_or_never() {
                Some(another) => next = another,
                None => return Ok(messages),
            }
        }
    }

    fn last(&self) -> u64 {
        self.last
    }
}
