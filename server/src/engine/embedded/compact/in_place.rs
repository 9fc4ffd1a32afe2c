//! Makes a file smaller in place, while others read and write it: pages of the file's end are moved
//! into free ones, and the end is cut off.
//!
//! Each transaction is short and is followed by a pause, so that the server's writer, which waits
//! for the file's lock meanwhile, is never kept waiting for long. A kill loses at most the
//! transaction under way.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use parlor_shared::limits::{COMPACT_PAGES_MAX, COMPACT_STEP_MS};
use rusqlite::{Connection, TransactionBehavior};

use super::file::{CompactError, CompactedFile, name, open, size};
use crate::engine::embedded::schema::{self, is_incremental};

/// How many times the length of a transaction the pause after it is.
const PAUSE_FACTOR: u32 = 4;
/// Pages that are moved before the clock is looked at again.
const PAGES_AT_ONCE: u64 = 8;
/// How often the file's lock is asked for, once a millisecond, before this gives up.
const LOCK_ATTEMPTS_MAX: i32 = 10_000;
/// Pages that are moved before they are copied from the write-ahead log into the file.
const CHECKPOINT_PAGES: u64 = 2_000;
/// How often a reader of the file's end is waited for, and for how long each time.
const SHRINK_ATTEMPTS_MAX: u32 = 50;
const SHRINK_PAUSE: Duration = Duration::from_millis(100);

/// Gives back as many pages as are free when it begins.
pub(super) fn compact(path: &Path) -> Result<CompactedFile, CompactError> {
    let failed = |error| CompactError::of_sqlite(path, error);
    let mut db = open(path).map_err(failed)?;
    if !is_incremental(&db).map_err(failed)? {
        let path = path.to_owned();
        return Err(CompactError::OfEarlierVersion { path });
    }
    // SQLite's own way to wait sleeps for up to a tenth of a second, in which a busy writer takes
    // the lock again and again.
    let wait = |attempts| {
        thread::sleep(Duration::from_millis(1));
        attempts < LOCK_ATTEMPTS_MAX
    };
    db.busy_handler(Some(wait)).map_err(failed)?;
    let before = pages(&db).map_err(failed)?.bytes();
    give_back(&mut db).map_err(failed)?;
    let wanted = shrink(&db, path).map_err(failed)?;
    let now = size(path);
    Ok(CompactedFile {
        name: name(path),
        before,
        after: wanted.max(now.min(before)),
        later: now.min(before).saturating_sub(wanted),
    })
}

/// The pages of a file, those in its write-ahead log included.
struct Pages {
    all: u64,
    free: u64,
    bytes_each: u64,
}

impl Pages {
    fn bytes(&self) -> u64 {
        self.all * self.bytes_each
    }
}

fn pages(db: &Connection) -> rusqlite::Result<Pages> {
    let number = |pragma| db.pragma_query_value(None, pragma, |found| found.get::<_, u32>(0));
    Ok(Pages {
        all: number("page_count")?.into(),
        free: number("freelist_count")?.into(),
        bytes_each: number("page_size")?.into(),
    })
}

fn give_back(db: &mut Connection) -> rusqlite::Result<()> {
    // Not until none is free: retention may free others all the time.
    let free = pages(db)?.free;
    // With them go pages of the map of pages: one for some 800 others.
    let mut left = free + free / 512 + 1;
    let mut since_checkpoint = 0;
    while free > 0 && left > 0 {
        let start = Instant::now();
        let given = step(db, left, Duration::from_millis(COMPACT_STEP_MS))?;
        let took = start.elapsed();
        if given == 0 {
            break;
        }
        left -= given.min(left);
        since_checkpoint += given;
        if since_checkpoint >= CHECKPOINT_PAGES {
            since_checkpoint = 0;
            schema::checkpoint(db)?;
        }
        thread::sleep(took * PAUSE_FACTOR);
    }
    Ok(())
}

/// Gives back at most [`COMPACT_PAGES_MAX`] pages in one transaction, and no more than a few once
/// it has held the lock for `time_max`. Returns how many; 0 if none is free.
fn step(db: &mut Connection, pages_max: u64, time_max: Duration) -> rusqlite::Result<u64> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let start = Instant::now();
    let limit = pages_max.min(COMPACT_PAGES_MAX);
    let before = pages(&transaction)?.all;
    let mut given = 0;
    while given < limit {
        let some = PAGES_AT_ONCE.min(limit - given);
        {
            let sql = format!("PRAGMA incremental_vacuum({some})");
            let mut statement = transaction.prepare(&sql)?;
            let mut rows = statement.query([])?;
            // A row for each page.
            while rows.next()?.is_some() {}
        }
        let now = before.saturating_sub(pages(&transaction)?.all);
        let is_last = now == given || start.elapsed() >= time_max;
        given = now;
        if is_last {
            break;
        }
    }
    transaction.commit()?;
    Ok(given)
}

/// Copies the write-ahead log into the file, which cuts the file off, as soon as nobody reads an
/// earlier state of it. Returns the size that the file has then.
fn shrink(db: &Connection, path: &Path) -> rusqlite::Result<u64> {
    let mut wanted = 0;
    for attempt in 0..SHRINK_ATTEMPTS_MAX {
        if attempt > 0 {
            thread::sleep(SHRINK_PAUSE);
        }
        schema::checkpoint(db)?;
        // Appends let it grow meanwhile.
        wanted = pages(db)?.bytes();
        if size(path) <= wanted {
            break;
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_gives_back_a_bounded_number_of_pages_in_a_bounded_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        drop(schema::open_writer(&path).unwrap());
        let mut db = open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE filling (bytes BLOB); INSERT INTO filling VALUES (zeroblob(8000000));
            DROP TABLE filling",
        )
        .unwrap();
        let free = pages(&db).unwrap().free;
        assert!(free > 4 * COMPACT_PAGES_MAX, "{free}");
        let hour = Duration::from_secs(3_600);
        assert_eq!(step(&mut db, free, hour).unwrap(), COMPACT_PAGES_MAX);
        assert_eq!(step(&mut db, 3, hour).unwrap(), 3);
        assert_eq!(step(&mut db, free, Duration::ZERO).unwrap(), PAGES_AT_ONCE);
        give_back(&mut db).unwrap();
        assert_eq!(pages(&db).unwrap().free, 0);
        assert_eq!(step(&mut db, free, hour).unwrap(), 0);
    }
}
