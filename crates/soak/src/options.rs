//! What the command line asks for.

use std::path::PathBuf;

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// The server's binary.
    pub server: PathBuf,
    /// For how long.
    pub minutes: f64,
    /// How many members are there at once.
    pub members: usize,
    /// The folder for the log.
    pub disk: PathBuf,
    /// A log that no server runs on, of which the run begins with a copy.
    pub log: Option<PathBuf>,
}
