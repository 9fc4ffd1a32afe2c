//! One server process: what every connection shares.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parlor_shared::Limits;
use tokio::sync::{Notify, watch};

use crate::{
    connection::origin::Origins, engine::Engine, rate::Rates, rooms::hub::Hub, tokens::TokenSigner,
};

/// What every connection of the process shares.
pub(crate) struct Node {
    pub(crate) hub: Arc<Hub>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) tokens: TokenSigner,
    pub(crate) rates: Rates,
    pub(crate) origins: Origins,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) limits: Limits,
    pub(crate) connections: Connections,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// The number of connections, and its limit.
#[derive(Debug)]
pub(crate) struct Connections {
    count: AtomicUsize,
    max: usize,
    closed: Notify,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            count: AtomicUsize::new(0),
            max,
            closed: Notify::new(),
        }
    }

    /// Counts a connection for as long as the result lives, and says whether it is within the
    /// limit.
    pub(crate) fn count(node: &Arc<Node>) -> (Counted, Fit) {
        let before = node.connections.count.fetch_add(1, Ordering::Relaxed);
        let fit = if before < node.connections.max {
            Fit::Fits
        } else {
            Fit::OneTooMany
        };
        (Counted(node.clone()), fit)
    }

    /// Waits until the last connection has closed.
    pub(crate) async fn all_gone(&self) {
        loop {
            let closed = self.closed.notified();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            closed.await;
        }
    }
}

/// Whether a connection is within the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    OneTooMany,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Arc<Node>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.count.fetch_sub(1, Ordering::AcqRel);
        self.0.connections.closed.notify_waiters();
    }
}
