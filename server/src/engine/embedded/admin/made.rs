//! What becomes of a change of the file.

use serde::{Deserialize, Serialize};

use super::{error::AdminError, grant::Grant};

/// What a change has made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Made {
    /// What was asked for.
    Done,
    /// Something with this number.
    Number(i64),
    /// Something, or nothing where there was nothing to change.
    Found(bool),
    /// A right of a member.
    Granted(Grant),
}

/// Why a change has changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// There are as many as there may be.
    TooMany,
    /// There is no such invitation.
    Unknown,
    /// The invitation has ended.
    Expired,
    /// The invitation was used as often as it may be.
    UsedUp,
}

/// What became of a change.
pub(crate) type ChangeResult = Result<Made, Refusal>;

/// Why a change was not made in the file.
#[derive(Debug)]
pub(super) enum NotMade {
    Refused(Refusal),
    File(rusqlite::Error),
}

impl From<Refusal> for NotMade {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for NotMade {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(error)
    }
}

/// A change was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// It was refused.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The file, or the stream, can't be used.
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<NotMade> for ChangeError {
    fn from(error: NotMade) -> Self {
        match error {
            NotMade::Refused(refusal) => Self::Refused(refusal),
            NotMade::File(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for ChangeError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

impl From<ChangeError> for AdminError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Failed(error) => error,
            ChangeError::Refused(refusal) => Self::Answer(format!("{refusal:?}")),
        }
    }
}

impl Made {
    /// The number of what was made.
    pub(super) fn number(self) -> Result<i64, AdminError> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Done | Self::Found(_) | Self::Granted(_) => Err(self.unexpected()),
        }
    }

    /// Whether there was something to change.
    pub(super) fn found(self) -> Result<bool, AdminError> {
        match self {
            Self::Found(found) => Ok(found),
            Self::Done | Self::Number(_) | Self::Granted(_) => Err(self.unexpected()),
        }
    }

    /// The right that a member has now.
    pub(super) fn granted(self) -> Result<Grant, AdminError> {
        match self {
            Self::Granted(grant) => Ok(grant),
            Self::Done | Self::Number(_) | Self::Found(_) => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> AdminError {
        AdminError::Answer(format!("{self:?}"))
    }
}
