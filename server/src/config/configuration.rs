//! The server's configuration.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use super::{access::AccessMode, log_format::LogFormat, login::LoginConfig, node_name::NodeName};
use crate::{
    access::KeysPlace,
    connection::{hosts::HostName, origin::Origin, proxy::ProxyAddress},
    engine::jetstream::StreamConfig,
    fetch::FetchSource,
    http::base_path::BasePath,
    listen::ListenAddress,
    retention::Retention,
    tls::TlsFiles,
};

/// The server's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to take connections from.
    pub listen: Vec<ListenAddress>,
    /// The certificate with which addresses of the network speak TLS.
    pub tls: Option<TlsFiles>,
    /// Addresses without TLS that send browsers to the one with it.
    pub redirect_http: Vec<SocketAddr>,
    /// The folder that holds the log.
    pub data: PathBuf,
    /// The stream that the log follows, which other nodes share; `None` for a log of this node
    /// alone.
    pub stream: Option<StreamConfig>,
    /// What this node is called, among several.
    pub node: Option<NodeName>,
    /// The folder that holds the built page; not read when the page is inside the binary.
    pub page: PathBuf,
    /// The path at which the server is hosted.
    pub base: BasePath,
    /// Origins whose pages may connect, besides the server's own.
    pub allow_origin: Vec<Origin>,
    /// Host names that the server answers to; if there are none, those that it can know.
    pub allow_host: Vec<HostName>,
    /// Reverse proxies whose `X-Forwarded-For` and `Forwarded` headers are trusted.
    pub trust_proxy: Vec<ProxyAddress>,
    /// Who may come in.
    pub access: AccessMode,
    /// Where the keys of others stand whose access tokens count.
    pub token_keys: Option<KeysPlace>,
    /// Whom those tokens must be made for.
    pub token_audience: String,
    /// The `iss` that those tokens must have; `None` if any will do.
    pub token_issuer: Option<String>,
    /// Where the server may fetch from, and webhooks may send to, besides public networks.
    pub fetch_from: Vec<FetchSource>,
    /// Where people log in, if they can.
    pub login: Option<LoginConfig>,
    /// The address that people open, which links begin with. Without it the server guesses one.
    pub url: Option<String>,
    /// The most connections at once.
    pub connections_max: usize,
    /// The most of them from one address; `None` lifts all limits of one address.
    pub connections_per_address: Option<usize>,
    /// Tokens a second that a connection and a member may spend, and a quarter of what an address
    /// may spend; `None` for no limit.
    pub rate_per_second: Option<NonZeroU32>,
    /// Tokens that may be spent at once before that limit applies.
    pub rate_burst: NonZeroU32,
    /// How long entries are kept.
    pub retention: Retention,
    /// The number of threads that serve connections.
    pub workers: usize,
    /// The admin addresses to listen on; port 0 means any free port.
    pub admin: Vec<SocketAddr>,
    /// How long a stopping server takes to send its clients away.
    pub drain: Duration,
    /// What the server writes about itself, in the syntax of tracing's `EnvFilter`.
    pub log_filter: String,
    /// How its lines are written.
    pub log_format: LogFormat,
}
