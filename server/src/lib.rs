//! Parlor's server: everyone tails one log.
//!
//! The path of a message: `connection` reads a frame, `dispatch` calls its handler, the [`engine`]
//! makes the entry durable, `rooms::hub` encodes it once into the room's ring, and
//! `rooms::registry` writes it to every subscriber's socket.
//!
//! # Inside another program
//!
//! [`Parlor`] is a server without sockets of its own: an actix-web app mounts it at a path, with
//! its page, its WebSocket and its HTTP API. The app says who somebody is, and takes part itself
//! by `parlor-client`, over a connection within the process. `server/examples/embed.rs` is the
//! whole program, and a test runs it.
//!
//! ```no_run
//! use actix_web::{App, HttpServer};
//! use parlor_client::Client;
//! use parlor_server::{Account, Parlor, Refused};
//! use parlor_shared::Name;
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let parlor = Parlor::builder("rooms")?
//!         .at("/chat".parse()?)
//!         .authenticate(|request| {
//!             let user = request.headers().get("x-forwarded-user");
//!             let user = user.and_then(|user| user.to_str().ok());
//!             let user = user.ok_or_else(|| Refused("Log in first.".to_owned()))?;
//!             let name = Name::parse(user).map_err(|error| Refused(error.to_string()))?;
//!             Ok(Account::new(user, name))
//!         })
//!         .open()
//!         .await?;
//!
//!     let shop = Account::new("shop", Name::parse("Shop")?);
//!     let client = Client::builder("http://shop/", "Shop").over(parlor.dial(shop)).connect()?;
//!     client.join("lobby").await?.post("The shop is open.").await?;
//!
//!     let rooms = parlor.clone();
//!     let app = move || App::new().service(rooms.scope());
//!     HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?;
//!     parlor.close().await;
//!     Ok(())
//! }
//! ```
//!
//! # Beside another program
//!
//! [`run`] is the whole server with sockets of its own; the binary is a thin shell around it. An
//! idle connection costs less than in an app, since nothing of HTTP is left between it and its
//! socket.
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
pub mod migrate;
mod node;
mod nodes;
mod open_reports;
mod operation;
mod orders;
mod outage;
mod rate;
mod repeated_line;
mod retention;
mod rooms;
mod running;
mod seen_feed;
mod shrink;
#[cfg(feature = "sim")]
pub mod sim;
mod slack_text;
pub mod stream_commands;
mod threads;
pub mod tls;
mod tokens;
pub mod webhook_commands;
mod webhooks;
mod words;

use std::{sync::Arc, time::Duration};

use actix_web::dev::Server;

use crate::{
    config::Config,
    connection::origin::Origins,
    http::{
        admin::{self, Admin},
        assets::Page,
        redirect,
    },
    listen::{Listener, Listeners},
    node::Service,
    running::Running,
    tls::Certificate,
};

pub use crate::access::{AccessError, HashFailed, KeysInvalid, KeysNotFetched};
#[cfg(feature = "echo")]
pub use crate::running::ECHO_BYTES_MAX;
pub use crate::{
    access::Account,
    fetch::FetchError,
    http::embed::{Parlor, ParlorBuilder, Refused},
    login::ProviderError,
    running::RunError,
};

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

async fn serve(
    config: Config,
    service: Service,
    listeners: Listeners,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let certificate = config.tls.clone().map(Certificate::load).transpose()?;
    let page = Arc::new(Page::load(&config.page, &config.base)?);
    let origins = Origins::new(config.allow_origin.clone()).with_dev_server(&config.listen);
    let running = Running::open(&config, origins, service).await?;
    let node = running.node().clone();
    let port = listeners.rooms.iter().find_map(Listener::port);
    let tls = certificate
        .as_ref()
        .map(Certificate::acceptor)
        .transpose()?;
    let server = app::serve(node.clone(), page, listeners.rooms, tls, config.workers)?;
    let port = redirect::port(config.url.as_deref(), port);
    let redirect = redirect::serve(node.clone(), listeners.redirect, port)?;
    let admin = Admin::new(node, config.data.clone(), config.drain);
    let admin = admin::serve(admin, listeners.admin)?;
    let servers: Vec<Server> = [Some(server), admin, redirect]
        .into_iter()
        .flatten()
        .collect();
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let renewal = tokio::spawn(tls::follow(certificate));
    let servers: Vec<_> = servers.into_iter().map(tokio::spawn).collect();
    ready();

    let failure = tokio::select! {
        () = shutdown => None,
        failure = running.failed() => Some(failure),
    };
    let within = failure.as_ref().map_or(config.drain, |_| Duration::ZERO);
    running.send_away(within).await;
    for handle in handles {
        handle.stop(false).await;
    }
    renewal.abort();
    for server in servers {
        // A worker that panicked has said so itself.
        server.await.ok();
    }
    running.close().await;
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}
