//! Reads the log while the writer writes it: pools of SQLite connections, used on threads that may
//! block. Searches have a pool of their own, so that they delay no join.

use std::{
    cmp::Reverse,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use parlor_shared::{
    Entry, RoomId, Seq, Text,
    limits::{LOG_READERS_MAX, PAGE_BYTES_MAX},
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql, params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    failure::Failures,
    row::{self, COLUMNS},
    schema,
    wal::ReadGate,
};
use crate::{
    engine::{Bounds, Page, ReadError},
    repeated_line::log_repeated,
};

/// A read, as a closure that blocks until it is done.
pub(super) type Read = Box<dyn FnOnce() + Send>;

/// Runs reads: on threads in production, on demand in the simulation.
pub(super) type ReadSpawner = Arc<dyn Fn(Read) + Send + Sync>;

/// Opens another connection of a pool.
type Open<C> = Arc<dyn Fn() -> rusqlite::Result<C> + Send + Sync>;

/// Spawns each read on tokio's threads for blocking work.
pub(super) fn spawn_blocking() -> ReadSpawner {
    Arc::new(|read| {
        // The task's handle is not needed: each read sends its own answer.
        tokio::task::spawn_blocking(read);
    })
}

/// The pool that reads the log in this file.
pub(super) fn of_log(
    path: &Path,
    spawner: ReadSpawner,
    gate: &ReadGate,
    failures: Failures,
) -> Readers {
    let path = path.to_owned();
    let open = move || schema::open_reader(&path);
    Readers::new(LOG_READERS_MAX, open, spawner, [gate.clone()], failures)
}

/// Runs reads on a pool of read-only connections.
pub(super) struct Readers<C = Connection> {
    open: Open<C>,
    spawner: ReadSpawner,
    idle: Arc<Mutex<Vec<C>>>,
    permits: Arc<Semaphore>,
    /// What a read passes.
    gates: Arc<[ReadGate]>,
    failures: Failures,
}

/// One of the reads that may run at once.
#[derive(Debug)]
pub(super) struct ReadPermit(
    #[expect(dead_code, reason = "held while it reads")] OwnedSemaphorePermit,
);

impl<C: Send + 'static> Readers<C> {
    /// A pool of up to `max` connections.
    pub(super) fn new(
        max: usize,
        open: impl Fn() -> rusqlite::Result<C> + Send + Sync + 'static,
        spawner: ReadSpawner,
        gates: impl Into<Arc<[ReadGate]>>,
        failures: Failures,
    ) -> Self {
        Self {
            open: Arc::new(open),
            spawner,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(max)),
            gates: gates.into(),
            failures,
        }
    }

    /// Runs `read` on an idle connection, waiting while as many reads as there may be connections
    /// are running. Reads run in the order in which they were requested.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut C) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.run_with(self.permit().await?, read).await
    }

    /// Waits until another read may run.
    pub(super) async fn permit(&self) -> Result<ReadPermit, ReadError> {
        let permit = self.permits.clone().acquire_owned().await;
        Ok(ReadPermit(permit.map_err(|_| ReadError)?))
    }

    /// Runs `read` on an idle connection.
    pub(super) async fn run_with<T: Send + 'static>(
        &self,
        permit: ReadPermit,
        read: impl FnOnce(&mut C) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (idle, open, gates) = (self.idle.clone(), self.open.clone(), self.gates.clone());
        let (reply, result) = oneshot::channel();
        (self.spawner)(Box::new(move || {
            let _permit = permit;
            let _passes: Vec<_> = gates.iter().map(ReadGate::pass).collect();
            // The caller may have stopped waiting.
            reply.send(with_connection(&idle, &open, read)).ok();
        }));
        match result.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                log_repeated!(error, %error, "the log can't be read");
                // If the error is fatal, this announces it; the caller gets the same answer anyway.
                self.failures.check(&error).ok();
                Err(ReadError)
            }
            Err(error) => {
                log_repeated!(error, %error, "a read of the log ended early");
                Err(ReadError)
            }
        }
    }

    /// Closes the idle connections and refuses further reads.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn with_connection<C, T>(
    idle: &Mutex<Vec<C>>,
    open: &Open<C>,
    read: impl FnOnce(&mut C) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let popped = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut connection = match popped {
        Some(connection) => connection,
        None => open()?,
    };
    let result = read(&mut connection);
    idle.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(connection);
    result
}

