//! The configuration: read from the command line, the environment and a TOML file. The command line
//! wins over the environment, the environment over the file.
//!
//! clap reads the first two and serde the third, into the same struct, `Options`. Merging them is
//! one expression a field; a layering library would replace those twelve lines and bring its own
//! error texts, which would no longer name the option to correct.

mod access;
mod command;
mod error;
mod log_format;
mod moderation;
mod values;

use std::{
    fs,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser};
use parlor_shared::limits::{
    CONNECTIONS_ADDRESS_PART, CONNECTIONS_MAX, DRAIN_SECONDS, RATE_BURST, RATE_PER_SECOND,
};
use serde::Deserialize;

pub use self::{
    access::AccessMode, error::ConfigError, log_format::LogFormat, moderation::ModerationCommand,
};
use self::{
    access::Reach,
    command::{Command, EXAMPLES},
    values::{at_least_one, data_or_default, default_listen, drain_time, parse_all},
};
use crate::health::Endpoint;
pub use crate::{
    connection::{
        hosts::{HostName, HostNameInvalid},
        origin::{Origin, OriginInvalid},
        proxy::{ProxyAddress, ProxyAddressInvalid},
    },
    retention::Retention,
};

/// The server's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The addresses to listen on; port 0 means any free port.
    pub listen: Vec<SocketAddr>,
    /// The folder that holds the log.
    pub data: PathBuf,
    /// The folder that holds the built page; not read when the page is inside the binary.
    pub page: PathBuf,
    /// Origins whose pages may connect, besides the server's own.
    pub allow_origin: Vec<Origin>,
    /// Host names that the server answers to; if there are none, those that it can know.
    pub allow_host: Vec<HostName>,
    /// Reverse proxies whose `X-Forwarded-For` and `Forwarded` headers are trusted.
    pub trust_proxy: Vec<ProxyAddress>,
    /// Who may come in.
    pub access: AccessMode,
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
    /// What to write to the server's log, in the syntax of tracing's `EnvFilter`.
    pub log: String,
    /// How its lines are written.
    pub log_format: LogFormat,
}

/// A live room: open it in a browser, join it from a program.
///
/// Every message appears for everyone at once, exactly once, in one order. Each option can also be
/// given in the environment, or in a TOML file under its long name with `_` for `-`; the command
/// line wins over the environment, the environment over the file.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct CommandLine {
    /// Read options from this TOML file
    #[arg(long, env = "PARLOR_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command<Options>>,
}

/// What the command line asks the program to do.
#[derive(Debug, Clone)]
pub enum Task {
    /// Run the server.
    Serve(Box<Config>),
    /// Copy the log.
    Backup {
        /// The folder that holds the log.
        data: PathBuf,
        /// The folder to create.
        target: PathBuf,
    },
    /// Copy a backup to where no log is.
    Restore {
        /// The folder of the backup.
        backup: PathBuf,
        /// The folder that will hold the log.
        data: PathBuf,
    },
    /// Check the log's integrity.
    Check {
        /// The folder that holds the log.
        data: PathBuf,
    },
    /// Give space back to the disk.
    Compact {
        /// The folder that holds the log.
        data: PathBuf,
    },
    /// Ask a server whether it serves requests.
    Health {
        /// Whom to ask.
        endpoint: Endpoint,
    },
    /// Do something about people or messages.
    Moderate {
        /// The folder that holds the log.
        data: PathBuf,
        /// What to do.
        command: ModerationCommand,
    },
}

