//! Access tokens that were taken back before they end.

use parlor_shared::limits::REVOKED_MAX;

use super::{
    AdminError, AdminFile,
    change::{AdminChange, tokens::TokenRevoked},
    made::{ChangeError, Refusal},
};

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

impl From<ChangeError> for RevokeError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(_) | ChangeError::Failed(_) => AdminError::from(error).into(),
        }
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
        let change = TokenRevoked {
            id: id.to_owned(),
            expires_at_ms,
            at_ms: now_ms,
        };
        self.change(AdminChange::TokenRevoked(change))?;
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
