//! One server process: what every connection shares.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parlor_shared::{Limits, limits::HTTP_CONNECTIONS_MAX};
use tokio::sync::Notify;

use crate::{
    access::AccessControl,
    address::{Address, Addresses, Network, Share, ShareUsed, count_one},
    config::NodeName,
    connection::{
        hosts::Hosts,
        origin::Origins,
        proxy::{ProxyAddress, is_trusted},
    },
    engine::Engine,
    http::base_path::BasePath,
    login::Login,
    operation::Operation,
    rate::Rates,
    repeated_line::log_repeated,
    rooms::hub::Hub,
    seen_feed::SeenFeed,
    tokens::TokenSigner,
    webhooks::states::WebhookStates,
};

/// What every connection of the process shares.
pub(crate) struct Node {
    pub(crate) hub: Arc<Hub>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) tokens: TokenSigner,
    pub(crate) access: Arc<AccessControl>,
    /// Where people log in, if they can.
    pub(crate) login: Option<Login>,
    pub(crate) seen_feed: Arc<SeenFeed>,
    pub(crate) rates: Rates,
    pub(crate) origins: Origins,
    pub(crate) hosts: Hosts,
    /// Proxies that are believed whom they forward for.
    pub(crate) proxies: Vec<ProxyAddress>,
    /// What it says of itself in `welcome`: its version, and which node it is.
    pub(crate) version: String,
    pub(crate) limits: Limits,
    /// The path at which the server is hosted.
    pub(crate) base: BasePath,
    pub(crate) connections: Connections,
    pub(crate) http_connections: AtomicUsize,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) service: Service,
    /// What its operator sees of it and does to it.
    pub(crate) operation: Operation,
    /// The webhooks that it delivers for.
    pub(crate) webhooks: WebhookStates,
}

/// What connections are served with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Rooms,
    /// Their own messages, for the Autobahn suite.
    #[cfg(feature = "echo")]
    Echo,
}

/// What a node says of itself in `welcome`: its version, and its name among several.
pub(crate) fn version(name: Option<&NodeName>) -> String {
    let version = concat!("parlor ", env!("CARGO_PKG_VERSION"));
    name.map_or_else(|| version.to_owned(), |name| format!("{version} ({name})"))
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
    /// Those within the limits.
    count: AtomicUsize,
    max: usize,
    /// Those that are refused and still told so. They take no other's place.
    refused: AtomicUsize,
    closed: Notify,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            count: AtomicUsize::new(0),
            max,
            refused: AtomicUsize::new(0),
            closed: Notify::new(),
        }
    }

    /// The number of connections within the limits.
    pub(crate) fn count_now(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The most that there may be.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// Whether there are as many connections as there may be.
    fn is_full(&self) -> bool {
        self.count.load(Ordering::Relaxed) >= self.max
    }

    /// Counts a connection from this address for as long as the result lives, and says whether it
    /// is within the limits.
    pub(crate) fn count(node: &Arc<Node>, address: Option<&Address>) -> (Counted, Fit) {
        let share = address.map(Address::count_connection).transpose();
        let take_place = || count_one(&node.connections.count, node.connections.max);
        let fit = match &share {
            // Where both limits are reached, closing some would not help the client.
            Err(_) if node.connections.is_full() => Fit::TooMany,
            Err(_) => Fit::TooManyFromAddress,
            Ok(_) if take_place().is_ok() => Fit::Fits,
            Ok(_) => Fit::TooMany,
        };
        if fit != Fit::Fits {
            node.connections.refused.fetch_add(1, Ordering::Relaxed);
        }
        let counted = Counted {
            node: node.clone(),
            fit,
            _share: share.ok().flatten(),
        };
        (counted, fit)
    }

    /// Waits until the last connection has closed.
    pub(crate) async fn all_gone(&self) {
        loop {
            let closed = self.closed.notified();
            let open = [&self.count, &self.refused].map(|count| count.load(Ordering::Acquire));
            if open == [0, 0] {
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
    fit: Fit,
    /// Its place among the connections of its address.
    _share: Option<Share>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let connections = &self.node.connections;
        let count = match self.fit {
            Fit::Fits => &connections.count,
            Fit::TooMany | Fit::TooManyFromAddress => &connections.refused,
        };
        count.fetch_sub(1, Ordering::AcqRel);
        self.node.connections.closed.notify_waiters();
    }
}

impl Node {
    /// The number of sockets that speak HTTP.
    pub(crate) fn http_connections_now(&self) -> usize {
        self.http_connections.load(Ordering::Relaxed)
    }

    /// Counts a socket that speaks HTTP, for as long as the result lives; `None` if it is one too
    /// many, in all or from its address. A trusted proxy has as many as there are.
    pub(crate) fn count_http(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<HttpCounted> {
        let client = peer.filter(|peer| !is_trusted(*peer, &self.proxies));
        let address = self.addresses.find(client.map(Network::from));
        let share = address.map(|address| address.count_http()).transpose();
        let counted = share.and_then(|share| {
            count_one(&self.http_connections, HTTP_CONNECTIONS_MAX)?;
            Ok(HttpCounted {
                node: self.clone(),
                _share: share,
            })
        });
        match counted {
            Ok(counted) => Some(counted),
            Err(ShareUsed) => {
                log_repeated!(warn, "refused: too many sockets that speak HTTP");
                None
            }
        }
    }
}

/// A socket that speaks HTTP and is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct HttpCounted {
    node: Arc<Node>,
    /// Its place among those of its address.
    _share: Option<Share>,
}

impl Drop for HttpCounted {
    fn drop(&mut self) {
        self.node.http_connections.fetch_sub(1, Ordering::Relaxed);
    }
}