#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Address and port to listen on; may be given several times [default: 127.0.0.1:8080]
    #[arg(
        long,
        env = "PARLOR_LISTEN",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    listen: Option<Vec<SocketAddr>>,
    /// Folder for the log, created if it does not exist [default: parlor-data]
    #[arg(long, env = "PARLOR_DATA", value_name = "FOLDER", global = true)]
    data: Option<PathBuf>,
    /// Folder with the built page [default: dist]
    #[arg(long, env = "PARLOR_PAGE", value_name = "FOLDER")]
    page: Option<PathBuf>,
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
    /// or Forwarded; may be given several times
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
    /// What to log, such as warn or parlor_server=debug [default: info,actix_server=warn]
    #[arg(long, env = "PARLOR_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// How to write it: text for people, or json, an object a line [default: text]
    #[arg(long, env = "PARLOR_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl CommandLine {
    /// The task that the arguments, the environment and the file ask for.
    ///
    /// # Errors
    /// [`ConfigError`]: one sentence that says what to correct.
    pub fn into_task(mut self) -> Result<Task, ConfigError> {
        Ok(match self.command.take() {
            None => Task::Serve(Box::new(self.into_config()?)),
            Some(Command::Serve { options }) => {
                self.options = options.or(self.options);
                Task::Serve(Box::new(self.into_config()?))
            }
            // The rest of the configuration is the server's.
            Some(Command::Backup { target }) => {
                let data = self.into_data()?;
                Task::Backup { data, target }
            }
            Some(Command::Restore { backup }) => {
                let data = self.into_data()?;
                Task::Restore { backup, data }
            }
            Some(Command::Check) => Task::Check {
                data: self.into_data()?,
            },
            Some(Command::Compact) => Task::Compact {
                data: self.into_data()?,
            },
            Some(Command::Health { address }) => Task::Health {
                endpoint: self.into_options()?.endpoint(address)?,
            },
            Some(Command::Moderation(command)) => Task::Moderate {
                data: self.into_data()?,
                command,
            },
        })
    }

    /// The configuration from the arguments, the environment and the file.
    ///
    /// # Errors
    /// [`ConfigError`]: one sentence that says what to correct.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        self.into_options()?.into_config()
    }

    fn into_data(self) -> Result<PathBuf, ConfigError> {
        Ok(data_or_default(self.into_options()?.data))
    }

    fn into_options(self) -> Result<Options, ConfigError> {
        let file = self
            .config
            .as_deref()
            .map(Options::read)
            .transpose()?
            .unwrap_or_default();
        Ok(self.options.or(file))
    }
}

impl Options {
    /// Whom `parlor health` asks: this address, or the admin address, which speaks plain HTTP
    /// whatever the others do, or the first address of the rooms.
    fn endpoint(self, given: Option<SocketAddr>) -> Result<Endpoint, ConfigError> {
        if let Some(address) = given {
            return Ok(Endpoint::Rooms(address));
        }
        if let Some(address) = self.admin.iter().flatten().next() {
            return Ok(Endpoint::Admin(*address));
        }
        let listen = self.listen.unwrap_or_else(default_listen);
        let first = listen.first().ok_or(ConfigError::NoAddress)?;
        Ok(Endpoint::Rooms(*first))
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let path = path.to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path,
            source: Box::new(source),
        })
    }

    /// These options where they are set, and the file's where they are not.
    fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            data: self.data.or(file.data),
            page: self.page.or(file.page),
            allow_origin: self.allow_origin.or(file.allow_origin),
            allow_host: self.allow_host.or(file.allow_host),
            trust_proxy: self.trust_proxy.or(file.trust_proxy),
            access: self.access.or(file.access),
            connections_max: self.connections_max.or(file.connections_max),
            connections_per_address: self
                .connections_per_address
                .or(file.connections_per_address),
            rate_per_second: self.rate_per_second.or(file.rate_per_second),
            rate_burst: self.rate_burst.or(file.rate_burst),
            retain_days: self.retain_days.or(file.retain_days),
            retain_entries: self.retain_entries.or(file.retain_entries),
            workers: self.workers.or(file.workers),
            admin: self.admin.or(file.admin),
            drain_seconds: self.drain_seconds.or(file.drain_seconds),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
        }
    }

    fn into_config(self) -> Result<Config, ConfigError> {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let default_burst = NonZeroU32::new(RATE_BURST).unwrap_or(NonZeroU32::MIN);
        let connections_max =
            at_least_one("connections-max", self.connections_max, CONNECTIONS_MAX)?;
        let a_part = || connections_max.div_ceil(CONNECTIONS_ADDRESS_PART);
        let connections_per_address = self.connections_per_address.unwrap_or_else(a_part);
        let listen = self.listen.unwrap_or_else(default_listen);
        let allow_origin = parse_all("allow-origin", self.allow_origin)?;
        let allow_host = parse_all("allow-host", self.allow_host)?;
        let trust_proxy = parse_all("trust-proxy", self.trust_proxy)?;
        let reach = Reach {
            listen: &listen,
            allow_host: &allow_host,
            allow_origin: &allow_origin,
            trust_proxy: &trust_proxy,
        };
        Ok(Config {
            access: AccessMode::choose(self.access, &reach)?,
            data: data_or_default(self.data),
            page: self.page.unwrap_or_else(|| "dist".into()),
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
            log: self
                .log
                .unwrap_or_else(|| "info,actix_server=warn".to_owned()),
            log_format: self.log_format.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests;
