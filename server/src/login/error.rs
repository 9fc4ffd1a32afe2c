//! Why a login did not end here.

/// Why a login did not end here. The text is for the person; the code is for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LoginError {
    /// The browser does not show what it was given at the beginning.
    #[error("This sign-in was not begun in this browser, or another one was begun since.")]
    NotBegun,
    /// It has taken longer than a login may.
    #[error("This sign-in took too long.")]
    TooLate,
    /// The provider says that the person may not, or does not want to.
    #[error("You were not signed in: your account's provider says no.")]
    Denied,
    /// No rule gives the account anything.
    #[error("Your account may not come in here. Ask whoever runs this server.")]
    NotAllowed,
    /// What the provider says is not what it has to say. The server's log says more.
    #[error("The answer of your account's provider can't be trusted.")]
    Refused,
    /// The provider can't be reached.
    #[error("Your account's provider can't be reached at the moment. Try again later.")]
    Unavailable,
    /// Too many people log in right now.
    #[error("Too many people sign in right now. Try again in a moment.")]
    Busy,
}

impl LoginError {
    /// The reason, for programs. Stable.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "login_not_begun",
            Self::TooLate => "login_too_late",
            Self::Denied => "login_denied",
            Self::NotAllowed => "login_not_allowed",
            Self::Refused => "login_refused",
            Self::Unavailable => "login_unavailable",
            Self::Busy => "login_busy",
        }
    }
}
