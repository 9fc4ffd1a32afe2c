//! The commands of the program.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::{
    access_command::AccessCommand,
    import::ImportCommand,
    moderation::ModerationCommand,
    stream_commands::{MigrateCommand, RepairCommand},
    webhook::WebhookCommand,
};

/// Shown at the end of `--help`.
pub(super) const EXAMPLES: &str = "Examples:
  parlor                                       the room at http://127.0.0.1:8080, its log in ./parlor-data
  parlor --listen 0.0.0.0:80 --access open     for everyone who reaches this machine
  parlor --allow-origin https://example.org    let pages of another site join, too
  parlor backup /backups/monday                copy the log, while the server runs
  make 2>&1 | parlor post builds               post each line to a room
  parlor tail lobby --follow                   print what is written there

Exit codes: 0 done, 1 refused or failed, 2 wrong arguments, 65 the stream is not what the node has,
69 no connection to the server, 77 the server lets nobody in with what was given, 130 Ctrl-C.";

/// Running the server, and commands on a log and a server besides. What stands after `serve` are
/// the server's `Options`, as they are without it.
#[derive(Debug, Subcommand)]
pub(super) enum Command<Options: Args> {
    /// Run the server, as without a command
    Serve {
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Copy the log into a new folder, while the server runs or not
    ///
    /// The copy is the log as it is at one moment. FOLDER appears once the copy is complete and on
    /// disk, and not before; a server can be started on it with --data FOLDER. It holds the key
    /// that signs tokens: keep it private.
    Backup {
        /// The folder to create
        #[arg(value_name = "FOLDER")]
        target: PathBuf,
    },
    /// Put a backup in the place of the log, in a folder that has none
    ///
    /// Checks the backup first, and copies it only if it is whole. Overwrites nothing: stop the
    /// server and move its data folder away before. Run it as the server's user.
    Restore {
        /// The folder of the backup
        #[arg(value_name = "BACKUP")]
        backup: PathBuf,
    },
    /// Check that the log is whole, while the server runs or not
    ///
    /// Reads all of it and changes nothing. Exits with 0 if it is whole; otherwise prints what is
    /// wrong and exits with 1. The full-text index is checked as well; what is wrong with it harms
    /// no message, since the server builds it again.
    Check,
    /// Give space that the log no longer needs back to the disk, while the server runs or not
    ///
    /// While the server runs, a few pages are moved at a time, and posts go on. Without a server,
    /// the files are written again, which needs room for a copy. Prints each file's size before and
    /// after. It can be stopped at any moment: nothing is lost.
    Compact,
    #[command(flatten)]
    Access(AccessCommand),
    Import(ImportCommand),
    Migrate(MigrateCommand),
    Repair(RepairCommand),
    Webhook(WebhookCommand),
    /// Ask a running server whether it serves requests
    ///
    /// For service managers and containers: exits with 0 if it does, and with 1 otherwise or after
    /// three seconds.
    Health {
        /// Where the server listens [default: the first of --admin or, without one, of --listen]
        #[arg(value_name = "ADDRESS")]
        address: Option<SocketAddr>,
    },
    #[command(flatten)]
    Moderation(ModerationCommand),
    #[command(flatten)]
    Member(parlor_cli::Command),
    /// Print a script that completes these commands in a shell
    ///
    /// In bash, for one: source <(parlor completions bash)
    Completions {
        /// The shell
        shell: Shell,
    },
}
