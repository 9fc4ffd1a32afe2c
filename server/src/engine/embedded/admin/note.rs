//! Writes the admin log, which `journal.rs` reads.

use parlor_shared::limits::ADMIN_LOG_MAX;
use rusqlite::{Connection, params};

/// Adds a line within the caller's transaction. Past [`ADMIN_LOG_MAX`] the oldest makes way.
pub(super) fn note(db: &Connection, what: &str, now_ms: u64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO admin_log (at_ms, what) VALUES (?1, ?2)")?
        .execute(params![now_ms.cast_signed(), what])?;
    let oldest = db.last_insert_rowid() - ADMIN_LOG_MAX as i64;
    db.prepare_cached("DELETE FROM admin_log WHERE id <= ?1")?
        .execute([oldest])?;
    Ok(())
}
