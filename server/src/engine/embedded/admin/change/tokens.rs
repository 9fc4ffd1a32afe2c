//! Taking tokens back.

use parlor_shared::limits::REVOKED_MAX;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::engine::embedded::admin::{
    made::{Made, NotMade, Refusal},
    note::note,
};

/// A token is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenRevoked {
    /// Its id.
    pub(in super::super) id: String,
    /// When it ends by itself, where that is known.
    pub(in super::super) expires_at_ms: Option<u64>,
    /// When it was taken back, in Unix milliseconds.
    pub(in super::super) at_ms: u64,
}

impl TokenRevoked {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        let expired = "DELETE FROM revoked WHERE expires_at_ms <= ?1";
        db.execute(expired, [self.at_ms.cast_signed()])?;
        let count = "SELECT count(*) FROM revoked WHERE id <> ?1";
        let count: i64 = db.query_row(count, [&self.id], |row| row.get(0))?;
        if count >= REVOKED_MAX as i64 {
            return Err(Refusal::TooMany.into());
        }
        let sql = "INSERT OR REPLACE INTO revoked (id, expires_at_ms) VALUES (?1, ?2)";
        db.execute(
            sql,
            params![self.id, self.expires_at_ms.map(u64::cast_signed)],
        )?;
        note(db, "a token was taken back", self.at_ms)?;
        Ok(Made::Done)
    }
}
