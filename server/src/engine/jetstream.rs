//! The log that nodes share, in a stream of NATS JetStream: one message a group, in file storage.
//!
//! Reading is a pull consumer of our own handling, without acknowledgements, in memory and on one
//! replica: whatever goes wrong with it, it is dropped, the stream is looked at, and another is made
//! at the place that was applied. What a server says about its own consumer is believed nowhere:
//! sequences must follow each other, and the message at the applied place must be the one that was
//! applied.

mod error;
mod promise;
mod stream;
mod tail;

use std::{path::Path, sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectError, ConnectOptions, ServerAddr,
    jetstream::{
        Context,
        stream::{Info, Stream},
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use parlor_shared::{
    Epoch,
    limits::{STREAM_ACK_MS_MAX, STREAM_CONNECT_MS_MAX, STREAM_PATIENCE_MS, STREAM_START_MS_MAX},
};
use tokio::time::{Instant, sleep};

pub use self::error::JetStreamError;
use self::{
    promise::{Promise, SystemAccount},
    tail::JetStreamTail,
};
use super::{
    CommitListener, Replicated,
    embedded::StreamStart,
    replicated::{
        NodeStart,
        group::Incarnation,
        ordered_log::{OrderedLog, PublishError, Tail, TailError},
    },
};
use crate::repeated_line::log_repeated;

/// How long after a failure the servers are asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// Where the stream is that the nodes share, and what it must promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamConfig {
    /// The servers, of which any is enough to begin with: `nats://` or `tls://`, and the user and
    /// password before an `@`.
    pub servers: Vec<ServerAddr>,
    /// A user of the system account, who may ask the servers what they are set to.
    pub system: Option<ServerAddr>,
    /// The stream's name.
    pub stream: String,
    /// In how many servers it is kept, where this node makes it.
    pub replicas: usize,
    /// The least that it must promise.
    pub accept: Promised,
}

/// What is promised of a message that was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Promised {
    /// It is on the disks of most of the stream's servers.
    #[default]
    Durable,
    /// It is in most of the stream's servers.
    Replicated,
}

/// Opens the log of a node: the stream, and what this node has of it in `folder`. `listener` hears
/// of every entry from now on.
///
/// # Errors
/// [`JetStreamError`], which says what to do.
pub async fn open(
    config: &StreamConfig,
    folder: &Path,
    listener: Arc<dyn CommitListener>,
) -> Result<Replicated, JetStreamError> {
    let end = Instant::now() + Duration::from_millis(STREAM_START_MS_MAX);
    let (stream, start) = loop {
        match connect(config).await {
            Ok(opened) => break opened,
            // Servers that start with this node have no leader yet.
            Err(error) if error.may_pass() && Instant::now() < end => {
                log_repeated!(info, %error, "waiting for NATS");
                sleep(AGAIN_AFTER).await;
            }
            Err(error) => return Err(error),
        }
    };
    let start = NodeStart {
        stream: start,
        node: Incarnation(draw()?),
        patience: Duration::from_millis(STREAM_PATIENCE_MS),
    };
    Ok(Replicated::open(folder, Arc::new(stream), start, listener).await?)
}

/// Connects to the stream, and sees whether it promises enough.
async fn connect(config: &StreamConfig) -> Result<(JetStream, StreamStart), JetStreamError> {
    let (stream, start) = JetStream::open(config, Epoch::new(draw()?)).await?;
    let system = match &config.system {
        Some(address) => Some(SystemAccount::connect(address.clone()).await?),
        None => None,
    };
    let info = stream.stream.get_info().await?;
    if let Promise::Replicated(why) = promise::of(&info, system.as_ref()).await {
        match config.accept {
            Promised::Durable => return Err(JetStreamError::NotDurable(why)),
            Promised::Replicated => {
                tracing::warn!(%why, "messages are replicated, and may be lost")
            }
        }
    }
    Ok((stream, start))
}

/// Connects to one of the servers, as the user that the first address names.
async fn connect_to(servers: &[ServerAddr]) -> Result<Client, ConnectError> {
    let mut options = ConnectOptions::new()
        .name("parlor")
        .connection_timeout(Duration::from_millis(STREAM_CONNECT_MS_MAX));
    // The client library reads nothing but host and port of an address.
    let named = servers.iter().find(|server| server.has_user_pass());
    if let Some((user, password)) = named.and_then(|one| Some((one.username()?, one.password()?))) {
        options = options.user_and_password(user.to_owned(), password.to_owned());
    }
    options.connect(servers).await
}

/// Random bytes from the system.
fn draw() -> Result<[u8; 16], getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(random)
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
        config: &StreamConfig,
        epoch: Epoch,
    ) -> Result<(Self, StreamStart), JetStreamError> {
        let client = connect_to(&config.servers).await?;
        let mut context = async_nats::jetstream::new(client.clone());
        context.set_timeout(Duration::from_millis(STREAM_ACK_MS_MAX));
        let info = stream::find_or_make(&context, config, epoch).await?;
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
        let lost =
            |error: async_nats::jetstream::context::PublishError| PublishError(error.to_string());
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
