//! The admin log: what moderators and operators did that stands on no room's log. Members never see
//! it.

use super::{AdminError, AdminFile};

/// A line of the admin log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminLine {
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// Who did what, for people.
    pub what: String,
}

impl AdminFile {
    /// The newest lines of the admin log, the newest first.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn admin_log(&self, limit: usize) -> Result<Vec<AdminLine>, AdminError> {
        let db = self.lock();
        let sql = "SELECT at_ms, what FROM admin_log ORDER BY id DESC LIMIT ?1";
        let mut statement = db.prepare_cached(sql)?;
        let lines = statement.query_map([limit as i64], |row| {
            Ok(AdminLine {
                at_ms: row.get::<_, i64>(0)?.cast_unsigned(),
                what: row.get(1)?,
            })
        })?;
        Ok(lines.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::limits::ADMIN_LOG_MAX;

    use super::*;
    use crate::engine::embedded::admin::note::note;

    #[test]
    fn the_oldest_lines_make_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let fill = "INSERT INTO admin_log (at_ms, what)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
            SELECT n, 'x' FROM n";
        file.lock().execute(fill, [ADMIN_LOG_MAX as i64]).unwrap();
        note(&file.lock(), "newest", 7).unwrap();
        let lines = file.admin_log(2 * ADMIN_LOG_MAX).unwrap();
        assert_eq!(lines.len(), ADMIN_LOG_MAX);
        assert_eq!(lines[0].what, "newest");
        assert_eq!(lines[ADMIN_LOG_MAX - 1].at_ms, 2);
    }
}
