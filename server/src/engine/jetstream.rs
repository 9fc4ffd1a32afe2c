//! The log that nodes share, in a stream of NATS JetStream: one message a group, in file storage.
//!
//! Reading is a pull consumer of our own handling, without acknowledgements, in memory and on one
//! replica: whatever goes wrong with it, it is dropped, the stream is looked at, and another is made
//! at the place that was applied. What a server says about its own consumer is believed nowhere:
//! sequences must follow each other, and the message at the applied place must be the one that was
//! applied.

mod error;
mod stream;
mod tail;

use std::{sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectOptions,
    jetstream::{
        Context,
        stream::{Info, Stream},
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use parlor_shared::{
    Epoch,
    limits::{STREAM_ACK_MS_MAX, STREAM_CONNECT_MS_MAX},
};

pub(crate) use self::error::JetStreamError;
use self::tail::JetStreamTail;
use super::{
    embedded::StreamStart,
    replicated::ordered_log::{OrderedLog, PublishError, Tail, TailError},
};

/// Where a stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamAddress {
    /// The servers, of which any is enough to begin with: `nats://` or `tls://`, and the user and
    /// password before an `@`.
    pub(crate) servers: Vec<async_nats::ServerAddr>,
    /// The stream's name.
    pub(crate) stream: String,
    /// In how many servers it is kept, where it is made.
    pub(crate) replicas: usize,
}

/// A stream of JetStream.
#[derive(Debug, Clone)]
pub(crate) struct JetStream {
    client: Client,
    context: Context,
    stream: Stream<()>,
    identity: Arc<Identity>,
}

/// What tells the stream from every other of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    name: String,
    subject: String,
    epoch: Epoch,
    /// When it was made, as the servers say.
    created: String,
}

impl JetStream {
    /// Connects, and makes the stream if nobody has yet; `epoch` is for one that is made.
    ///
    /// # Errors
    /// [`JetStreamError`], which says what is wrong with the servers or the stream.
    pub(crate) async fn open(
        address: &StreamAddress,
        epoch: Epoch,
    ) -> Result<(Self, StreamStart), JetStreamError> {
        let options = ConnectOptions::new()
            .name("parlor")
            .connection_timeout(Duration::from_millis(STREAM_CONNECT_MS_MAX));
        let client = options.connect(&address.servers[..]).await?;
        let mut context = async_nats::jetstream::new(client.clone());
        context.set_timeout(Duration::from_millis(STREAM_ACK_MS_MAX));
        let info = stream::find_or_make(&context, address, epoch).await?;
        let identity = stream::identity(&info)?;
        let start = StreamStart {
            epoch: identity.epoch,
            after: 0,
        };
        let stream = context.get_stream_no_info(&identity.name).await?;
        let opened = Self {
            client,
            context,
            stream,
            identity: Arc::new(identity),
        };
        Ok((opened, start))
    }

    /// What the servers say of the stream now.
    async fn info(&self) -> Result<Info, TailError> {
        let info = self.stream.get_info().await;
        info.map_err(|error| TailError::Lost(error.to_string()))
    }
}

#[async_trait]
impl OrderedLog for JetStream {
    fn payload_bytes_max(&self) -> usize {
        self.client.server_info().max_payload
    }

    async fn publish(&self, payload: Bytes) -> Result<(), PublishError> {
        let lost = |error: async_nats::jetstream::context::PublishError| {
            PublishError(error.to_string())
        };
        let subject = self.identity.subject.clone();
        let ack = self.context.publish(subject, payload).await.map_err(lost)?;
        ack.await.map(drop).map_err(lost)
    }

    async fn tail(&self, after: u64) -> Result<Box<dyn Tail>, TailError> {
        stream::check(&self.identity, &self.info().await?, after)?;
        let tail = JetStreamTail::open(&self.stream, after).await?;
        Ok(Box::new(tail))
    }
}
