//! Parlor's server: everyone tails one log.
//!
//! The path of a message: `connection` reads a frame, `dispatch` calls its handler, the [`engine`]
//! makes the entry durable, `rooms::hub` encodes it once into the room's ring, and
//! `rooms::registry` writes it to every subscriber's socket.
//!
//! # Inside another program
//!
//! The binary is a thin shell around [`run`]. A program that has an actix runtime serves a room
//! beside what else it does, and takes part in it by `parlor-client` like anyone:
//!
//! ```
//! use std::net::TcpListener;
//!
//! use parlor_client::Client;
//! use parlor_server::config::Config;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path().join("log");
//! let config = Config::new(data)?; // every option is a field
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let url = format!("http://{}/", listener.local_addr()?);
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let shutdown = async { stopped.await.unwrap_or(()) };
//! let server = parlor_server::run(config, vec![listener], || {}, shutdown);
//! let program = async move {
//!     let client = Client::connect(&url, "Shop")?;
//!     let lobby = client.join("lobby").await?;
//!     let entry = lobby.post("The shop is open.").await?;
//!     client.close().await?;
//!     drop(stop); // the server commits what it has accepted, and closes its log
//!     Ok::<_, Box<dyn std::error::Error>>(entry)
//! };
//! let both = async { tokio::join!(server, program) };
//! let (served, said) = actix_web::rt::System::new().block_on(both);
//! served?;
//! assert_eq!(said?.text(), Some("The shop is open."));
//! # Ok(())
//! # }
//! ```

mod access;
pub mod access_commands;
mod address;
mod app;
mod bans;
mod clock;
pub mod config;
mod connection;
mod dispatch;
pub mod engine;
mod fetch;
#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod health;
mod http;
pub mod import;
pub mod listen;
mod log_reader;
mod login;
pub mod metrics;
mod node;
mod open_reports;
mod operation;
mod orders;
mod rate;
mod repeated_line;
mod retention;
mod rooms;
mod seen_feed;
mod shrink;
#[cfg(feature = "sim")]
pub mod sim;
mod slack_text;
mod threads;
pub mod tls;
mod tokens;
pub mod webhook_commands;
mod webhooks;
mod words;

