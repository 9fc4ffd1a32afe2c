//! Where something is in a log.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An entry's place in its log: strictly increasing within a room, with gaps where other rooms' entries lie.
///
/// Numbers start at 1 and stay below 2^53, so that every JSON reader holds them exactly.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry: the `prev` of a room's first entry, the position of an empty room.
    pub const ZERO: Self = Self(0);

    /// The smallest place after this one, used or not.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The largest place before this one, used or not.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which log this is. A new one means that positions from the old are void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(#[serde(deserialize_with = "crate::id::uuid")] Uuid);

impl Epoch {
    /// An epoch from 16 random bytes, drawn once when a log is made.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }

    /// The epoch's bytes, to keep it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The epoch that [`Epoch::as_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in one particular log: what a client resumes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The log.
    pub epoch: Epoch,
    /// The place in it.
    pub seq: Seq,
}
