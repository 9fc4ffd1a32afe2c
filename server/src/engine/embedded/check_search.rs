//! Checks the full-text index. Whatever is wrong with it, the log is whole: the index is built from
//! it again.

use std::{fmt, path::Path};

use parlor_shared::Seq;
use rusqlite::{Connection, OptionalExtension, params};

use super::{fts, row, schema};

/// What a check found of the full-text index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SearchReport {
    /// There is none.
    #[default]
    Missing,
    /// It has every entry of the log.
    Whole,
    /// It lacks the newest entries.
    Behind {
        /// How many.
        entries: u64,
    },
    /// It belongs to another log, or to another version of this program.
    Foreign,
    /// It can't be used.
    Damaged {
        /// What is wrong, in SQLite's words.
        problem: String,
    },
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("The full-text index, search.db, is missing")?,
            Self::Whole => f.write_str("The full-text index, search.db, is whole")?,
            Self::Behind { entries: 1 } => {
                f.write_str("The full-text index, search.db, lacks the newest entry")?;
            }
            Self::Behind { entries } => write!(
                f,
                "The full-text index, search.db, lacks the newest {entries} entries"
            )?,
            Self::Foreign => {
                f.write_str("The full-text index, search.db, is of another log or another version")?
            }
            Self::Damaged { problem } => {
                write!(f, "The full-text index, search.db, is damaged ({problem})")?;
            }
        }
        f.write_str(match self {
            Self::Whole => ".",
            Self::Behind { .. } => "; a server adds them soon.",
            Self::Damaged { .. } => {
                "; stop the server, remove search.db and what begins with search.db-, and start it: it builds \
                 the index again. No message is lost."
            }
            Self::Missing | Self::Foreign => {
                "; a server builds it again from the log when it starts. No message is lost."
            }
        })
    }
}

/// The index as it is at one moment, which is to be before the one at which the log is read: then
/// the index is never ahead of it.
pub(super) struct SearchFile {
    opened: Option<rusqlite::Result<Connection>>,
}

impl SearchFile {
    /// Opens the index of the log in this folder.
    pub(super) fn open(folder: &Path) -> Self {
        let path = fts::path_in(folder);
        let open = || {
            let index = schema::open_reader(&path)?;
            index.execute_batch("BEGIN")?;
            // The moment is that of the first read.
            index.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(index)
        };
        Self {
            opened: path.exists().then(open),
        }
    }

    /// Reads all of it and compares it with the log.
    pub(super) fn check(&self, log: &Connection) -> rusqlite::Result<SearchReport> {
        let index = match &self.opened {
            None => return Ok(SearchReport::Missing),
            Some(Ok(index)) => index,
            Some(Err(error)) => return Ok(damaged(error)),
        };
        match examine(index) {
            Ok(State::Whole { until, id }) => compare(log, until, id),
            Ok(State::Foreign) => Ok(SearchReport::Foreign),
            Ok(State::Damaged(problem)) => Ok(SearchReport::Damaged { problem }),
            Err(error) => Ok(damaged(&error)),
        }
    }
}

fn damaged(error: &rusqlite::Error) -> SearchReport {
    SearchReport::Damaged {
        problem: error.to_string(),
    }
}

/// What the file itself says.
enum State {
    Whole { until: Seq, id: Option<[u8; 16]> },
    Foreign,
    Damaged(String),
}

fn examine(index: &Connection) -> rusqlite::Result<State> {
    if !fts::is_current(index)? {
        return Ok(State::Foreign);
    }
    // Includes FTS5's own check of its tables.
    let verdict: String = index.query_row("PRAGMA integrity_check(1)", [], |found| found.get(0))?;
    if verdict != "ok" {
        return Ok(State::Damaged(verdict.replace('\n', " ")));
    }
    let (until, id) = fts::position(index)?;
    Ok(State::Whole { until, id })
}

fn compare(log: &Connection, until: Seq, id: Option<[u8; 16]>) -> rusqlite::Result<SearchReport> {
    let place = row::to_sql(until);
    let id_there: Option<[u8; 16]> = log
        .query_row("SELECT id FROM entries WHERE seq = ?1", [place], |found| {
            found.get(0)
        })
        .optional()?;
    // Retention may have deleted the entry since; a place beyond the log's end is another log's.
    let is_deleted = id_there.is_none() && until <= row::head(log)?;
    if until != Seq::ZERO && id_there != id && !is_deleted {
        return Ok(SearchReport::Foreign);
    }
    let behind = "SELECT count(*) FROM entries WHERE seq > ?1";
    let entries: i64 = log.query_row(behind, params![place], |found| found.get(0))?;
    Ok(match entries.cast_unsigned() {
        0 => SearchReport::Whole,
        entries => SearchReport::Behind { entries },
    })
}
