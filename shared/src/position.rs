//! Positions in a log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{IdInvalid, MessageId, uuid_newtype};

/// An entry's sequence number: strictly increasing within a room, with gaps where other rooms'
/// entries lie.
///
/// Numbers start at 1 and stay below 2^53, so every JSON parser reads them exactly.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry: the `prev` of a room's first entry, the position of an empty room.
    pub const ZERO: Self = Self(0);

    /// After every entry: `before` it are the newest.
    pub const END: Self = Self(1 << 53);

    /// The next number, whether or not an entry has it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The previous number, whether or not an entry has it.
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

/// Identifies a stretch of a log's history: every start of the server begins an epoch, at the log's
/// head of that moment.
///
/// A position of an epoch that the log does not know, or beyond the place at which the next epoch
/// began, is void: it belongs to another history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(#[serde(deserialize_with = "crate::id::uuid")] Uuid);

impl Epoch {
    /// Makes an epoch from 16 random bytes, drawn when it begins.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }
}

uuid_newtype!(Epoch);

/// A place in a room's log, as a request for the entries there names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", try_from = "PlaceFields")]
#[cfg_attr(feature = "schema", schemars(!try_from))]
pub enum Place {
    /// Around the post with this id.
    Message(MessageId),
    /// Around this place: as many entries before it as from it on.
    Seq(Seq),
    /// Around the first entry at or after this time, in Unix milliseconds; around the log's end
    /// where there is none.
    Time(u64),
    /// Before this place.
    Before(Seq),
    /// After this place.
    After(Seq),
}

/// A place as JSON: one of the fields is there.
#[derive(Deserialize)]
pub(crate) struct PlaceFields {
    pub(crate) message: Option<MessageId>,
    pub(crate) seq: Option<Seq>,
    pub(crate) time: Option<u64>,
    pub(crate) before: Option<Seq>,
    pub(crate) after: Option<Seq>,
}

/// Why fields are no place.
#[derive(Debug, thiserror::Error)]
#[error("a place is one of `message`, `seq`, `time`, `before` and `after`")]
pub(crate) struct PlaceInvalid;

impl TryFrom<PlaceFields> for Place {
    type Error = PlaceInvalid;

    fn try_from(fields: PlaceFields) -> Result<Self, PlaceInvalid> {
        let places = [
            fields.message.map(Self::Message),
            fields.seq.map(Self::Seq),
            fields.time.map(Self::Time),
            fields.before.map(Self::Before),
            fields.after.map(Self::After),
        ];
        let mut there = places.into_iter().flatten();
        match (there.next(), there.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) | (None, _) => Err(PlaceInvalid),
        }
    }
}

/// A place in one particular history of a log. A client resumes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// The epoch in which the place was read, or last confirmed by a join.
    pub epoch: Epoch,
    /// The entry's sequence number.
    pub seq: Seq,
}

/// The position as one text, to be kept and given back as it is: the seq, a dot, the epoch.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seq, self.epoch)
    }
}

/// The text is that of no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "A position is given back as it was received, such as 1234.0199c82c-c000-4101-8101-010101010101."
)]
pub struct PositionInvalid;

impl FromStr for Position {
    type Err = PositionInvalid;

    fn from_str(text: &str) -> Result<Self, PositionInvalid> {
        let (seq, epoch) = text.split_once('.').ok_or(PositionInvalid)?;
        // `parse` takes a sign, too.
        if !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PositionInvalid);
        }
        Ok(Self {
            epoch: epoch.parse().map_err(|_| PositionInvalid)?,
            seq: Seq(seq.parse().map_err(|_| PositionInvalid)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_and_no_other_text_is_one() {
        let position = Position {
            epoch: Epoch::from_bytes([0xAB; 16]),
            seq: Seq(1_234),
        };
        let text = position.to_string();
        assert_eq!(text, "1234.abababab-abab-abab-abab-abababababab");
        assert_eq!(text.parse(), Ok(position));
        for other in [
            "",
            "1234",
            "1234.",
            ".abababab-abab-abab-abab-abababababab",
            "+1.abababab-abab-abab-abab-abababababab",
            "99999999999999999999.abababab-abab-abab-abab-abababababab",
            "1.abababab-abab-abab-abab",
        ] {
            assert_eq!(other.parse::<Position>(), Err(PositionInvalid), "{other}");
        }
    }
}
