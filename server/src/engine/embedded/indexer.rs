//! The thread that keeps the full-text index: it follows the log, so that appends do no work for
//! the index, however long the texts are and however often they are edited.
//!
//! Of the changes of one message that it reads at once only the last one is indexed. After a step
//! it pauses for several times as long as the step kept a processor busy: while entries are
//! appended it takes a tenth of a core. The time that it waited for a processor does not count: on
//! a busy machine the index would fall far behind.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use parlor_shared::{
    Body, Entry, MessageId, Seq,
    limits::{
        DELETE_RANGE_ENTRIES_MAX, ERASE_INTERVAL_MS, EXPIRED_ROOMS_MAX, INDEX_ENTRIES_MAX,
        INDEX_INTERVAL_MS, PAGE_BYTES_MAX,
    },
};
use rusqlite::{Connection, OptionalExtension, params};
use rustix::time::{ClockId, clock_gettime};

use super::{
    failure::Failures,
    fts::{self, IndexFile},
    indexer_news::{IndexerNews, News, RunningGuard},
    row::{self, COLUMNS},
    schema,
    wal::{ReadGate, WriteAhead},
};
use crate::repeated_line::log_repeated;

/// How many times the processor time of a step the thread pauses after it, where entries were
/// appended meanwhile and where not.
const PAUSE_FACTOR_BUSY: u32 = 9;
const PAUSE_FACTOR_IDLE: u32 = 2;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    /// The log can't be read.
    #[error("the log can't be read: {0}")]
    Log(rusqlite::Error),
    /// The index can't be read or written.
    #[error("the index can't be written: {0}")]
    Index(#[from] rusqlite::Error),
}

/// The indexer's state.
pub(super) struct Indexer {
    log: Connection,
    log_gate: ReadGate,
    /// The index's own.
    wal: WriteAhead,
    index: Connection,
    file: Arc<IndexFile>,
    news: Arc<IndexerNews>,
    failures: Failures,
    /// The newest entry that is indexed.
    until: Seq,
    /// The newest entry when everything was indexed. Retention may have deleted the entries
    /// between `until` and this one.
    caught_up_with: Seq,
    /// The row id of the last room that this round of removing expired messages has done; 0 while
    /// no round is under way.
    expired_until: i64,
    /// Whether words that have left the index may still be in its write-ahead log.
    wal_has_words: bool,
}

/// A room of which retention has deleted the entries up to `start`.
struct ExpiredRoom {
    room: i64,
    start: Seq,
}

/// The current text of a message, as far as one batch of entries says.
#[derive(Default)]
struct Latest {
    /// The place of the post, if it is in the batch.
    post: Option<Seq>,
    /// The entry with the text; `None` if the message is deleted.
    entry: Option<Entry>,
}

type Batch = HashMap<(i64, MessageId), Latest>;

