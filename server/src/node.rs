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

/// What every connection of this process shares.
pub(crate) struct Node {
    pub(crate) hub: Arc<Hub>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) tokens: TokenSigner,
    pub(crate) rates: Rates,
    pub(crate) origins: Origins,
    /// Proxies that are believed whom they speak for.
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

/// How many connections there are.
#[derive(Debug)]
pub(crate) struct Connections {
    count: AtomicUsize,
    max: usize,
    one_less: Notify,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            count: AtomicUsize::new(0),
            max,
            one_less: Notify::new(),
        }
    }

    /// Counts one connection for as long as the result lives; says whether it is one too many.
    pub(crate) fn count(node: &Arc<Node>) -> (Counted, Fit) {
        let before = node.connections.count.fetch_add(1, Ordering::Relaxed);
        let fit = if before < node.connections.max {
            Fit::Fits
        } else {
            Fit::OneTooMany
        };
        (Counted(node.clone()), fit)
    }

    /// Waits until the last one is gone.
    pub(crate) async fn all_gone(&self) {
        loop {
            let one_less = self.one_less.notified();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            one_less.await;
        }
    }
}

/// Whether a connection fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    OneTooMany,
}

/// One connection, counted.
#[derive(Debug)]
pub(crate) struct Counted(Arc<Node>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.count.fetch_sub(1, Ordering::AcqRel);
        self.0.connections.one_less.notify_waiters();
    }
}
