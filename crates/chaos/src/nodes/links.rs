//! The connections of a node to the servers of its stream: each goes through a proxy of its own.

use std::{io, net::SocketAddr, sync::Arc};

use parlor_test_server::NatsCluster;
use tokio::sync::watch;

use crate::{proxy::Proxy, rng::Rng, stats::Stats};

/// What stands between one node and the servers of its stream.
#[derive(Debug)]
pub(super) struct StreamLinks {
    links: Vec<StreamLink>,
}

/// The way to one server.
#[derive(Debug)]
struct StreamLink {
    server: SocketAddr,
    open: watch::Sender<Vec<SocketAddr>>,
    proxy: Proxy,
}

impl StreamLinks {
    /// The ways of a node to this many servers.
    pub(super) fn start(
        nats: &NatsCluster,
        servers: usize,
        stats: &Arc<Stats>,
    ) -> io::Result<Self> {
        let links = (0..servers).map(|number| {
            let server = nats.address(number);
            let (open, opened) = watch::channel(vec![server]);
            let proxy = Proxy::start(opened, stats)?;
            Ok(StreamLink {
                server,
                open,
                proxy,
            })
        });
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

    /// From now on nothing gets through, and no new connection is made.
    pub(super) async fn close(&self) {
        for link in &self.links {
            link.open.send_replace(Vec::new());
            link.proxy.stall().await;
        }
    }

    /// Ends all faults.
    pub(super) async fn open(&self) {
        for link in &self.links {
            link.open.send_replace(vec![link.server]);
            link.proxy.lift_faults().await;
        }
    }
}