/// The time that this thread has kept a processor busy.
fn processor_time() -> Duration {
    // The system's times are never negative.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

impl Indexer {
    /// Opens the index beside the log in `folder`, and continues where it was. An index that is
    /// missing, damaged or of another log is built again.
    pub(super) fn open(
        folder: &Path,
        news: Arc<IndexerNews>,
        [log_gate, index_gate]: [ReadGate; 2],
        failures: Failures,
    ) -> rusqlite::Result<Self> {
        let log = schema::open_reader(&schema::path_in(folder))?;
        let file = Arc::new(IndexFile::in_folder(folder));
        let index = file.open_writer();
        let mut indexer = Self {
            log,
            log_gate,
            wal: file.write_ahead(index_gate),
            index: Connection::open_in_memory()?,
            file,
            news,
            failures,
            until: Seq::ZERO,
            caught_up_with: Seq::ZERO,
            expired_until: 0,
            wal_has_words: true,
        };
        let is_of_this_log = index.and_then(|index| {
            indexer.index = index;
            indexer.load_until()
        });
        match is_of_this_log {
            Ok(true) => {}
            Ok(false) => {
                tracing::info!("the full-text index is not of this log, and is built again");
                indexer.news.on_damaged();
            }
            Err(error) => {
                tracing::warn!(%error, "the full-text index can't be used, and is built again");
                indexer.news.on_damaged();
            }
        }
        Ok(indexer)
    }

    /// The file that it keeps.
    pub(super) fn file(&self) -> &Arc<IndexFile> {
        &self.file
    }

    /// Reads how far the index has got. Returns false if the log has another entry there, as after
    /// a restore, or none.
    fn load_until(&mut self) -> rusqlite::Result<bool> {
        let (until, id) = fts::position(&self.index)?;
        self.until = until;
        let id_there = self
            .log
            .query_row(
                "SELECT id FROM entries WHERE seq = ?1",
                [row::to_sql(until)],
                |found| found.get::<_, [u8; 16]>(0),
            )
            .optional()?;
        Ok(until == Seq::ZERO || id_there == id)
    }

    fn build_again(&mut self) -> rusqlite::Result<()> {
        // Closed before its file goes.
        self.index = Connection::open_in_memory()?;
        self.index = self.file.create_again()?;
        self.until = Seq::ZERO;
        self.caught_up_with = Seq::ZERO;
        self.news.on_begun_anew();
        self.expired_until = 0;
        Ok(())
    }

    /// Runs until [`IndexerNews::end`].
    pub(super) fn run(mut self) {
        let _guard = self.failures.panic_guard();
        let _running = RunningGuard::new(&self.news);
        // What is on the log at the start, and what has expired since the last run.
        self.news.on_expired();
        let mut head = Seq::ZERO;
        loop {
            let news = self.news.get();
            if news.is_closed {
                break;
            }
            let is_busy = std::mem::replace(&mut head, news.head) != news.head;
            let factor = if is_busy {
                PAUSE_FACTOR_BUSY
            } else {
                PAUSE_FACTOR_IDLE
            };
            let before = processor_time();
            let pause = match self.step() {
                Ok(true) => processor_time().saturating_sub(before) * factor,
                Ok(false) => {
                    // Words may be left in the write-ahead log because a reader needed it.
                    let time = Duration::from_millis(ERASE_INTERVAL_MS);
                    let wait = self.wal_has_words.then_some(time);
                    self.news.wait_for_more_than(self.caught_up_with, wait);
                    Duration::from_millis(INDEX_INTERVAL_MS)
                }
                Err(error) => {
                    log_repeated!(warn, %error, "the full-text index can't be updated; search misses the newest messages");
                    Duration::from_millis(ERASE_INTERVAL_MS)
                }
            };
            self.news.pause(pause);
        }
        // Before the guard says so.
        drop(self);
    }

    /// Indexes the next entries, removes what has expired, or empties the write-ahead log of words
    /// that have left the index. Returns whether there was something to do.
    pub(super) fn step(&mut self) -> Result<bool, IndexError> {
        let news = self.news.get();
        let result = if news.is_damaged {
            self.build_again().map(|()| true).map_err(IndexError::Index)
        } else {
            self.advance(news)
        };
        match &result {
            Err(IndexError::Index(error)) if fts::is_unusable(error) => self.news.on_damaged(),
            // A fatal error is announced; the warning of the caller is the same.
            Err(IndexError::Log(error)) => self.failures.check(error).unwrap_or_default(),
            Err(IndexError::Index(_)) | Ok(_) => {}
        }
        result
    }

    fn advance(&mut self, news: News) -> Result<bool, IndexError> {
        let (batch, last) = self.read_batch().map_err(IndexError::Log)?;
        if let Some((until, id)) = last {
            self.write_batch(batch, until, id)?;
            self.wal.restart_if_large(&self.index)?;
            self.until = until;
            self.news.on_indexed(until);
            return Ok(true);
        }
        self.caught_up_with = news.head;
        self.news.on_indexed(news.head);
        self.news.on_caught_up();
        if news.has_expired || self.expired_until > 0 {
            if self.expired_until == 0 {
                // Before looking at the first room, so that what retention deletes meanwhile is
                // looked at in another round.
                self.news.expired_is_seen();
            }
            let is_left = self.remove_expired();
            if self.expired_until == 0 && !matches!(is_left, Ok(false)) {
                self.news.on_expired();
            }
            return is_left.map(|_| true);
        }
        if self.wal_has_words {
            self.wal_has_words = !schema::truncate_wal(&self.index)?;
        }
        Ok(false)
    }

    /// Reads the next entries: at most [`INDEX_ENTRIES_MAX`], fewer if their texts are long.
    fn read_batch(&self) -> rusqlite::Result<(Batch, Option<(Seq, MessageId)>)> {
        let _pass = self.log_gate.pass();
        let sql = format!(
            "SELECT {COLUMNS}, room FROM entries WHERE seq > ?1 ORDER BY seq LIMIT {INDEX_ENTRIES_MAX}"
        );
        let mut statement = self.log.prepare_cached(&sql)?;
        let mut rows = statement.query([row::to_sql(self.until)])?;
        let (mut batch, mut last, mut bytes) = (Batch::new(), None, 0);
        while let Some(found) = rows.next()?
            && bytes <= PAGE_BYTES_MAX
        {
            let entry = row::entry(found)?;
            let room = found.get(row::COLUMN_COUNT)?;
            last = Some((entry.seq, entry.id));
            let message = entry.body.target().unwrap_or(entry.id);
            let is_post = entry.body.target().is_none();
            let is_deletion = matches!(entry.body, Body::Deletion { .. });
            if entry.body.text().is_none() && !is_deletion {
                continue;
            }
            bytes += entry.body.text().map_or(0, |text| text.as_str().len());
            let latest = batch.entry((room, message)).or_default();
            latest.post = latest.post.or(is_post.then_some(entry.seq));
            latest.entry = (!is_deletion).then_some(entry);
        }
        Ok((batch, last))
    }

    /// Writes the messages in the order of their posts: FTS5 begins a segment of its own with each
    /// row that comes before the last one.
    fn write_batch(&mut self, batch: Batch, until: Seq, id: MessageId) -> Result<(), IndexError> {
        let mut messages = Vec::with_capacity(batch.len());
        for ((room, message), latest) in batch {
            let is_new = latest.post.is_some();
            let post = match latest.post {
                Some(post) => Some(post),
                None => find_post(&self.log, room, message).map_err(IndexError::Log)?,
            };
            // Otherwise retention has deleted the message.
            if let Some(post) = post {
                messages.push((post, room, latest.entry, is_new));
            }
        }
        messages.sort_unstable_by_key(|message| message.0);
        let transaction = self.index.transaction()?;
        for (post, room, entry, is_new) in messages {
            if !is_new {
                // With the text that it had until now.
                fts::remove_message(&transaction, post)?;
            }
            match entry {
                Some(entry) => fts::index_message(&transaction, room, post, &entry)?,
                None => self.wal_has_words = true,
            }
        }
        fts::set_position(&transaction, until, id)?;
        Ok(transaction.commit()?)
    }

    /// Removes messages that retention has deleted, in the next rooms after those that were looked
    /// at before: at most [`EXPIRED_ROOMS_MAX`] rooms and [`DELETE_RANGE_ENTRIES_MAX`] messages.
    /// Returns whether any rooms are left to be looked at.
    fn remove_expired(&mut self) -> Result<bool, IndexError> {
        let rooms = self.read_expired().map_err(IndexError::Log)?;
        if rooms.is_empty() {
            self.expired_until = 0;
            return Ok(false);
        }
        let (mut removed, mut until) = (0, self.expired_until);
        let transaction = self.index.transaction()?;
        for ExpiredRoom { room, start } in rooms {
            if removed >= DELETE_RANGE_ENTRIES_MAX {
                break;
            }
            if fts::start(&transaction, room)? < start {
                self.wal_has_words = true;
                let messages_max = DELETE_RANGE_ENTRIES_MAX - removed;
                let of_room = fts::remove_expired(&transaction, room, start, messages_max)?;
                removed += of_room;
                if of_room == messages_max {
                    // It may have more of them.
                    break;
                }
            }
            until = room;
        }
        transaction.commit()?;
        self.expired_until = until;
        Ok(true)
    }

    /// The next rooms of which retention has deleted entries, after those that were looked at.
    fn read_expired(&self) -> rusqlite::Result<Vec<ExpiredRoom>> {
        let _pass = self.log_gate.pass();
        self.log
            .prepare_cached(
                "SELECT id, start FROM rooms WHERE id > ?1 AND start > 0 ORDER BY id LIMIT ?2",
            )?
            .query_map(
                params![self.expired_until, EXPIRED_ROOMS_MAX as i64],
                |found| {
                    Ok(ExpiredRoom {
                        room: found.get(0)?,
                        start: row::seq(found, 1)?,
                    })
                },
            )?
            .collect()
    }
}

/// The place of a message's post; `None` if retention has deleted it.
fn find_post(log: &Connection, room: i64, message: MessageId) -> rusqlite::Result<Option<Seq>> {
    log.prepare_cached("SELECT seq FROM entries WHERE room = ?1 AND id = ?2")?
        .query_row(params![room, message.as_bytes()], |found| {
            row::seq(found, 0)
        })
        .optional()
}

#[cfg(test)]
mod tests;
