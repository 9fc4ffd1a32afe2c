//! Access tokens that were taken back before they end.

use parlor_shared::limits::REVOKED_MAX;
use rusqlite::params;

use super::{AdminError, AdminFile, journal::note};

/// A token was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// As many are as may be.
    #[error("{REVOKED_MAX} tokens that have not expired are taken back already")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<rusqlite::Error> for RevokeError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

impl AdminFile {
    /// Takes a token back by its id. It is remembered until the token would have expired, where
    /// that is known; those that have expired make way.
    ///
    /// # Errors
    /// [`RevokeError`].
    pub fn revoke_token(
        &self,
        id: &str,
        expires_at_ms: Option<u64>,
        now_ms: u64,
    ) -> Result<(), RevokeError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let expired = "DELETE FROM revoked WHERE expires_at_ms <= ?1";
        transaction.execute(expired, [now_ms.cast_signed()])?;
        let count = "SELECT count(*) FROM revoked WHERE id <> ?1";
        let count: i64 = transaction.query_row(count, [id], |row| row.get(0))?;
        if count >= REVOKED_MAX as i64 {
            return Err(RevokeError::TooMany);
        }
        let sql = "INSERT OR REPLACE INTO revoked (id, expires_at_ms) VALUES (?1, ?2)";
        transaction.execute(sql, params![id, expires_at_ms.map(u64::cast_signed)])?;
        note(&transaction, "a token was taken back", now_ms)?;
        transaction.commit()?;
        Ok(())
    }

    /// The ids of the tokens that were taken back.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn revoked_tokens(&self) -> Result<Vec<String>, AdminError> {
        let db = self.lock();
        let mut statement = db.prepare_cached("SELECT id FROM revoked LIMIT ?1")?;
        let ids = statement.query_map([REVOKED_MAX as i64], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }
}
