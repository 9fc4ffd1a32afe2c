//! What SQL costs, for tests: a time would differ from machine to machine, and steps do not.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use rusqlite::Connection;

use super::schema;

/// How many steps SQLite's virtual machine has taken for a connection.
pub(super) struct Steps(Arc<AtomicU64>);

impl Steps {
    /// Opens a log for writing, and counts its steps from now on.
    pub(super) fn open(folder: &Path) -> (Connection, Self) {
        let (mut db, _) = schema::open_writer(&folder.join("parlor.db")).unwrap();
        let steps = Arc::<AtomicU64>::default();
        let counted = steps.clone();
        let count = move || {
            counted.fetch_add(1, Relaxed);
            false
        };
        db.progress_handler(1, Some(count)).unwrap();
        (db, Self(steps))
    }

    /// How many there were so far.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
