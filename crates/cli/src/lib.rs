//! The commands of `parlor` that use a server as any other client does, over the network and with
//! the rights of a member: [`Command`] says what there is, [`run`] does it.
//!
//! What they print goes to standard output and is meant for pipes: a line a message, or with
//! `-o ndjson` a JSON object a line. What goes wrong goes to standard error. [`Failure::exit_code`]
//! has the exit codes.

mod connect;
mod export;
mod failure;
mod format;
mod output;
mod post;
mod read;
mod tail;
mod when;

use clap::Subcommand;

pub use self::{
    connect::ConnectArgs,
    export::{ExportArgs, ExportFormat},
    failure::Failure,
    output::OutputFormat,
    post::PostArgs,
    read::{HistoryArgs, RoomsArgs, SearchArgs},
    tail::TailArgs,
    when::{When, WhenInvalid},
};

/// What a member does from a terminal or a script.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Post a message, or each line of standard input
    ///
    /// Exits with 0 once everything is on the log, durably, and each line once: over reconnects, a
    /// restart of the server and its rates. With 1 if the server refused a line; the others are
    /// posted all the same.
    Post(PostArgs),
    /// Print a room's newest messages and, with --follow, what comes
    ///
    /// Every entry once and in order, over reconnects. With --after or --state it goes on where it
    /// stopped.
    Tail(TailArgs),
    /// Print a part of a room's history, oldest first
    History(HistoryArgs),
    /// Print the messages with these words, newest first
    Search(SearchArgs),
    /// List the rooms
    Rooms(RoomsArgs),
    /// Write a room's history to a file: as NDJSON, Markdown or a page of HTML
    Export(ExportArgs),
}

/// Does what a command says.
///
/// # Errors
/// [`Failure`]: why it was not done, or not all of it.
pub fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::System)?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = perform(command) => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    // Standard input may still be waited for, by a thread that can't be stopped.
    runtime.shutdown_background();
    done
}

async fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Post(post) => post.run().await,
        Command::Tail(tail) => tail.run().await,
        Command::History(history) => history.run().await,
        Command::Search(search) => search.run().await,
        Command::Rooms(rooms) => rooms.run().await,
        Command::Export(export) => export.run().await,
    }
}
