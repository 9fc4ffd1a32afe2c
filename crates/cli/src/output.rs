//! What is printed, one entry after the other.

use std::io::Write;

use clap::ValueEnum;
use parlor_client::{Entry, Reset, RoomEntry, RoomId};
use serde::Serialize;

use crate::{failure::Failure, format};

/// How entries are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people: when, who and what
    #[default]
    Text,
    /// For programs: a JSON object a line, with the entry as it is on the wire and its position
    Ndjson,
}

/// A line for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    room: &'a RoomId,
    position: String,
    entry: &'a Entry,
}

/// A line that says that what follows does not continue what came before.
#[derive(Debug, Serialize)]
struct ResetLine<'a> {
    room: &'a RoomId,
    reset: String,
}

impl OutputFormat {
    /// Prints an entry.
    pub(crate) fn print(self, entry: &RoomEntry) -> Result<(), Failure> {
        match self {
            Self::Text => format::line(&entry.entry).map_or(Ok(()), |line| print(&line)),
            Self::Ndjson => print(&ndjson(entry)?),
        }
    }

    /// Says that what follows does not continue what came before.
    pub(crate) fn print_reset(self, reset: &Reset) -> Result<(), Failure> {
        match self {
            Self::Text => anstream::eprintln!("parlor: {reset}"),
            Self::Ndjson => print(&json(&ResetLine {
                room: &reset.room,
                reset: reset.after.to_string(),
            })?)?,
        }
        Ok(())
    }
}

/// An entry as a line for programs.
pub(crate) fn ndjson(entry: &RoomEntry) -> Result<String, Failure> {
    json(&Line {
        room: &entry.room,
        position: entry.position.to_string(),
        entry: &entry.entry,
    })
}

/// A line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::System(error.into()))
}

/// Prints a line to standard output, at once: a pipe waits for nothing. In colours only where that
/// is a terminal and NO_COLOR is not set.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()?;
    Ok(())
}
