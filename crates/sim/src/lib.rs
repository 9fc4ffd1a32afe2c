//! Deterministic simulation of sessions and the server: see `tests/sim` and `docs/TESTING.md`.

use std::env;

/// A kind of worlds. The simulation runs all seeds, or those whose worlds are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worlds {
    /// One server has a log of its own.
    Own,
    /// Two nodes or more share a stream.
    Several,
}

impl Worlds {
    /// The environment variable that names the kind.
    pub const VARIABLE: &str = "PARLOR_SIM_WORLDS";

    /// The kind that the variable names; `None` if it is not set.
    ///
    /// # Errors
    /// What the variable may be, if it is something else.
    pub fn from_env() -> Result<Option<Self>, String> {
        let Ok(name) = env::var(Self::VARIABLE) else {
            return Ok(None);
        };
        let named = [Self::Own, Self::Several]
            .into_iter()
            .find(|kind| kind.name() == name);
        match named {
            Some(kind) => Ok(Some(kind)),
            None => Err(format!("{} is own or several, not {name}", Self::VARIABLE)),
        }
    }

    /// As the variable names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Several => "several",
        }
    }
}
