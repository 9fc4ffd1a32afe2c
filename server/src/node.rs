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
    address::{Address, Addresses, ConnectionShare},
    connection::origin::Origins,
    engine::Engine,
    rate::Rates,
    repeated_line::RepeatedLine,
    rooms::hub::Hub,
    tokens::TokenSigner,
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
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) lines: RepeatedLines,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The lines of the server's log that clients can cause as often as they like.
#[derive(Debug, Default)]
pub(crate) struct RepeatedLines {
    /// A page of an origin that may not connect.
    pub(crate) origin_refused: RepeatedLine,
    /// An address with as many connections as it may have.
    pub(crate) address_full: RepeatedLine,
    /// As many connections as there may be.
    pub(crate) server_full: RepeatedLine,
    /// A connection whose cursor is lost.
    pub(crate) cursor_lost: RepeatedLine,
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

    /// Counts a connection from this address for as long as the result lives, and says whether it
    /// is within the limits.
    pub(crate) fn count(node: &Arc<Node>, address: Option<&Address>) -> (Counted, Fit) {
        let before = node.connections.count.fetch_add(1, Ordering::Relaxed);
        let share = address.map(Address::count_connection).transpose();
        let fit = match &share {
            _ if before >= node.connections.max => Fit::TooMany,
            Err(_) => Fit::TooManyFromAddress,
            Ok(_) => Fit::Fits,
        };
        let counted = Counted {
            node: node.clone(),
            _share: share.ok().flatten(),
        };
        (counted, fit)
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

/// Whether a connection is within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    TooMany,
    TooManyFromAddress,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    node: Arc<Node>,
    /// Its place among the connections of its address.
    _share: Option<ConnectionShare>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.node.connections.count.fetch_sub(1, Ordering::AcqRel);
        self.node.connections.closed.notify_waiters();
    }
}
