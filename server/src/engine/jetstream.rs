//! The log that nodes share, in a stream of NATS JetStream: one message a group, in file storage.
//!
//! Reading is a pull consumer of our own handling, without acknowledgements, in memory and on one
//! replica: whatever goes wrong with it, it is dropped, the stream is looked at, and another is
//! made at the place that was applied. What a server says about its own consumer is believed
//! nowhere: sequences must follow each other, and the message at the applied place must be the one
//! that was applied.

mod config;
mod connecting;
mod doubts;
mod error;
mod find;
mod last_answers;
mod lease;
mod nodes_subject;
mod peers;
mod promise;
mod reached;
pub mod repair;
mod scrub;
mod scrubbed;
mod stored;
mod stream;
mod tail;

use std::{path::Path, sync::Arc, time::Duration};

use async_nats::{
    Client,
    connection::State,
    jetstream::{
        Context,
        context::PublishErrorKind,
        response::Response,
        stream::{Info, Stream},
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use parlor_shared::{
    Epoch,
    limits::{STREAM_ACK_MS_MAX, STREAM_PATIENCE_MS, STREAM_PAYLOAD_BYTES_MIN},
};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};

pub use self::{
    config::{NatsAddress, NatsAddressInvalid, Promised, StreamConfig, SystemUser},
    error::JetStreamError,
    last_answers::last_promise,
};
use self::{
    connecting::connect,
    doubts::Doubts,
    last_answers::LastAnswers,
    lease::KvLease,
    nodes_subject::NodesSubject,
    peers::Peers,
    promise::{Held, Lack, SystemAccount},
    reached::Reached,
    scrubbed::Scrubbed,
    stream::StreamIdentity,
};
use super::{
    Broadcast, CommitListener, Lease, Promise,
    embedded::{StreamStart, followed_epoch},
    replicated::{
        NodeStart, Replicated,
        clock_guard::difference,
        group::{Incarnation, StreamPlace},
        ordered_log::{Holder, Look, OrderedLog, PublishError, Stored, Tail, TailError},
    },
};
use crate::{
    clock::{Clock, SystemClock},
    repeated_line::log_repeated,
};

/// How long after a failure the servers are asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

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
    let (stream, start) = reach(config, folder).await?;
    open_on(stream, start, folder, listener).await
}

/// Opens the log of a node in `folder` as one that follows this stream.
pub(crate) async fn open_on(
    stream: JetStream,
    start: StreamStart,
    folder: &Path,
    listener: Arc<dyn CommitListener>,
) -> Result<Replicated, JetStreamError> {
    let start = NodeStart {
        stream: start,
        node: Incarnation(draw()?),
        patience: Duration::from_millis(STREAM_PATIENCE_MS),
    };
    Ok(Replicated::open(folder, Arc::new(stream), start, listener).await?)
}