use std::{
    future::Future,
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use actix_web::dev::Server;
use parlor_shared::{Limits, limits::SHUTDOWN_TIMEOUT_MS};

use crate::{
    access::{AccessControl, AccessRules, AccessSigner, TokenKeys, TokenRules},
    address::{AddressLimits, Addresses},
    clock::SystemClock,
    config::Config,
    connection::{hosts::Hosts, origin::Origins},
    engine::{
        Engine, EngineFailure,
        embedded::{AdminFile, Embedded, OpenError},
    },
    fetch::Fetcher,
    http::{
        admin::{self, Admin},
        assets::{Page, PageError},
        redirect,
    },
    listen::{Listener, Listeners},
    login::Login,
    node::{Connections, Node, Service},
    operation::Operation,
    rate::Rates,
    rooms::{hub::Hub, room::RoomBounds},
    tls::{Certificate, TlsError},
    tokens::TokenSigner,
};

pub use crate::access::{AccessError, HashFailed, KeysInvalid, KeysNotFetched};
pub use crate::{fetch::FetchError, login::ProviderError};

/// Why the server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log can't be opened.
    #[error(transparent)]
    Log(#[from] OpenError),
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

/// Runs the server on these listeners until `shutdown` resolves. Then it closes every connection,
/// commits what it has accepted, and closes the log. It calls `ready` once it serves connections.
///
/// # Errors
/// [`RunError`], a sentence that says what to do.
pub async fn run(
    config: Config,
    listeners: impl Into<Listeners>,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    serve(config, Service::Rooms, listeners.into(), ready, shutdown).await
}

/// Runs the server as [`run`] does, but its connections send each message back to the client, of up
/// to [`ECHO_BYTES_MAX`]. For the Autobahn suite; it is in no release.
///
/// # Errors
/// [`RunError`].
#[cfg(feature = "echo")]
pub async fn run_echo(
    config: Config,
    listeners: impl Into<Listeners>,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    serve(config, Service::Echo, listeners.into(), ready, shutdown).await
}

/// Bytes of a message that is echoed: the suite sends up to 16 MiB.
#[cfg(feature = "echo")]
pub const ECHO_BYTES_MAX: u32 = 32 << 20;

async fn serve(
    config: Config,
    service: Service,
    listeners: Listeners,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let limits = limits(&config, service);
    let certificate = config.tls.clone().map(Certificate::load).transpose()?;
    let page = Arc::new(Page::load(&config.page, &config.base)?);
    let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
    let engine: Arc<dyn Engine> = Arc::new(Embedded::open(&config.data, hub.clone())?);
    let access = Arc::new(load_access(&config, engine.secret(), hub.clone()).await?);
    let login = load_login(&config, engine.secret(), hub.clock().unix_ms()).await?;
    let address_limits = AddressLimits::for_connections(config.connections_per_address);
    let node = Arc::new(Node {
        hub: hub.clone(),
        engine: engine.clone(),
        tokens: TokenSigner::new(engine.secret()),
        access,
        login,
        seen_feed: Arc::default(),
        rates: Rates::new(config.rate_per_second, config.rate_burst, address_limits),
        hosts: Hosts::new(config.allow_host, &config.allow_origin),
        origins: Origins::new(config.allow_origin).with_dev_server(&config.listen),
        proxies: config.trust_proxy,
        base: config.base,
        limits,
        connections: Connections::new(config.connections_max),
        http_connections: AtomicUsize::new(0),
        addresses: Addresses::new(config.connections_per_address),
        service,
        operation: Operation::default(),
        webhooks: Default::default(),
    });
    let port = listeners.rooms.iter().find_map(Listener::port);
    let tls = certificate
        .as_ref()
        .map(Certificate::acceptor)
        .transpose()?;
    let server = app::serve(node.clone(), page, listeners.rooms, tls, config.workers)?;
    let port = redirect::port(config.url.as_deref(), port);
    let redirect = redirect::serve(node.clone(), listeners.redirect, port)?;
    let admin = Admin::new(node.clone(), config.data.clone(), config.drain);
    let admin = admin::serve(admin, listeners.admin)?;
    let servers: Vec<Server> = [Some(server), admin, redirect]
        .into_iter()
        .flatten()
        .collect();
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let presence = tokio::spawn(hub.clone().run_presence());
    let (clock, data) = (SystemClock::start(), config.data.clone());
    let retention = tokio::spawn(config.retention.enforce(engine.clone(), clock, data));
    let follow = tokio::spawn(orders::follow(node.clone()));
    let renewal = tokio::spawn(tls::follow(certificate));
    let webhooks = tokio::spawn(webhooks::run(node.clone(), config.fetch_from));
    let servers: Vec<_> = servers.into_iter().map(tokio::spawn).collect();
    ready();

    let failure = tokio::select! {
        () = shutdown => None,
        failure = engine.failed() => Some(failure),
    };
    let within = failure.as_ref().map_or(config.drain, |_| Duration::ZERO);
    send_away(&node, within).await;
    for handle in handles {
        handle.stop(false).await;
    }
    for task in [presence, retention, follow, renewal, webhooks] {
        task.abort();
    }
    for server in servers {
        // A worker that panicked has said so itself.
        server.await.ok();
    }
    engine.close().await;
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

/// Who may come in, and what members were given.
async fn load_access(
    config: &Config,
    secret: [u8; 32],
    hub: Arc<Hub>,
) -> Result<AccessControl, RunError> {
    let admin = Arc::new(AdminFile::open(&config.data)?);
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
    let signer = AccessSigner::new(secret);
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

/// Sends every client away within this time, and closes the connections that are left then.
async fn send_away(node: &Node, within: Duration) {
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
