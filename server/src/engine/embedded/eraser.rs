//! Erases the words of deleted messages beside the appends: first from the database file, then from
//! the write-ahead log, which still has the pages as they were before.

use std::time::{Duration, Instant};

use parlor_shared::{
    Body,
    limits::{ERASE_EXPIRED_MS, ERASE_GROUPS_MAX, ERASE_INTERVAL_MS},
};
use rusqlite::Connection;

use super::{schema, withheld};
use crate::engine::Committed;

/// What is left to erase, and when.
#[derive(Debug)]
pub(super) struct Eraser {
    /// Whether deleted messages wait to be blanked.
    is_pending: bool,
    /// Whether the write-ahead log may still have words that are blank in the file.
    wal_has_words: bool,
    /// When retention has deleted entries that the write-ahead log may still have.
    expired: Option<Expired>,
    /// The groups committed since the last step.
    groups: u32,
    /// When the write-ahead log was last truncated, or a step failed.
    waits_since: Option<Instant>,
}

/// When entries were deleted that the write-ahead log may still have.
#[derive(Debug, Clone, Copy)]
struct Expired {
    first: Instant,
    last: Instant,
}

impl Expired {
    /// The time until the write-ahead log is to be emptied: once retention is done, since every
    /// commit after that is slower until the log has grown again.
    fn due(self) -> Duration {
        let left = |from: Instant, ms| Duration::from_millis(ms).saturating_sub(from.elapsed());
        left(self.last, ERASE_INTERVAL_MS).min(left(self.first, ERASE_EXPIRED_MS))
    }
}

impl Eraser {
    /// Continues where the last run stopped.
    pub(super) fn open(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            is_pending: withheld::is_any(db)?,
            wal_has_words: false,
            expired: None,
            groups: 0,
            waits_since: None,
        })
    }

    /// These entries were committed: if one is a deletion or unpins a message, there is something
    /// to erase.
    pub(super) fn on_committed(&mut self, group: &[Committed]) {
        let is_deletion =
            |committed: &Committed| matches!(committed.entry.body, Body::Deletion { .. });
        self.is_pending |= group.iter().any(is_deletion);
        // The words that were kept with a pin may be those of an entry that has expired.
        let is_unpin =
            |committed: &Committed| matches!(committed.entry.body, Body::Pin { on: false, .. });
        self.wal_has_words |= group.iter().any(is_unpin);
    }

    /// Retention has deleted entries: they are still in the write-ahead log.
    pub(super) fn on_expired(&mut self) {
        let last = Instant::now();
        let first = self.expired.map_or(last, |expired| expired.first);
        self.expired = Some(Expired { first, last });
    }

    /// Whether there is something left to erase.
    pub(super) fn has_work(&self) -> bool {
        self.is_pending || self.wal_has_words || self.expired.is_some()
    }

    /// The time until the next step, if no job comes; `None` if nothing is left to erase.
    pub(super) fn due(&self) -> Option<Duration> {
        let interval = Duration::from_millis(ERASE_INTERVAL_MS);
        let remaining = |at: Instant| interval.saturating_sub(at.elapsed());
        let wait = self.waits_since.map_or(Duration::ZERO, remaining);
        let is_next = self.is_pending || self.wal_has_words;
        let of_expired = self.expired.map(|expired| expired.due().max(wait));
        is_next.then_some(wait).or(of_expired)
    }

    /// Counts a committed group. Returns whether the writer has been busy for so long that a
    /// step is due although appends are waiting.
    pub(super) fn count_group(&mut self) -> bool {
        self.groups += 1;
        self.groups >= ERASE_GROUPS_MAX && self.due().is_some_and(|wait| wait.is_zero())
    }

    /// Blanks a few entries or, once all are blank, truncates the write-ahead log. A reader that
    /// still needs it delays that to a later step.
    pub(super) fn step(&mut self, db: &mut Connection) -> rusqlite::Result<()> {
        self.groups = 0;
        let result = if self.is_pending {
            withheld::blank(db).map(|is_left| {
                self.is_pending = is_left;
                self.wal_has_words = true;
                self.waits_since = None;
            })
        } else {
            self.waits_since = Some(Instant::now());
            schema::truncate_wal(db).map(|truncated| {
                self.wal_has_words = !truncated;
                self.expired = None;
            })
        };
        if result.is_err() {
            self.waits_since = Some(Instant::now());
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_writer_erases_after_some_groups_and_empties_the_wal_at_intervals() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        let mut eraser = Eraser::open(&db).unwrap();
        assert_eq!(eraser.due(), None);
        eraser.is_pending = true;
        for _ in 1..ERASE_GROUPS_MAX {
            assert!(!eraser.count_group());
        }
        assert!(eraser.count_group());
        eraser.step(&mut db).unwrap();
        assert!(!eraser.count_group(), "the count starts again");
        assert_eq!(
            eraser.due(),
            Some(Duration::ZERO),
            "the log is to be emptied"
        );
        eraser.step(&mut db).unwrap();
        assert_eq!(eraser.due(), None);
        eraser.wal_has_words = true;
        let interval = Duration::from_millis(ERASE_INTERVAL_MS);
        let due = eraser.due().unwrap();
        assert!(due <= interval, "{due:?}");
    }
    #[test]
    fn expired_entries_leave_the_wal_once_retention_is_done_or_has_gone_on_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        let mut eraser = Eraser::open(&db).unwrap();
        eraser.on_expired();
        let (soon, late) = (
            Duration::from_millis(ERASE_INTERVAL_MS),
            Duration::from_millis(ERASE_EXPIRED_MS),
        );
        let due = eraser.due().unwrap();
        assert!(due <= soon && due > Duration::ZERO, "{due:?}");
        let before = |time| Instant::now().checked_sub(time).unwrap();
        // Retention is done.
        let (first, last) = (before(soon), before(soon));
        eraser.expired = Some(Expired { first, last });
        assert_eq!(eraser.due(), Some(Duration::ZERO));
        // It goes on.
        eraser.on_expired();
        assert!(eraser.due().unwrap() > Duration::ZERO);
        eraser.expired = Some(Expired {
            first: before(late),
            last,
        });
        eraser.on_expired();
        assert_eq!(eraser.due(), Some(Duration::ZERO));
        eraser.step(&mut db).unwrap();
        assert_eq!(eraser.due(), None);
    }
}
