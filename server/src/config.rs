//! The configuration: read from the command line, the environment and a TOML file. The command line
//! wins over the environment, the environment over the file.
//!
//! clap reads the first two and serde the third, into the same struct, `Options`. Merging them is
//! one expression a field; a layering library would replace those twelve lines and bring its own
//! error texts, which would no longer name the option to correct.

mod access;
mod access_command;
mod command;
mod configuration;
mod error;
mod import;
mod log_format;
mod login;
mod moderation;
mod node_name;
mod options;
mod stream;
mod stream_commands;
mod values;
mod webhook;

use std::path::PathBuf;

use clap::{CommandFactory, Parser};
use clap_complete::Shell;

pub use self::{
    access::AccessMode,
    access_command::{AccessCommand, Lifetime, RoomRight},
    configuration::Config,
    error::ConfigError,
    import::{ImportCommand, ImportFormat},
    log_format::LogFormat,
    login::{ClientSecret, LoginCondition, LoginConfig, LoginRule, LoginRuleInvalid},
    moderation::ModerationCommand,
    node_name::{NodeName, NodeNameInvalid},
    stream_commands::{MigrateCommand, RepairCommand},
    webhook::{WebhookAction, WebhookCommand, WebhookPlace, WebhookPlaceInvalid},
};
use self::{
    command::{Command, EXAMPLES},
    options::Options,
    values::data_or_default,
};
pub use crate::{
    access::KeysPlace,
    connection::{
        hosts::{HostName, HostNameInvalid},
        origin::{Origin, OriginInvalid},
        proxy::{ProxyAddress, ProxyAddressInvalid},
    },
    fetch::{FetchAddress, FetchAddressInvalid, FetchSource, FetchSourceInvalid},
    http::base_path::{BasePath, BasePathInvalid},
    listen::{ListenAddress, ListenAddressInvalid},
    retention::Retention,
    tls::TlsFiles,
};
use crate::{
    engine::jetstream::{StreamConfig, repair::RepairMode},
    health::Endpoint,
    stream_commands::Direction,
};

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
    /// Change who may come in.
    Access {
        /// The folder that holds the log.
        data: PathBuf,
        /// The address that people open.
        url: String,
        /// What to change.
        command: AccessCommand,
    },
    /// Make webhooks and look after them.
    Webhook {
        /// The folder that holds the log.
        data: PathBuf,
        /// The address that people open.
        url: String,
        /// What to do.
        action: WebhookAction,
    },
    /// Ask a server whether it serves requests.
    Health {
        /// Whom to ask.
        endpoint: Endpoint,
    },
    /// Append history from elsewhere.
    Import {
        /// The folder that holds the log.
        data: PathBuf,
        /// What, and from where.
        command: ImportCommand,
    },
    /// Copy a log into a stream, or out of one.
    Migrate {
        /// The folder that holds the log.
        data: PathBuf,
        /// The stream.
        stream: Box<StreamConfig>,
        /// Which way.
        direction: Direction,
        /// The folder to create.
        folder: PathBuf,
    },
    /// Put a stream right.
    Repair {
        /// The folder that holds the log of a node.
        data: PathBuf,
        /// The stream.
        stream: Box<StreamConfig>,
        /// What may be done.
        mode: RepairMode,
    },
    /// Use a server as a member does.
    Member(Box<parlor_cli::Command>),
    /// Print a script that completes the commands in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Do something about people or messages.
    Moderate {
        /// The folder that holds the log.
        data: PathBuf,
        /// What to do.
        command: ModerationCommand,
    },
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
            Some(Command::Access(command)) => {
                let (data, url) = self.into_data_and_url()?;
                Task::Access { data, url, command }
            }
            Some(Command::Webhook(WebhookCommand { action })) => {
                let (data, url) = self.into_data_and_url()?;
                Task::Webhook { data, url, action }
            }
            Some(Command::Health { address }) => Task::Health {
                endpoint: self.into_options()?.endpoint(address)?,
            },
            Some(Command::Import(command)) => Task::Import {
                data: self.into_data()?,
                command,
            },
            Some(Command::Migrate(MigrateCommand { to, from, folder })) => {
                let direction = match to {
                    Some(_) => Direction::ToStream,
                    None => Direction::FromStream,
                };
                let mut options = self.into_options()?;
                options.set_log(to.or(from).unwrap_or_default());
                let stream = options.stream_of("migrate")?;
                Task::Migrate {
                    data: data_or_default(options.data),
                    stream: Box::new(stream),
                    direction,
                    folder,
                }
            }
            Some(Command::Repair(RepairCommand { new_epoch })) => {
                let mut options = self.into_options()?;
                let stream = options.stream_of("repair")?;
                Task::Repair {
                    data: data_or_default(options.data),
                    stream: Box::new(stream),
                    mode: match new_epoch {
                        true => RepairMode::NewEpoch,
                        false => RepairMode::PutBack,
                    },
                }
            }
            Some(Command::Member(command)) => Task::Member(Box::new(command)),
            Some(Command::Completions { shell }) => Task::Completions { shell },
            Some(Command::Moderation(command)) => Task::Moderate {
                data: self.into_data()?,
                command,
            },
        })
    }

    /// The script that completes the commands in a shell.
    #[must_use]
    pub fn completions(shell: Shell) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Self::command(), "parlor", &mut script);
        script
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

    fn into_data_and_url(self) -> Result<(PathBuf, String), ConfigError> {
        let options = self.into_options()?;
        let url = options.url();
        Ok((data_or_default(options.data), url))
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

impl Config {
    /// The configuration of a server whose log is in the folder `data`, with the default of every
    /// option: for this machine alone, open to everyone on it. For programs that run the server
    /// themselves; change the fields as you like. Nothing is read from the environment.
    ///
    /// # Errors
    /// [`ConfigError`]: one sentence that says what to correct.
    pub fn new(data: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        let mut options = Options::default();
        options.data = Some(data.into());
        options.into_config()
    }
}

#[cfg(test)]
mod tests;
