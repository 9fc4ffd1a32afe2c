//! Webhooks: programs elsewhere that are sent a log's entries over HTTP.
//!
//! Each webhook is a place in the log that outlives the server, and delivers from there in order,
//! at least once. It reads the log, page by page, and no ring: what its receiver does not take
//! costs that place and nothing else, however long it is down. Requests go out as everything that
//! the operator has named by its address does (`fetch.rs`).
//!
//! Of several nodes one delivers (`delivery_lease.rs`), and what it keeps of a webhook counts only
//! where no other has kept something since: two that deliver at once, for a moment, send the same.

mod backoff;
mod delivery;
mod delivery_lease;
mod payload;
mod reading;
pub(crate) mod secret;
pub(crate) mod states;

use std::{collections::HashMap, sync::Arc};

use parlor_shared::limits::LOG_READERS_ADDRESS_MAX;
use tokio::{sync::Semaphore, task::JoinHandle};

use self::{
    delivery::{Delivery, DeliveryEnv},
    delivery_lease::DeliveryLease,
};
use crate::{
    engine::embedded::{AdminError, AdminFile, OutgoingWebhook},
    fetch::{FetchError, FetchSource, Fetcher},
    node::Node,
    repeated_line::log_repeated,
};

/// Delivers for all webhooks, also those that are made later, for as long as the server runs. They
/// may be at public addresses, and at these.
pub(crate) async fn run(node: Arc<Node>, fetch_from: Vec<FetchSource>) {
    let Some(admin) = node.access.admin().cloned() else {
        return;
    };
    let mut changes = node.hub.access_changes();
    let mut lease = DeliveryLease::new(node.engine.lease());
    let mut webhooks = Webhooks {
        node,
        admin,
        fetch_from,
        fetcher: None,
        reads: Arc::new(Semaphore::new(LOG_READERS_ADDRESS_MAX)),
        running: HashMap::new(),
    };
    loop {
        if !lease.is_ours() {
            webhooks.end();
        }
        lease.renew().await;
        if lease.is_ours()
            && let Err(error) = webhooks.look().await
        {
            log_repeated!(error, %error, "webhooks can't be read or begun");
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() {
                return;
            },
            () = lease.ends() => {}
        }
    }
}

/// Why webhooks can't be begun.
#[derive(Debug, thiserror::Error)]
enum NotBegun {
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// The webhooks of a server, each with a task of its own.
#[derive(Debug)]
struct Webhooks {
    node: Arc<Node>,
    admin: Arc<AdminFile>,
    fetch_from: Vec<FetchSource>,
    /// Made for the first of them.
    fetcher: Option<Arc<Fetcher>>,
    /// All of them read the log as one address does, and so keep no member waiting.
    reads: Arc<Semaphore>,
    running: HashMap<i64, Running>,
}

/// A webhook's task, which ends when this is dropped.
#[derive(Debug)]
struct Running {
    /// See [`OutgoingWebhook::replays`].
    replays: i64,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Webhooks {
    /// Ends all: it is another node's lease.
    fn end(&mut self) {
        self.running.clear();
        self.node.webhooks.retain(&[]);
    }

    /// Begins those that are new or were replayed, and ends those that were removed.
    async fn look(&mut self) -> Result<(), NotBegun> {
        let admin = self.admin.clone();
        let read = tokio::task::spawn_blocking(move || admin.outgoing_webhooks()).await;
        // An error means that the runtime ends.
        let webhooks = read.unwrap_or_else(|_| Ok(Vec::new()))?;
        let is_there = |id: &i64| webhooks.iter().any(|webhook| webhook.id == *id);
        self.running.retain(|id, _| is_there(id));
        self.node.webhooks.retain(&webhooks);
        for webhook in webhooks {
            self.begin(webhook)?;
        }
        Ok(())
    }

    fn begin(&mut self, webhook: OutgoingWebhook) -> Result<(), FetchError> {
        let (id, replays) = (webhook.id, webhook.replays);
        let running = self.running.get(&id);
        // One whose receiver wants nothing has ended; another has because this node had not applied
        // what was kept for it, and goes on from there.
        let goes_on = |running: &Running| {
            !running.task.is_finished() || webhook.state.disabled_at_ms.is_some()
        };
        if running.is_some_and(|running| running.replays == replays && goes_on(running)) {
            return Ok(());
        }
        // The task of before ends first.
        drop(self.running.remove(&id));
        let fetcher = match &self.fetcher {
            Some(fetcher) => fetcher.clone(),
            None => {
                let fetcher = Arc::new(Fetcher::new(self.fetch_from.clone())?);
                self.fetcher.insert(fetcher).clone()
            }
        };
        let env = DeliveryEnv {
            node: self.node.clone(),
            admin: self.admin.clone(),
            fetcher,
            reads: self.reads.clone(),
        };
        let delivery = Delivery::new(env, webhook);
        let task = tokio::spawn(delivery.run());
        self.running.insert(id, Running { replays, task });
        Ok(())
    }
}
