//! Reads beside the writer: a few connections, on threads that may block.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use parlor_shared::{
    Entry, RoomId, Seq,
    limits::{LOG_READERS_MAX, PAGE_BYTES_MAX},
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql, params};
use tokio::sync::{Semaphore, oneshot};

use super::{
    failure::Failures,
    fts,
    row::{self, COLUMNS},
    schema,
};
use crate::engine::{Bounds, Page, ReadError};

/// A read, to be done where it may block.
pub(super) type Read = Box<dyn FnOnce() + Send>;

/// Has reads done somewhere.
pub(super) type Pool = Box<dyn Fn(Read) + Send + Sync>;

/// On the runtime's threads for what blocks.
pub(super) fn threads() -> Pool {
    Box::new(|read| drop(tokio::task::spawn_blocking(read)))
}

/// The file's readers.
pub(super) struct Readers {
    path: PathBuf,
    pool: Pool,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    failures: Failures,
}

impl Readers {
    pub(super) fn new(path: PathBuf, pool: Pool, failures: Failures) -> Self {
        let turns = Arc::new(Semaphore::new(LOG_READERS_MAX));
        Self {
            path,
            pool,
            idle: Arc::default(),
            turns,
            failures,
        }
    }

    /// Runs `read` on a connection of its own, when it is its turn.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let turn = self
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| ReadError)?;
        let (idle, path) = (self.idle.clone(), self.path.clone());
        let (answer, result) = oneshot::channel();
        (self.pool)(Box::new(move || {
            let _turn = turn;
            // Whoever asked may be gone.
            drop(answer.send(on_a_connection(&idle, &path, read)));
        }));
        match result.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!(%error, "the log can't be read");
                // Where it can't go on either, whoever waits for that hears of it.
                self.failures.judge(&error).unwrap_or_default();
                Err(ReadError)
            }
            Err(error) => {
                tracing::error!(%error, "a read of the log ended early");
                Err(ReadError)
            }
        }
    }

    /// Closes the connections that are not in use.
    pub(super) fn close(&self) {
        self.turns.close();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn on_a_connection<T>(
    idle: &Mutex<Vec<Connection>>,
    path: &Path,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let connection = match kept {
        Some(connection) => connection,
        None => schema::open_reader(path)?,
    };
    let result = read(&connection);
    idle.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(connection);
    result
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

pub(super) fn bounds(file: &Connection, room: &RoomId) -> rusqlite::Result<Bounds> {
    let sql = "SELECT start,
        coalesce((SELECT min(seq) FROM entries WHERE room = rooms.id), 0),
        coalesce((SELECT max(seq) FROM entries WHERE room = rooms.id), start)
        FROM rooms WHERE name = ?1";
    let bounds = file.prepare_cached(sql)?.query_row([room.as_str()], |row| {
        Ok(Bounds {
            start: row::seq(row, 0)?,
            first: row::seq(row, 1)?,
            head: row::seq(row, 2)?,
        })
    });
    Ok(bounds.optional()?.unwrap_or_default())
}

pub(super) fn read_after(
    file: &Connection,
    room: &RoomId,
    after: Seq,
    limit: u16,
) -> rusqlite::Result<Page> {
    let Some(room) = row::room_number(file, room)? else {
        return Ok(Page::default());
    };
    let sql =
        format!("SELECT {COLUMNS} FROM entries WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
    page(
        file.prepare_cached(&sql)?,
        &[&room, &row::sql(after)],
        limit,
    )
}

pub(super) fn read_before(
    file: &Connection,
    room: &RoomId,
    before: Seq,
    limit: u16,
) -> rusqlite::Result<Page> {
    let Some(room) = row::room_number(file, room)? else {
        return Ok(Page::default());
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    );
    let mut page = page(
        file.prepare_cached(&sql)?,
        &[&room, &row::sql(before)],
        limit,
    )?;
    page.entries.reverse();
    Ok(page)
}

/// Up to `limit` rows in the statement's order; one more is asked for, to know whether there is more.
fn page(
    mut statement: CachedStatement<'_>,
    [room, from]: &[&dyn ToSql; 2],
    limit: u16,
) -> rusqlite::Result<Page> {
    let mut rows = statement.query(params![room, from, i64::from(limit) + 1])?;
    let mut page = Page::default();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if page.entries.len() == usize::from(limit) || bytes > PAGE_BYTES_MAX {
            page.more = true;
            break;
        }
        let entry = row::entry(row)?;
        bytes += text_bytes(&entry);
        page.entries.push(entry);
    }
    Ok(page)
}

pub(super) fn search(
    file: &Connection,
    room: &RoomId,
    text: &str,
    limit: u16,
) -> rusqlite::Result<Vec<Entry>> {
    let Some(room) = row::room_number(file, room)? else {
        return Ok(Vec::new());
    };
    let Some(query) = fts::query(room, text) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE seq IN
            (SELECT entry FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2)
         ORDER BY seq DESC"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let mut rows = statement.query(params![query, limit])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()?
        && bytes <= PAGE_BYTES_MAX
    {
        let entry = row::entry(row)?;
        bytes += text_bytes(&entry);
        found.push(entry);
    }
    Ok(found)
}

fn text_bytes(entry: &Entry) -> usize {
    entry.body.text().map_or(0, |text| text.as_str().len())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn so_many_read_at_once_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        drop(schema::open_writer(&path).unwrap());
        let readers = Readers::new(path, threads(), Failures::default());
        let (reading, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let together = Arc::new(Barrier::new(LOG_READERS_MAX));
        let reads = (0..5 * LOG_READERS_MAX).map(|_| {
            let (reading, most, together) = (reading.clone(), most.clone(), together.clone());
            readers.run(move |_| {
                let now = reading.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                together.wait();
                reading.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        for read in join_all(reads).await {
            read.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), LOG_READERS_MAX);
        assert_eq!(readers.idle.lock().unwrap().len(), LOG_READERS_MAX);
    }
}