/// Connects to the stream, for the node with the log in `folder`. Waits for servers that start with
/// it.
pub(crate) async fn reach(
    config: &StreamConfig,
    folder: &Path,
) -> Result<(JetStream, StreamStart), JetStreamError> {
    let end = Instant::now() + config.wait;
    loop {
        match open_checked(config, folder).await {
            Ok(opened) => return Ok(opened),
            // Servers that start with this node have no leader yet.
            Err(error) if error.may_pass() && Instant::now() < end => {
                log_repeated!(info, %error, "waiting for NATS");
                sleep(AGAIN_AFTER).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Connects to the stream, and sees whether it promises enough.
async fn open_checked(
    config: &StreamConfig,
    folder: &Path,
) -> Result<(JetStream, StreamStart), JetStreamError> {
    // Who has followed a stream that is gone makes no other one in its place.
    let new = match followed_epoch(folder)? {
        Some(_) => None,
        None => Some(Epoch::new(draw()?)),
    };
    let (stream, start) = JetStream::open(config, folder, new).await?;
    let seen = stream.see().await?;
    let own_ms = SystemClock::start().unix_ms();
    if let Some(why) = seen.now_ms.and_then(|now_ms| difference(own_ms, now_ms)) {
        return Err(JetStreamError::Clock(why));
    }
    match (config.accept, stream.held(&seen.info).await) {
        (_, Ok(Held { away: None })) => {}
        (_, Ok(Held { away: Some(away) })) => {
            tracing::warn!(%away, "a server of the stream is away");
        }
        (Promised::Durable, Err(Lack::Known(why))) => {
            return Err(JetStreamError::NotDurable(why));
        }
        (Promised::Durable, Err(Lack::Unknown(why))) => {
            return Err(JetStreamError::PromiseUnknown(why));
        }
        (Promised::Replicated, Err(Lack::Known(why) | Lack::Unknown(why))) => {
            tracing::warn!(%why, "messages are replicated, and may be lost");
        }
    }
    Ok((stream, start))
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
    identity: Arc<StreamIdentity>,
    system: Option<SystemAccount>,
    last_answers: Arc<LastAnswers>,
    /// In how many servers it is kept.
    replicas: usize,
    /// Where its epoch begins: what comes before is nobody's concern any more.
    after: u64,
    doubts: Arc<Doubts>,
    scrubbed: Arc<Scrubbed>,
    reached: Arc<Reached>,
    peers: Arc<Peers>,
}

/// What the servers say of the stream.
struct Seen {
    info: Info,
    /// Their time, in Unix milliseconds. Servers before 2.10 do not say it.
    now_ms: Option<u64>,
}

/// The time in what they say.
#[derive(Deserialize)]
struct Timed {
    ts: Option<String>,
}

impl JetStream {
    /// Connects as the node with the log in `folder`, and makes the stream in the epoch `new` if
    /// nobody has yet.
    ///
    /// # Errors
    /// [`JetStreamError`], which says what is wrong with the servers or the stream.
    pub(crate) async fn open(
        config: &StreamConfig,
        folder: &Path,
        new: Option<Epoch>,
    ) -> Result<(Self, StreamStart), JetStreamError> {
        let (client, context) = Self::connect(config).await?;
        let system = SystemAccount::connect(config).await?;
        let info = match new {
            Some(epoch) => stream::find_or_make(&context, config, epoch).await?,
            None => {
                let found = stream::find(&context, &config.stream).await?;
                found.ok_or_else(|| JetStreamError::Gone(config.stream.clone()))?
            }
        };
        let (identity, start) = stream::identity(&info)?;
        let peers = Peers::listen(client.clone(), &identity.name, folder).await?;
        let stream = context.get_stream_no_info(&identity.name).await?;
        let opened = Self {
            client,
            context,
            stream,
            last_answers: Arc::new(LastAnswers::open(folder, identity.epoch)),
            identity: Arc::new(identity),
            system,
            replicas: info.config.num_replicas,
            after: start.after,
            doubts: Arc::default(),
            scrubbed: Arc::default(),
            reached: Arc::default(),
            peers: Arc::new(peers),
        };
        Ok((opened, start))
    }

    /// Connects to the servers. They must take the largest group: one that they do not take could
    /// never be published.
    async fn connect(config: &StreamConfig) -> Result<(Client, Context), JetStreamError> {
        let client = connect(&config.servers, config.credentials.as_deref(), "--log").await?;
        let bytes_max = client.server_info().max_payload;
        if bytes_max < STREAM_PAYLOAD_BYTES_MIN {
            return Err(JetStreamError::PayloadTooSmall { bytes_max });
        }
        let mut context = async_nats::jetstream::new(client.clone());
        context.set_timeout(Duration::from_millis(STREAM_ACK_MS_MAX));
        Ok((client, context))
    }

    /// What the servers say of the stream now.
    async fn see(&self) -> Result<Seen, TailError> {
        let lost = TailError::Lost;
        let subject = format!("$JS.API.STREAM.INFO.{}", self.identity.name);
        let asked = self.client.request(subject, Bytes::new());
        let answer = timeout(Duration::from_millis(STREAM_ACK_MS_MAX), asked).await;
        let answer =
            answer.map_err(|_| lost("the servers say nothing of the stream".to_owned()))?;
        let answer = answer.map_err(|error| lost(error.to_string()))?.payload;
        let info = match serde_json::from_slice(&answer) {
            Ok(Response::Ok::<Info>(info)) => info,
            Ok(Response::Err { error }) => return Err(lost(error.to_string())),
            Err(error) => return Err(lost(error.to_string())),
        };
        stream::check_leader(&info)?;
        // A server that does not say its time gives none: clocks are then not compared.
        let timed = serde_json::from_slice::<Timed>(&answer).ok();
        let at = timed.and_then(|timed| timed.ts?.parse::<jiff::Timestamp>().ok());
        let now_ms = at.and_then(|at| at.as_millisecond().try_into().ok());
        Ok(Seen { info, now_ms })
    }

    /// Whether it keeps the promise.
    async fn held(&self, info: &Info) -> Result<Held, Lack> {
        promise::held(info, self.system.as_ref(), &self.last_answers).await
    }
}

#[async_trait]
impl OrderedLog for JetStream {
    fn name(&self) -> String {
        self.identity.name.clone()
    }

    fn payload_bytes_max(&self) -> usize {
        self.client.server_info().max_payload
    }

    fn lease(&self, node: Incarnation) -> Option<Arc<dyn Lease>> {
        let (context, name) = (self.context.clone(), &self.identity.name);
        Some(Arc::new(KvLease::new(context, name, self.replicas, node)))
    }

    async fn look(&self, _applied: StreamPlace) -> Result<Option<Look>, TailError> {
        let Seen { info, now_ms } = self.see().await?;
        stream::check(&self.identity, &info)?;
        let (promise, away) = match self.held(&info).await {
            Ok(Held { away }) => (Promise::Durable, away),
            Err(Lack::Known(why) | Lack::Unknown(why)) => (Promise::Replicated(why), None),
        };
        self.last_answers.keep_promise(&promise);
        Ok(Some(Look {
            last: info.state.last_sequence,
            promise,
            away,
            now_ms,
        }))
    }

    async fn publish(&self, payload: Bytes) -> Result<(), PublishError> {
        let lost = |error: async_nats::jetstream::context::PublishError| {
            // Nobody answers for it.
            let is_leaderless = error.kind() == PublishErrorKind::StreamNotFound;
            PublishError(match is_leaderless {
                true => "the stream has no leader now".to_owned(),
                false => error.to_string(),
            })
        };
        // What the client would keep for later could get into a stream that was put back meanwhile.
        if self.client.connection_state() != State::Connected {
            return Err(PublishError("no server of NATS is connected".to_owned()));
        }
        self.see_end().await?;
        let subject = self.identity.subject.clone();
        let ack = self.context.publish(subject, payload).await.map_err(lost)?;
        let ack = ack.await.map_err(lost)?;
        self.reached.on_sequence(ack.sequence);
        Ok(())
    }

    async fn tail(&self, after: u64) -> Result<Box<dyn Tail>, TailError> {
        Ok(Box::new(self.tail_after(after).await?))
    }

    async fn stored(&self, at: u64) -> Result<Stored, TailError> {
        self.stored_at(at).await
    }

    async fn scrub(&self, applied: u64) -> Result<(), TailError> {
        self.scrub_until(applied).await
    }

    async fn announce(&self, place: StreamPlace) {
        self.peers.announce(place.sequence).await;
    }

    fn holders(&self) -> Vec<Holder> {
        self.peers.holders()
    }

    fn broadcast(&self) -> Option<Arc<dyn Broadcast>> {
        let subject = NodesSubject::of_stream(self.client.clone(), &self.identity.name);
        Some(Arc::new(subject))
    }
}
