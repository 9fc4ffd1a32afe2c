//! Why `admin.db` can't be used.

/// Something is wrong with `admin.db`. Its text is for the operator, not for clients.
#[derive(Debug, thiserror::Error)]
#[error("admin.db can't be used: {0}")]
pub struct AdminError(#[from] rusqlite::Error);
