//! The connections of the nodes to the servers of their stream, and of those servers to each other:
//! each goes through a proxy of its own.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use parlor_test_server::NatsCluster;
use tokio::sync::watch;

use crate::{proxy::Proxy, rng::Rng, stats::Stats};

/// The way to one server.
#[derive(Debug)]
struct StreamLink {
    server: SocketAddr,
    open: watch::Sender<Vec<SocketAddr>>,
    proxy: Proxy,
}

impl StreamLink {
    fn start(server: SocketAddr, stats: &Arc<Stats>) -> io::Result<Self> {
        let (open, opened) = watch::channel(vec![server]);
        let proxy = Proxy::start(opened, stats)?;
        Ok(Self {
            server,
            open,
            proxy,
        })
    }

    /// From now on nothing gets through, and no new connection is made.
    async fn close(&self) {
        self.open.send_replace(Vec::new());
        self.proxy.stall().await;
    }

    /// Ends all connections, so that both sides notice, and takes no new one.
    async fn cut(&self) {
        self.open.send_replace(Vec::new());
        self.proxy.cut().await;
    }

    /// Ends all faults.
    async fn open(&self) {
        self.open.send_replace(vec![self.server]);
        self.proxy.lift_faults().await;
    }
}

/// What stands between one node and the servers of its stream.
#[derive(Debug)]
pub(super) struct StreamLinks {
    links: Vec<StreamLink>,
}

impl StreamLinks {
    /// The ways of a node to this many servers.
    pub(super) fn start(
        nats: &NatsCluster,
        servers: usize,
        stats: &Arc<Stats>,
    ) -> io::Result<Self> {
        let links = (0..servers).map(|number| StreamLink::start(nats.address(number), stats));
        Ok(Self {
            links: links.collect::<io::Result<_>>()?,
        })
    }

    /// The options of a node that reaches its stream in this way alone.
    pub(super) fn options(&self) -> Vec<String> {
        let addresses = self.links.iter().map(|link| link.proxy.address());
        let system = addresses.clone().map(NatsCluster::system_url_at).take(1);
        let log: Vec<String> = addresses.map(NatsCluster::url_at).collect();
        let mut options = vec!["--log".to_owned(), log.join(",")];
        options.extend(system.flat_map(|url| ["--nats-system".to_owned(), url]));
        options
    }

    /// Injects a random fault into a random connection to each server.
    pub(super) fn inject_fault(&self, rng: &mut Rng) {
        for link in &self.links {
            link.proxy.inject_fault(rng);
        }
    }

    /// Closes the ways to all servers.
    pub(super) async fn close(&self) {
        for link in &self.links {
            link.close().await;
        }
    }

    /// Cuts the ways to all servers but this one, so that the node connects there.
    pub(super) async fn cut_all_but(&self, server: usize) {
        for (number, link) in self.links.iter().enumerate() {
            if number != server {
                link.cut().await;
            }
        }
    }

    /// Ends all faults.
    pub(super) async fn open(&self) {
        for link in &self.links {
            link.open().await;
        }
    }
}

/// What stands between the servers of the stream: one way for each two of them.
#[derive(Debug, Default)]
pub(super) struct ServerLinks {
    links: BTreeMap<[usize; 2], StreamLink>,
}

impl ServerLinks {
    /// Makes the way between two servers, of which the second takes servers at `address`, and
    /// returns where the first finds it.
    pub(super) fn add(
        &mut self,
        servers: [usize; 2],
        address: SocketAddr,
        stats: &Arc<Stats>,
    ) -> io::Result<SocketAddr> {
        let link = StreamLink::start(address, stats)?;
        let found_at = link.proxy.address();
        self.links.insert(servers, link);
        Ok(found_at)
    }

    /// Closes the ways of a server to all others.
    pub(super) async fn close(&self, server: usize) {
        for (servers, link) in &self.links {
            if servers.contains(&server) {
                link.close().await;
            }
        }
    }

    /// Ends all faults.
    pub(super) async fn open(&self) {
        for link in self.links.values() {
            link.open().await;
        }
    }
}
