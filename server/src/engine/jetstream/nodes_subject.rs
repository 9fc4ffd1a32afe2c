//! What reaches the other nodes of a stream at once: a subject that no stream keeps.

use async_nats::{Client, Subscriber, connection::State};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;

use crate::engine::{Broadcast, BroadcastError, BroadcastReceiver};

/// A subject of core NATS.
#[derive(Debug)]
pub(super) struct NodesSubject {
    client: Client,
    subject: String,
}

impl NodesSubject {
    /// The one that the nodes over this stream use.
    pub(super) fn of_stream(client: Client, name: &str) -> Self {
        let subject = format!("{name}.nodes");
        Self { client, subject }
    }
}

#[async_trait]
impl Broadcast for NodesSubject {
    fn bytes_max(&self) -> usize {
        self.client.server_info().max_payload
    }

    async fn send(&self, message: Bytes) -> Result<(), BroadcastError> {
        // The client would keep it until it is connected again, when it is long out of date.
        if self.client.connection_state() != State::Connected {
            return Err(BroadcastError("NATS can't be reached".to_owned()));
        }
        let sent = self.client.publish(self.subject.clone(), message).await;
        sent.map_err(|error| BroadcastError(error.to_string()))
    }

    async fn receive(&self) -> Result<Box<dyn BroadcastReceiver>, BroadcastError> {
        let subscribed = self.client.subscribe(self.subject.clone()).await;
        let subscriber = subscribed.map_err(|error| BroadcastError(error.to_string()))?;
        Ok(Box::new(NodesReceiver(subscriber)))
    }
}

/// A subscription. The client subscribes again when it has lost its connection, and drops what
/// comes while [`NODE_MESSAGES_MAX`](parlor_shared::limits::NODE_MESSAGES_MAX) messages wait.
struct NodesReceiver(Subscriber);

#[async_trait]
impl BroadcastReceiver for NodesReceiver {
    async fn next(&mut self) -> Option<Bytes> {
        self.0.next().await.map(|message| message.payload)
    }
}
