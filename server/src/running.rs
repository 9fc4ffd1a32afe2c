//! A node and the work beside its connections: opened, followed, and closed.

use std::{
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use parlor_shared::{Limits, limits::SHUTDOWN_TIMEOUT_MS};
use tokio::task::JoinHandle;

use crate::{
    access::{AccessControl, AccessError, AccessRules, AccessSigner, TokenKeys, TokenRules},
    address::{AddressLimits, Addresses},
    clock::SystemClock,
    config::Config,
    connection::{hosts::Hosts, origin::Origins},
    engine::{
        Engine, EngineFailure,
        embedded::{AdminFile, Embedded, OpenError},
        jetstream::{self, JetStreamError},
    },
    fetch::Fetcher,
    http::assets::PageError,
    login::{Login, ProviderError},
    node::{self, Connections, Node, Service},
    nodes::{NodeId, Nodes},
    operation::Operation,
    orders, outage,
    rate::Rates,
    rooms::{hub::Hub, room::RoomBounds},
    tls::TlsError,
    tokens::TokenSigner,
    webhooks,
};

/// Why the server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log can't be opened.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The stream can't be used that the nodes share.
    #[error(transparent)]
    Stream(#[from] JetStreamError),
    /// Nobody could come in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Nobody could log in.
    #[error("the provider of --oidc-issuer can't be used: {0}")]
    Login(#[from] ProviderError),
    /// The page can't be read.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The log failed for good.
    #[error(transparent)]
    Failed(#[from] EngineFailure),
    /// The network failed.
    #[error("the network can't be used: {0}")]
    Network(#[from] io::Error),
}

/// Bytes of a message that is echoed: the suite sends up to 16 MiB.
#[cfg(feature = "echo")]
pub const ECHO_BYTES_MAX: u32 = 32 << 20;

/// A node that is open. Dropping it ends the work beside its connections.
#[derive(Debug)]
pub(crate) struct Running {
    node: Arc<Node>,
    /// The other nodes of the log, where there may be any.
    nodes: Option<Nodes>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Opens the log, and begins the work beside the connections: presence, retention, webhooks,
    /// and what the command line orders. Pages of these origins may connect.
    ///
    /// # Errors
    /// [`RunError`].
    pub(crate) async fn open(
        config: &Config,
        origins: Origins,
        service: Service,
    ) -> Result<Self, RunError> {
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let engine = open_log(config, hub.clone()).await?;
        let access = Arc::new(load_access(config, &*engine, hub.clone()).await?);
        let login = load_login(config, engine.secret(), hub.clock().unix_ms()).await?;
        let address_limits = AddressLimits::for_connections(config.connections_per_address);
        let node = Arc::new(Node {
            hub: hub.clone(),
            engine: engine.clone(),
            tokens: TokenSigner::new(engine.secret()),
            access,
            login,
            seen_feed: Arc::default(),
            rates: Rates::new(config.rate_per_second, config.rate_burst, address_limits),
            hosts: Hosts::new(config.allow_host.clone(), &config.allow_origin),
            origins,
            proxies: config.trust_proxy.clone(),
            base: config.base.clone(),
            version: node::version(config.node.as_ref()),
            limits: limits(config, service),
            connections: Connections::new(config.connections_max),
            http_connections: AtomicUsize::new(0),
            addresses: Addresses::new(config.connections_per_address),
            service,
            operation: Operation::default(),
            webhooks: Default::default(),
        });
        let nodes = match engine.broadcast() {
            Some(broadcast) => {
                let id = getrandom::u64().map_err(io::Error::other)?;
                Some(Nodes::start(hub.clone(), broadcast, NodeId(id)))
            }
            None => None,
        };
        let (clock, data) = (SystemClock::start(), config.data.clone());
        let retention = config.retention.enforce(engine, clock, data);
        let tasks = vec![
            tokio::spawn(hub.run_presence()),
            tokio::spawn(retention),
            tokio::spawn(orders::follow(node.clone())),
            tokio::spawn(outage::follow(node.clone())),
            tokio::spawn(webhooks::run(node.clone(), config.fetch_from.clone())),
        ];
        Ok(Self { node, nodes, tasks })
    }

    /// The node.
    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Resolves if the log fails for good.
    pub(crate) async fn failed(&self) -> EngineFailure {
        self.node.engine.failed().await
    }

    /// Sends every client away within this time, and closes the connections that are left then.
    pub(crate) async fn send_away(&self, within: Duration) {
        let node = &self.node;
        let connections = node.connections.count_now();
        let over = node.operation.drain(connections, within);
        tracing::info!(connections, ?over, "stopping");
        let patience = Duration::from_millis(SHUTDOWN_TIMEOUT_MS);
        let all_gone = node.connections.all_gone();
        if tokio::time::timeout(over + patience, all_gone)
            .await
            .is_err()
        {
            tracing::warn!("some connections did not close in time");
        }
        node.operation.stop();
    }

    /// Commits what was accepted, and closes the log.
    pub(crate) async fn close(&self) {
        if let Some(nodes) = &self.nodes {
            nodes.stop().await;
        }
        self.abort();
        self.node.engine.close().await;
    }

    fn abort(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.abort();
    }
}

/// This node's own log, or what it has of the one that it shares with others.
async fn open_log(config: &Config, hub: Arc<Hub>) -> Result<Arc<dyn Engine>, RunError> {
    Ok(match &config.stream {
        None => Arc::new(Embedded::open(&config.data, hub)?),
        Some(stream) => Arc::new(jetstream::open(stream, &config.data, hub).await?),
    })
}

/// Who may come in, and what members were given.
async fn load_access(
    config: &Config,
    engine: &dyn Engine,
    hub: Arc<Hub>,
) -> Result<AccessControl, RunError> {
    let admin = AdminFile::open(&config.data)?.published_by(engine.admin_changes());
    let admin = Arc::new(admin);
    // What was decided before the log followed a stream, such as the password.
    let asked = admin.clone();
    let done = tokio::task::spawn_blocking(move || asked.do_requests()).await;
    // An error means that the runtime ends.
    done.unwrap_or(Ok(())).map_err(OpenError::from)?;
    let keys = config.token_keys.clone();
    let keys = keys.map(|place| TokenKeys::new(place, config.fetch_from.clone()));
    let rules = AccessRules {
        mode: config.access,
        keys: keys.transpose().map_err(AccessError::from)?,
        tokens: TokenRules {
            audience: config.token_audience.clone(),
            issuer: config.token_issuer.clone(),
        },
        has_logins: config.login.is_some(),
    };
    let signer = AccessSigner::new(engine.secret());
    Ok(AccessControl::load(rules, signer, admin, hub).await?)
}

/// Where people log in, if they can.
async fn load_login(
    config: &Config,
    secret: [u8; 32],
    now_ms: u64,
) -> Result<Option<Login>, RunError> {
    let Some(set_up) = config.login.clone() else {
        return Ok(None);
    };
    let fetcher = Fetcher::new(config.fetch_from.clone()).map_err(ProviderError::from)?;
    let login = Login::new(set_up, Arc::new(fetcher), secret);
    login.prepare(now_ms).await?;
    Ok(Some(login))
}

/// The limits in force, as clients are told them.
fn limits(config: &Config, service: Service) -> Limits {
    Limits {
        frame_bytes_max: match service {
            Service::Rooms => Limits::default().frame_bytes_max,
            #[cfg(feature = "echo")]
            Service::Echo => ECHO_BYTES_MAX,
        },
        rate_per_second: config.rate_per_second.map_or(0, u32::from),
        rate_burst: config.rate_burst.into(),
        ..Limits::default()
    }
}
