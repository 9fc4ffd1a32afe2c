//! What `parlor export` and `parlor tail -o ndjson` write: a JSON object a line, with an entry as
//! it is on the wire.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use parlor_shared::{Body, Entry, RoomId};
use serde::Deserialize;

use super::record::{ImportError, Record};

/// A line; what else it has is not needed.
#[derive(Deserialize)]
struct Line {
    room: RoomId,
    entry: Entry,
}

/// The entries of a file, into their own rooms or all into this one. `None` stands for one that
/// can't be kept.
pub(super) fn read(
    path: &Path,
    into: Option<RoomId>,
) -> Result<impl Iterator<Item = Result<Option<Record>, ImportError>>, ImportError> {
    let path = path.to_owned();
    let file = File::open(&path).map_err(|source| ImportError::Read {
        path: path.clone(),
        source,
    })?;
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.map(move |(number, line)| {
        let line = line.map_err(|source| ImportError::Read {
            path: path.clone(),
            source,
        })?;
        if line.trim().is_empty() {
            return Ok(None);
        }
        let Line { room, entry } = serde_json::from_str(&line).map_err(|error| {
            ImportError::malformed(&path, format!("line {}: {error}", number + 1))
        })?;
        Ok(record(into.clone().unwrap_or(room), entry))
    }))
}

fn record(room: RoomId, entry: Entry) -> Option<Record> {
    // The words of a blanked entry are gone, and nothing is known of an unknown one.
    if matches!(entry.body, Body::Blanked { .. } | Body::Unknown) {
        return None;
    }
    Some(Record {
        room,
        id: entry.id,
        member: entry.member,
        name: entry.name,
        at_ms: entry.at_ms,
        body: entry.body,
    })
}
