//! `parlor import`: history from elsewhere onto the log, while no server runs on it.
//!
//! Authors, times, replies and reactions stay as they were. Each entry's id is its own, or made
//! from where it comes from, so an import that is repeated, or was killed, appends nothing twice.

mod ndjson;
mod record;
mod slack;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    path::Path,
    sync::Arc,
};

use parlor_shared::{Place, RoomId, Seq, limits::APPEND_GROUP_MAX};

pub use self::record::ImportError;
use self::record::Record;
use crate::{
    config::{ImportCommand, ImportFormat},
    engine::{
        AppendError, Authority, Batch, BatchError, Commit, Engine, NewEntry, Outcome,
        embedded::Embedded,
    },
};

/// Appends in flight: enough that a full group waits while another is committed.
const IN_FLIGHT_MAX: usize = 2 * APPEND_GROUP_MAX;

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Entries that were appended.
    pub appended: u64,
    /// Entries that were on the log already.
    pub known: u64,
    /// Entries that can't be kept: words that were deleted, changes of messages that are not there,
    /// and what Parlor has no kind of entry for.
    pub left_out: u64,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            appended,
            known,
            left_out,
        } = self;
        write!(
            f,
            "{appended} entries are imported, {known} were there already, {left_out} can't be kept."
        )
    }
}

/// Appends what a file or a folder has to the log in `data`.
///
/// # Errors
/// [`ImportError`]. What was appended before it stays, and the same import goes on after it.
pub fn run(data: &Path, command: &ImportCommand) -> Result<Imported, ImportError> {
    let ImportCommand { path, format, room } = command;
    let records: Box<dyn Iterator<Item = Result<Option<Record>, ImportError>>> = match format {
        ImportFormat::Ndjson => Box::new(ndjson::read(path, room.clone())?),
        ImportFormat::Slack => Box::new(slack::read(path)?),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let engine = Embedded::open(data, Arc::new(()))?;
        let imported = Import::new(&engine).append_all(records).await;
        engine.close().await;
        imported
    })
}

/// An import under way.
struct Import<'a> {
    engine: &'a Embedded,
    rooms: HashMap<RoomId, KnownRoom>,
    in_flight: VecDeque<Commit>,
    imported: Imported,
}

/// What is known of a room before the import.
struct KnownRoom {
    /// When its newest entry was committed; 0 in an empty room.
    newest_ms: u64,
    /// Whether it has an entry of this import, which so goes on.
    is_continued: bool,
}

impl<'a> Import<'a> {
    fn new(engine: &'a Embedded) -> Self {
        Self {
            engine,
            rooms: HashMap::new(),
            in_flight: VecDeque::with_capacity(IN_FLIGHT_MAX),
            imported: Imported::default(),
        }
    }

    async fn append_all(
        mut self,
        records: impl Iterator<Item = Result<Option<Record>, ImportError>>,
    ) -> Result<Imported, ImportError> {
        for record in records {
            match record? {
                Some(record) => self.append(record).await?,
                None => self.imported.left_out += 1,
            }
        }
        self.wait_for(0).await?;
        Ok(self.imported)
    }

    async fn append(&mut self, record: Record) -> Result<(), ImportError> {
        let new = NewEntry {
            room: record.room,
            id: record.id,
            follows: None,
            member: record.member,
            name: record.name,
            body: record.body,
            // What was allowed where it comes from is not asked again.
            authority: Authority::Moderator,
            at_ms: record.at_ms,
        };
        self.load_room(&new.room).await?;
        if self.is_older(&new) {
            return self.go_on_at(new).await;
        }
        self.in_flight.push_back(self.engine.append(new).await?);
        if self.in_flight.len() >= IN_FLIGHT_MAX {
            // The writer commits a group at a time, so half of them are soon answered.
            self.wait_for(IN_FLIGHT_MAX / 2).await?;
        }
        Ok(())
    }

    /// Has it known what the room had before this import.
    async fn load_room(&mut self, room: &RoomId) -> Result<(), ImportError> {
        if !self.rooms.contains_key(room) {
            let newest = self.engine.read_before(room, Seq::END, 1).await?;
            let newest_ms = newest.entries.last().map_or(0, |entry| entry.at_ms);
            let known = KnownRoom {
                newest_ms,
                is_continued: false,
            };
            self.rooms.insert(room.clone(), known);
        }
        Ok(())
    }

    /// Whether the room had later entries before this import, which does not go on there yet: a
    /// room's times only increase.
    fn is_older(&self, new: &NewEntry) -> bool {
        let known = self.rooms.get(&new.room);
        known.is_some_and(|known| !known.is_continued && new.at_ms < known.newest_ms)
    }

    /// Goes on with an import in a room that has later entries, if this entry is of those that are
    /// there already.
    async fn go_on_at(&mut self, new: NewEntry) -> Result<(), ImportError> {
        let (room, target) = (new.room.clone(), new.body.target());
        // No room has this head, so nothing is written: an entry that is there is the answer.
        let only_if_there = Batch {
            entries: vec![new],
            head: Some(Seq::END),
        };
        match self.engine.append_batch(only_if_there).await {
            Ok(_) => {
                self.imported.known += 1;
                if let Some(known) = self.rooms.get_mut(&room) {
                    known.is_continued = true;
                }
                return Ok(());
            }
            Err(BatchError::Log(error)) => return Err(error.into()),
            Err(BatchError::HeadMoved { .. } | BatchError::Entry { .. }) => {}
        }
        // A change whose message is not there was left out the first time, too.
        if let Some(message) = target {
            let place = Place::Message(message);
            if self.engine.read_slice(&room, place, 1).await?.is_none() {
                self.imported.left_out += 1;
                return Ok(());
            }
        }
        Err(ImportError::NotEmpty { room })
    }

    /// Waits until no more than this many appends are in flight.
    async fn wait_for(&mut self, in_flight: usize) -> Result<(), ImportError> {
        while self.in_flight.len() > in_flight {
            let Some(commit) = self.in_flight.pop_front() else {
                break;
            };
            match commit.await {
                Ok(appended) => match appended.outcome {
                    Outcome::New => self.imported.appended += 1,
                    Outcome::Duplicate => self.imported.known += 1,
                },
                // It changes a message whose words were deleted before, or that is not there.
                Err(AppendError::TargetUnknown) => self.imported.left_out += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
