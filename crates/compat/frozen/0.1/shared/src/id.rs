//! Identifiers of rooms, entries and members.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use uuid::Uuid;

use crate::limits::ROOM_BYTES_MAX;

/// A room's id: 1 to 64 characters of `a-z`, `0-9` and `-`, not starting with `-`. Also part of its
/// address, `/r/<room>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomId(Arc<str>);

/// Why a text is no room id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Room names use lowercase letters, numbers and hyphens, up to {ROOM_BYTES_MAX}.")]
pub struct RoomInvalid;

impl RoomId {
    /// Parses a room id.
    ///
    /// # Errors
    /// [`RoomInvalid`] if `text` is none.
    pub fn parse(text: &str) -> Result<Self, RoomInvalid> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let valid = (1..=ROOM_BYTES_MAX).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-');
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(RoomInvalid)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RoomId {
    type Error = RoomInvalid;

    fn try_from(text: String) -> Result<Self, RoomInvalid> {
        Self::parse(&text)
    }
}

impl From<RoomId> for String {
    fn from(room: RoomId) -> Self {
        room.0.as_ref().to_owned()
    }
}

impl FromStr for RoomId {
    type Err = RoomInvalid;

    fn from_str(text: &str) -> Result<Self, RoomInvalid> {
        Self::parse(text)
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("An id is a UUID, for example 01920000-0000-7000-8000-000000000000.")]
pub struct IdInvalid;

/// An entry's id, made by its author's client: a UUID of version 7 (RFC 9562, section 5.7). Posting
/// the same id to the same room again appends nothing. A message is identified by the id of its
/// post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(#[serde(deserialize_with = "uuid")] Uuid);

impl MessageId {
    /// When it was made, in Unix milliseconds on its author's clock.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        let time = &self.as_bytes()[..6];
        time.iter().fold(0, |ms, byte| ms << 8 | u64::from(*byte))
    }

    /// Makes an id from the time in Unix milliseconds and ten random bytes.
    #[must_use]
    pub fn new(now_unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(now_unix_ms, &random).into_uuid())
    }
}

/// A person or program, the same across names, connections and sessions. The token from welcome
/// proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(#[serde(deserialize_with = "uuid")] Uuid);

impl MemberId {
    /// Makes a member id from 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }
}

/// Deserializes a UUID. The `uuid` crate's own implementation would add its descriptions of every
/// malformed UUID to the page.
pub(crate) fn uuid<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(from)?;
    Uuid::try_parse(&text).map_err(|_| D::Error::custom(IdInvalid))
}

macro_rules! uuid_newtype {
    ($($name:ident),*) => {$(
        impl $name {
            /// The id's bytes, for storage.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these bytes, from `as_bytes`.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdInvalid;

            fn try_from(text: String) -> Result<Self, IdInvalid> {
                text.parse()
            }
        }

        impl FromStr for $name {
            type Err = IdInvalid;

            fn from_str(text: &str) -> Result<Self, IdInvalid> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdInvalid)
            }
        }
    )*};
}

uuid_newtype!(MessageId, MemberId);
pub(crate) use uuid_newtype;
