//! Why a request was not done.

use parlor_shared::{ErrorCode, Refusal, close::CloseCode};

use crate::{
    engine::{AppendError, ReadError},
    rate::TooFast,
    rooms::hub::TooManyRooms,
};

/// Why a request was not done, and whether the connection ends with it.
#[derive(Debug)]
pub(crate) struct RequestError {
    /// What the client is told.
    pub(crate) refusal: Box<Refusal>,
    /// The code the connection is closed with, if it is.
    pub(crate) close: Option<CloseCode>,
}

impl RequestError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Refusal::new(code, message).into()
    }

    pub(crate) fn not_joined() -> Self {
        Self::new(ErrorCode::NotJoined, "Join the room first.")
    }

    /// The same, and the connection is closed.
    pub(crate) fn closing(self, code: CloseCode) -> Self {
        let close = Some(code);
        Self { close, ..self }
    }
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Box::new(refusal),
            close: None,
        }
    }
}

impl From<ReadError> for RequestError {
    fn from(error: ReadError) -> Self {
        Self::new(ErrorCode::LogUnavailable, error.to_string())
    }
}

impl From<AppendError> for RequestError {
    fn from(error: AppendError) -> Self {
        let left_ms = match error {
            AppendError::Muted { left_ms } | AppendError::SlowMode { left_ms } => Some(left_ms),
            AppendError::TargetUnknown
            | AppendError::NotAuthor
            | AppendError::TooManyPins
            | AppendError::NotModerator
            | AppendError::TooManyMutes
            | AppendError::MuteOver
            | AppendError::OutOfOrder
            | AppendError::Unavailable
            | AppendError::Closed => None,
        };
        let code = match error {
            AppendError::TargetUnknown => ErrorCode::TargetUnknown,
            AppendError::NotAuthor => ErrorCode::NotAuthor,
            AppendError::TooManyPins => ErrorCode::TooManyPins,
            AppendError::Muted { .. } => ErrorCode::Muted,
            AppendError::SlowMode { .. } => ErrorCode::SlowMode,
            AppendError::NotModerator => ErrorCode::NotAllowed,
            AppendError::TooManyMutes => ErrorCode::TooManyMutes,
            AppendError::MuteOver => ErrorCode::OutOfRange,
            AppendError::OutOfOrder => ErrorCode::OutOfOrder,
            AppendError::Unavailable | AppendError::Closed => ErrorCode::LogUnavailable,
        };
        let mut refusal = Refusal::new(code, error.to_string());
        refusal.retry_after_ms = left_ms;
        refusal.into()
    }
}

impl From<TooManyRooms> for RequestError {
    fn from(error: TooManyRooms) -> Self {
        Self::new(ErrorCode::Busy, error.to_string())
    }
}

impl From<TooFast> for RequestError {
    fn from(error: TooFast) -> Self {
        let mut refusal = Refusal::new(ErrorCode::RateLimited, error.to_string());
        refusal.retry_after_ms = Some(error.retry_after.as_millis() as u64 + 1);
        refusal.into()
    }
}
