//! A lease in a key-value bucket: a value that names its holder, changed by compare-and-set on its
//! revision.

use std::{fmt, time::Duration};

use async_nats::jetstream::{
    Context,
    kv::{self, CreateErrorKind, Store, UpdateErrorKind},
    message::StreamMessage,
    stream::LastRawMessageErrorKind,
};
use async_trait::async_trait;
use bytes::Bytes;
use parlor_shared::limits::LEASE_MS;
use tokio::{sync::Mutex, time::Instant};

use crate::engine::{
    lease::{Holder, Lease, LeaseError},
    replicated::group::Incarnation,
};

/// The key of the lease to deliver for webhooks.
const WEBHOOKS: &str = "webhooks";

/// See the module.
pub(super) struct KvLease {
    context: Context,
    /// The bucket of a stream with this name, in as many servers.
    bucket: String,
    replicas: usize,
    node: Bytes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    store: Option<Store>,
    /// What another node has renewed last, and when this one saw it first.
    seen: Option<Seen>,
}

struct Seen {
    revision: u64,
    since: Instant,
}

impl State {
    /// Whether this revision has been there for as long as a lease lasts.
    fn observe(&mut self, revision: u64) -> bool {
        match &self.seen {
            Some(seen) if seen.revision == revision => {
                seen.since.elapsed() >= Duration::from_millis(LEASE_MS)
            }
            Some(_) | None => {
                let since = Instant::now();
                self.seen = Some(Seen { revision, since });
                false
            }
        }
    }
}

impl KvLease {
    pub(super) fn new(context: Context, stream: &str, replicas: usize, node: Incarnation) -> Self {
        Self {
            context,
            bucket: format!("{stream}-leases"),
            replicas,
            node: Bytes::copy_from_slice(&node.0),
            state: Mutex::default(),
        }
    }

    /// The bucket, which is made by whoever comes first.
    async fn store(&self, state: &mut State) -> Result<Store, LeaseError> {
        if let Some(store) = &state.store {
            return Ok(store.clone());
        }
        let store = match self.context.get_key_value(&self.bucket).await {
            Ok(store) => store,
            Err(_) => {
                let config = kv::Config {
                    bucket: self.bucket.clone(),
                    description: "Which node of Parlor does what one does.".to_owned(),
                    history: 1,
                    num_replicas: self.replicas,
                    ..kv::Config::default()
                };
                let made = self.context.create_key_value(config).await;
                made.map_err(failed)?
            }
        };
        Ok(state.store.insert(store).clone())
    }
}

#[async_trait]
impl Lease for KvLease {
    async fn renew(&self) -> Result<Holder, LeaseError> {
        let mut state = self.state.lock().await;
        let store = self.store(&mut state).await?;
        let Some(entry) = newest(&store).await? else {
            return match store.create(WEBHOOKS, self.node.clone()).await {
                Ok(_) => Ok(Holder::This),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(Holder::Another),
                Err(error) => Err(failed(error)),
            };
        };
        let is_free = entry.payload.is_empty() || state.observe(entry.sequence);
        if entry.payload != self.node && !is_free {
            return Ok(Holder::Another);
        }
        let taken = store.update(WEBHOOKS, self.node.clone(), entry.sequence);
        match taken.await {
            Ok(_) => Ok(Holder::This),
            // Another one was faster.
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(Holder::Another),
            Err(error) => Err(failed(error)),
        }
    }

    async fn release(&self) {
        let mut state = self.state.lock().await;
        let Ok(store) = self.store(&mut state).await else {
            return;
        };
        if let Ok(Some(entry)) = newest(&store).await
            && entry.payload == self.node
        {
            // Otherwise it is over soon.
            store
                .update(WEBHOOKS, Bytes::new(), entry.sequence)
                .await
                .ok();
        }
    }
}

/// What the bucket's leader has. The store would ask any of its servers, whose copy may be older: a
/// lease that was released would seem to be held.
async fn newest(store: &Store) -> Result<Option<StreamMessage>, LeaseError> {
    let subject = format!("{}{WEBHOOKS}", store.prefix);
    let found = store.stream.get_last_raw_message_by_subject(&subject).await;
    match found {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: impl fmt::Display) -> LeaseError {
    LeaseError(error.to_string())
}

impl fmt::Debug for KvLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KvLease")
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}
