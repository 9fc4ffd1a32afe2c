//! The server's options, and the configuration that they give.

mod merge;

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::Args;
use parlor_shared::limits::{
    CONNECTIONS_ADDRESS_PART, CONNECTIONS_MAX, DRAIN_SECONDS, RATE_BURST, RATE_PER_SECOND,
};
use serde::Deserialize;

use super::{
    access::{AccessMode, Reach},
    configuration::Config,
    error::ConfigError,
    log_format::LogFormat,
    login::LoginOptions,
    stream::StreamOptions,
    values::{
        at_least_one, data_or_default, drain_time, listen_or_default, parse, parse_all,
        parse_option, redirect_http, tls_files,
    },
};
use crate::{
    access::AUDIENCE,
    engine::jetstream::{Promised, StreamConfig},
    health::Endpoint,
    listen::ListenAddress,
    retention::Retention,
};

/// The options, as the command line, the environment or a file has them.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    /// Address and port to listen on, unix:PATH for a Unix socket, or systemd for what systemd
    /// hands over; may be given several times [default: 127.0.0.1:8080]
    #[arg(
        long,
        env = "PARLOR_LISTEN",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    listen: Option<Vec<String>>,
    /// Speak TLS with the certificate in this PEM file; a changed file is used without a restart
    #[arg(long, env = "PARLOR_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, env = "PARLOR_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Address and port without TLS that sends browsers to the one with it; may be given several
    /// times
    #[arg(
        long,
        env = "PARLOR_REDIRECT_HTTP",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    redirect_http: Option<Vec<SocketAddr>>,
    /// Folder for the log, created if it does not exist [default: parlor-data]
    #[arg(long, env = "PARLOR_DATA", value_name = "FOLDER", global = true)]
    pub(super) data: Option<PathBuf>,
    /// Several nodes with one log: the addresses of the NATS servers whose stream it is, such as
    /// nats://a,b,c, with tls:// for TLS. A password is better in the environment or the file
    #[arg(
        long,
        env = "PARLOR_LOG",
        value_name = "ADDRESSES",
        hide_env_values = true,
        global = true
    )]
    log: Option<String>,
    /// The stream's name [default: parlor]
    #[arg(long, env = "PARLOR_STREAM", value_name = "NAME", global = true)]
    stream: Option<String>,
    /// In how many NATS servers it is kept, where this node makes it [default: 3]
    #[arg(
        long,
        env = "PARLOR_STREAM_REPLICAS",
        value_name = "COUNT",
        global = true
    )]
    stream_replicas: Option<u32>,
    /// File with the credentials of a NATS user (.creds), in the place of a user in --log
    #[arg(
        long,
        env = "PARLOR_NATS_CREDENTIALS",
        value_name = "FILE",
        global = true
    )]
    nats_credentials: Option<PathBuf>,
    /// User of the NATS system account, who asks the servers whether they sync what they
    /// acknowledge: nats://USER:PASSWORD@HOST, or a file with credentials
    #[arg(
        long,
        env = "PARLOR_NATS_SYSTEM",
        value_name = "ADDRESS|FILE",
        hide_env_values = true,
        global = true
    )]
    nats_system: Option<String>,
    /// The least that the stream must promise of what it has acknowledged [default: durable]
    #[arg(long, env = "PARLOR_ACCEPT", value_name = "PROMISE", global = true)]
    accept: Option<Promised>,
    /// This node's name, which the page shows among its connection details [default: none]
    #[arg(long, env = "PARLOR_NODE", value_name = "NAME")]
    node: Option<String>,
    /// Folder with the built page [default: dist]
    #[arg(long, env = "PARLOR_PAGE", value_name = "FOLDER")]
    page: Option<PathBuf>,
    /// Path at which the server is hosted, such as /chat, if the host has other things as well
    /// [default: /]
    #[arg(long, env = "PARLOR_BASE_PATH", value_name = "PATH")]
    base_path: Option<String>,
    /// Let pages of this origin connect, besides the server's own; may be given several times
    #[arg(
        long,
        env = "PARLOR_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    allow_origin: Option<Vec<String>>,
    /// Host name that the server answers to; may be given several times. Addresses and localhost
    /// always work [default: over a network any name]
    #[arg(
        long,
        env = "PARLOR_ALLOW_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    allow_host: Option<Vec<String>>,
    /// Address or network (10.0.0.0/8) of a reverse proxy that names its clients in X-Forwarded-For
    /// or Forwarded; may be given several times; unix for what connects to a Unix socket
    #[arg(
        long,
        env = "PARLOR_TRUST_PROXY",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    trust_proxy: Option<Vec<String>>,
    /// Who may come in. It must be said where others than this machine's users can reach the server
    /// [default: open, on this machine]
    #[arg(long, env = "PARLOR_ACCESS", value_name = "WHO")]
    access: Option<AccessMode>,
    /// File or https:// address with a JSON Web Key Set: access tokens that these keys have signed
    /// let their bearers in
    #[arg(long, env = "PARLOR_TOKEN_KEYS", value_name = "FILE|URL")]
    token_keys: Option<String>,
    /// Whom those tokens must be made for: their `aud` [default: parlor]
    #[arg(long, env = "PARLOR_TOKEN_AUDIENCE", value_name = "TEXT")]
    token_audience: Option<String>,
    /// The `iss` that those tokens must have [default: any]
    #[arg(long, env = "PARLOR_TOKEN_ISSUER", value_name = "TEXT")]
    token_issuer: Option<String>,
    /// Host, address or network (10.0.0.0/8) from which the server may fetch what you name by its
    /// address, and to which webhooks may send, besides public networks; may be given several times
    #[arg(
        long,
        env = "PARLOR_FETCH_FROM",
        value_name = "HOST",
        value_delimiter = ','
    )]
    fetch_from: Option<Vec<String>>,
    /// OpenID Connect provider at which people can log in, such as https://login.example.org; with
    /// --access token, --url and --oidc-client-id
    #[arg(long, env = "PARLOR_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// What the provider knows this server as
    #[arg(long, env = "PARLOR_OIDC_CLIENT_ID", value_name = "TEXT")]
    oidc_client_id: Option<String>,
    /// The secret that proves it, better given in the environment or the file, if the provider has
    /// given any
    #[arg(
        long,
        env = "PARLOR_OIDC_CLIENT_SECRET",
        value_name = "TEXT",
        hide_env_values = true
    )]
    oidc_client_secret: Option<String>,
    /// What the provider is asked for [default: openid profile]
    #[arg(long, env = "PARLOR_OIDC_SCOPES", value_name = "WORDS")]
    oidc_scopes: Option<String>,
    /// The claim that has a person's name [default: name, preferred_username, nickname, given_name]
    #[arg(long, env = "PARLOR_OIDC_NAME", value_name = "CLAIM")]
    oidc_name: Option<String>,
    /// What accounts may do: ROOM=RIGHT, or CLAIM=VALUE:ROOM=RIGHT for those with that claim; may
    /// be given several times [default: *=post]
    #[arg(
        long,
        env = "PARLOR_OIDC_RIGHTS",
        value_name = "RULE",
        value_delimiter = ','
    )]
    oidc_rights: Option<Vec<String>>,
    /// Address that people open, such as https://chat.example.org, for the links that are printed
    /// [default: that of --allow-host or --listen]
    #[arg(long, env = "PARLOR_URL", value_name = "URL", global = true)]
    url: Option<String>,
    /// Most connections at once [default: 20000]
    #[arg(long, env = "PARLOR_CONNECTIONS_MAX", value_name = "COUNT")]
    connections_max: Option<usize>,
    /// Most connections from one address, or from the /64 of an IPv6 address; 0 lifts all limits of
    /// one address [default: a tenth of connections-max]
    #[arg(long, env = "PARLOR_CONNECTIONS_PER_ADDRESS", value_name = "COUNT")]
    connections_per_address: Option<usize>,
    /// Messages a second from one member; each further KiB of a long one counts as another; 0 for
    /// no limit [default: 50]
    #[arg(long, env = "PARLOR_RATE_PER_SECOND", value_name = "COUNT")]
    rate_per_second: Option<u32>,
    /// Messages that may come at once before that limit applies [default: 200]
    #[arg(long, env = "PARLOR_RATE_BURST", value_name = "COUNT")]
    rate_burst: Option<NonZeroU32>,
    /// Delete entries older than this; 0 to keep them [default: 0]
    #[arg(long, env = "PARLOR_RETAIN_DAYS", value_name = "DAYS")]
    retain_days: Option<u32>,
    /// Keep only this many of a room's newest entries; 0 to keep all [default: 0]
    #[arg(long, env = "PARLOR_RETAIN_ENTRIES", value_name = "COUNT")]
    retain_entries: Option<u32>,
    /// Threads that serve connections [default: one per core]
    #[arg(long, env = "PARLOR_WORKERS", value_name = "COUNT")]
    workers: Option<usize>,
    /// Address and port for those who operate the server: /live, /ready, /metrics, and a page that
    /// only this machine sees [without an ADDRESS: 127.0.0.1:9180; default: none]
    #[arg(
        long,
        env = "PARLOR_ADMIN",
        value_name = "ADDRESS",
        value_delimiter = ',',
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:9180"
    )]
    admin: Option<Vec<SocketAddr>>,
    /// Over how many seconds a stopping server sends its clients away, in batches; 0 for all at
    /// once [default: 5]
    #[arg(long, env = "PARLOR_DRAIN_SECONDS", value_name = "SECONDS")]
    drain_seconds: Option<u32>,
    /// What the server writes about itself, such as warn [default: info,actix_server=warn]
    #[arg(long, env = "PARLOR_LOG_FILTER", value_name = "FILTER")]
    log_filter: Option<String>,
    /// How to write it: text for people, or json, an object a line [default: text]
    #[arg(long, env = "PARLOR_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl Options {
    /// The address that people open, as far as the options tell.
    pub(super) fn url(&self) -> String {
        let listed = self.allow_host.iter().flatten().next();
        let listen = self.listen.iter().flatten().next();
        self.url.clone().unwrap_or_else(|| match (listed, listen) {
            (Some(host), _) => format!("https://{host}"),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => "http://127.0.0.1:8080".to_owned(),
        })
    }

    /// Whom `parlor health` asks: this address, or the admin address, which speaks plain HTTP
    /// whatever the others do, or the first address of the rooms.
    pub(super) fn endpoint(self, given: Option<SocketAddr>) -> Result<Endpoint, ConfigError> {
        let has_tls = self.tls_cert.is_some();
        let of_rooms = |address| match has_tls {
            true => Endpoint::Secure(address),
            false => Endpoint::Rooms(address),
        };
        if let Some(address) = given {
            return Ok(of_rooms(address));
        }
        if let Some(address) = self.admin.iter().flatten().next() {
            return Ok(Endpoint::Admin(*address));
        }
        let listen = listen_or_default(self.listen)?;
        let first = listen.into_iter().find_map(|listen| match listen {
            ListenAddress::Tcp(address) => Some(of_rooms(address)),
            ListenAddress::Unix(path) => Some(Endpoint::Unix(path)),
            ListenAddress::Systemd => None,
        });
        first.ok_or(ConfigError::NoAddress)
    }

    /// Says where the log is that nodes share.
    pub(super) fn set_log(&mut self, addresses: String) {
        self.log = Some(addresses);
    }

    /// The stream that a command is about.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(super) fn stream_of(&mut self, command: &'static str) -> Result<StreamConfig, ConfigError> {
        let (given, lacks) = (command, "--log");
        let stream = self.take_stream_config()?;
        stream.ok_or(ConfigError::Lacks { given, lacks })
    }

    /// The stream that the log follows, if it follows one.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(super) fn take_stream_config(&mut self) -> Result<Option<StreamConfig>, ConfigError> {
        let options = StreamOptions {
            log: self.log.take(),
            stream: self.stream.take(),
            replicas: self.stream_replicas.take(),
            credentials: self.nats_credentials.take(),
            system: self.nats_system.take(),
            accept: self.accept.take(),
        };
        options.into_config()
    }

    pub(super) fn into_config(mut self) -> Result<Config, ConfigError> {
        let stream = self.take_stream_config()?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let default_burst = NonZeroU32::new(RATE_BURST).unwrap_or(NonZeroU32::MIN);
        let connections_max =
            at_least_one("connections-max", self.connections_max, CONNECTIONS_MAX)?;
        let a_part = || connections_max.div_ceil(CONNECTIONS_ADDRESS_PART);
        let connections_per_address = self.connections_per_address.unwrap_or_else(a_part);
        let listen = listen_or_default(self.listen)?;
        let tls = tls_files(self.tls_cert, self.tls_key)?;
        let allow_origin = parse_all("allow-origin", self.allow_origin)?;
        let allow_host = parse_all("allow-host", self.allow_host)?;
        let trust_proxy = parse_all("trust-proxy", self.trust_proxy)?;
        let reach = Reach {
            listen: &listen,
            allow_host: &allow_host,
            allow_origin: &allow_origin,
            trust_proxy: &trust_proxy,
        };
        let access = AccessMode::choose(self.access, &reach)?;
        let login = LoginOptions {
            issuer: self.oidc_issuer,
            client_id: self.oidc_client_id,
            client_secret: self.oidc_client_secret,
            scopes: self.oidc_scopes,
            name: self.oidc_name,
            rights: self.oidc_rights,
        };
        Ok(Config {
            access,
            login: login.into_config(access, self.url.as_deref())?,
            token_keys: parse_option("token-keys", self.token_keys)?,
            token_audience: self.token_audience.unwrap_or_else(|| AUDIENCE.to_owned()),
            token_issuer: self.token_issuer,
            fetch_from: parse_all("fetch-from", self.fetch_from)?,
            url: self.url,
            data: data_or_default(self.data),
            stream,
            node: parse_option("node", self.node)?,
            page: self.page.unwrap_or_else(|| "dist".into()),
            base: parse(
                "base-path",
                self.base_path.unwrap_or_else(|| "/".to_owned()),
            )?,
            redirect_http: redirect_http(self.redirect_http, tls.as_ref())?,
            tls,
            listen,
            allow_origin,
            allow_host,
            trust_proxy,
            connections_max,
            connections_per_address: (connections_per_address > 0)
                .then_some(connections_per_address),
            rate_per_second: NonZeroU32::new(self.rate_per_second.unwrap_or(RATE_PER_SECOND)),
            rate_burst: self.rate_burst.unwrap_or(default_burst),
            retention: Retention {
                days: self.retain_days.and_then(NonZeroU32::new),
                entries: self.retain_entries.and_then(NonZeroU32::new),
            },
            workers: at_least_one("workers", self.workers, cores())?,
            admin: self.admin.unwrap_or_default(),
            drain: drain_time(self.drain_seconds.unwrap_or(DRAIN_SECONDS))?,
            log_filter: self
                .log_filter
                .unwrap_or_else(|| "info,actix_server=warn".to_owned()),
            log_format: self.log_format.unwrap_or_default(),
        })
    }
}