impl<C> std::fmt::Debug for Readers<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}

/// See [`Engine::bounds`](crate::engine::Engine::bounds).
pub(super) fn bounds(db: &Connection, room: &RoomId) -> rusqlite::Result<Bounds> {
    let sql = "SELECT start,
        coalesce((SELECT min(seq) FROM entries WHERE room = rooms.id), 0),
        coalesce((SELECT max(seq) FROM entries WHERE room = rooms.id), start)
        FROM rooms WHERE name = ?1";
    let bounds = db.prepare_cached(sql)?.query_row([room.as_str()], |row| {
        Ok(Bounds {
            start: row::seq(row, 0)?,
            first: row::seq(row, 1)?,
            head: row::seq(row, 2)?,
        })
    });
    Ok(bounds.optional()?.unwrap_or_default())
}

/// See [`Engine::read_after`](crate::engine::Engine::read_after).
pub(super) fn read_after(
    db: &Connection,
    room: &RoomId,
    after: Seq,
    limit: u16,
) -> rusqlite::Result<Page> {
    let Some(room) = row::room_row_id(db, room)? else {
        return Ok(Page::default());
    };
    let sql =
        format!("SELECT {COLUMNS} FROM entries WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
    page(
        db.prepare_cached(&sql)?,
        &[&room, &row::to_sql(after)],
        limit,
    )
}

/// See [`Engine::read_before`](crate::engine::Engine::read_before).
pub(super) fn read_before(
    db: &Connection,
    room: &RoomId,
    before: Seq,
    limit: u16,
) -> rusqlite::Result<Page> {
    let Some(room) = row::room_row_id(db, room)? else {
        return Ok(Page::default());
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM entries WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    );
    let mut page = page(
        db.prepare_cached(&sql)?,
        &[&room, &row::to_sql(before)],
        limit,
    )?;
    page.entries.reverse();
    Ok(page)
}

/// Reads up to `limit` rows in the statement's order. The query asks for one row more, to learn
/// whether the room has more.
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

/// See [`Engine::newest_at_ms`](crate::engine::Engine::newest_at_ms).
pub(super) fn newest_at_ms(db: &Connection) -> rusqlite::Result<Option<u64>> {
    let newest = "SELECT at_ms FROM entries ORDER BY seq DESC LIMIT 1";
    let at_ms = db.query_row(newest, [], |row| row.get::<_, i64>(0));
    Ok(at_ms.optional()?.map(i64::cast_unsigned))
}

/// The entries at these places that have words, the newest first: the index may still have the
/// places of deleted messages.
pub(super) fn entries_at(db: &Connection, seqs: &[i64]) -> rusqlite::Result<Vec<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE seq = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut newest_first = seqs.to_vec();
    newest_first.sort_unstable_by_key(|seq| Reverse(*seq));
    let (mut found, mut bytes) = (Vec::new(), 0);
    for seq in newest_first {
        let entry = statement.query_row([seq], row::entry).optional()?;
        if let Some(entry) = entry.filter(|entry| entry.body.text().is_some()) {
            bytes += text_bytes(&entry);
            found.push(entry);
        }
        if bytes > PAGE_BYTES_MAX {
            break;
        }
    }
    Ok(found)
}

/// The bytes of an entry's text in a frame, where some characters are escaped.
pub(super) fn text_bytes(entry: &Entry) -> usize {
    let text = entry.body.text().map_or("", Text::as_str);
    let escaped = |byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
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
    async fn at_most_log_readers_max_reads_run_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        drop(schema::open_writer(&path).unwrap());
        let open = move || schema::open_reader(&path);
        let readers = Readers::new(
            LOG_READERS_MAX,
            open,
            spawn_blocking(),
            [],
            Failures::default(),
        );
        let (running, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let barrier = Arc::new(Barrier::new(LOG_READERS_MAX));
        let reads = (0..5 * LOG_READERS_MAX).map(|_| {
            let (running, peak, barrier) = (running.clone(), peak.clone(), barrier.clone());
            readers.run(move |_| {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                peak.fetch_max(now, Ordering::SeqCst);
                barrier.wait();
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        for read in join_all(reads).await {
            read.unwrap();
        }
        assert_eq!(peak.load(Ordering::SeqCst), LOG_READERS_MAX);
        assert_eq!(readers.idle.lock().unwrap().len(), LOG_READERS_MAX);
    }
}
