//! What `parlor import` reads, and from where.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use parlor_shared::RoomId;

/// Append history from elsewhere to the log, while no server runs on it
///
/// Authors, times, replies and reactions stay as they were. It can be repeated, and goes on after
/// it was killed: nothing is there twice. A room that has newer messages of its own is left alone.
#[derive(Debug, Clone, Args)]
pub struct ImportCommand {
    /// File with NDJSON, or folder of an unpacked export from Slack
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What is there
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub format: ImportFormat,
    /// Import all of the NDJSON into this room [default: the room of each line]
    #[arg(long, value_name = "ROOM")]
    pub room: Option<RoomId>,
}

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// What `parlor export` writes: an entry a line
    Ndjson,
    /// An export from Slack: users.json, channels.json and a folder for each channel
    Slack,
}
