//! Who may come in, and what they may do: rights, the kinds of room, and what a client shows to
//! come in.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    RoomId, TextInvalid,
    limits::{ACCESS_SECRET_BYTES_MAX, ACCESS_TOKEN_BYTES_MAX, RIGHTS_RULES_MAX},
};

/// What a member may do in a room. Each right includes those before it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Join, read and search.
    Read,
    /// Post, edit and delete their own messages, react, and set the room's name, topic and pins:
    /// what most members may do in most rooms.
    #[default]
    Post,
    /// Do what moderators do with the messages and the members of the room.
    Moderate,
    /// Make others moderators, invite, and change the room's kind.
    Own,
}

impl Right {
    /// Every right, the least first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Post, Self::Moderate, Self::Own];

    /// The word for it, on the wire and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Post => "post",
            Self::Moderate => "moderate",
            Self::Own => "own",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Right {
    type Err = RightInvalid;

    fn from_str(text: &str) -> Result<Self, RightInvalid> {
        let right = Self::ALL.into_iter().find(|right| right.as_str() == text);
        right.ok_or(RightInvalid)
    }
}

/// Not a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a right is read, post, moderate or own")]
pub struct RightInvalid;

/// Who may do what in a room by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Who may come in and post anywhere may do so here.
    #[default]
    Open,
    /// Only those who moderate, or have a right to post in this very room, post here.
    ReadOnly,
    /// Only those who moderate, or have a right in this very room, come in. The directory does not
    /// list it.
    Private,
}

impl RoomKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Open, Self::ReadOnly, Self::Private];

    /// The word for it, on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ReadOnly => "read_only",
            Self::Private => "private",
        }
    }
}

/// A kind of room that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a room is open, read_only or private")]
pub struct RoomKindUnknown;

impl TryFrom<String> for RoomKind {
    type Error = RoomKindUnknown;

    fn try_from(text: String) -> Result<Self, RoomKindUnknown> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or(RoomKindUnknown)
    }
}

/// The rooms that a rule is about: one room, or all whose ids begin with what stands before a `*`
/// at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomPattern(String);

/// Not a pattern of rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rooms are named by a room's id, such as team, or by how it begins, such as team-* or *")]
pub struct RoomPatternInvalid;

impl RoomPattern {
    /// All rooms.
    #[must_use]
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// This room alone.
    #[must_use]
    pub fn one(room: &RoomId) -> Self {
        Self(room.as_str().to_owned())
    }

    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The room, if the pattern names a single one.
    #[must_use]
    pub fn room(&self) -> Option<RoomId> {
        RoomId::parse(&self.0).ok()
    }

    /// Whether the room is one of these.
    #[must_use]
    pub fn matches(&self, room: &RoomId) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => room.as_str().starts_with(start),
            None => room.as_str() == self.0,
        }
    }
}

impl TryFrom<String> for RoomPattern {
    type Error = RoomPatternInvalid;

    fn try_from(text: String) -> Result<Self, RoomPatternInvalid> {
        let start = text.strip_suffix('*');
        // What stands before the `*` is the beginning of a room's id.
        let is_valid = start == Some("") || RoomId::parse(start.unwrap_or(&text)).is_ok();
        is_valid.then_some(Self(text)).ok_or(RoomPatternInvalid)
    }
}

impl std::str::FromStr for RoomPattern {
    type Err = RoomPatternInvalid;

    fn from_str(text: &str) -> Result<Self, RoomPatternInvalid> {
        Self::try_from(text.to_owned())
    }
}

impl From<RoomPattern> for String {
    fn from(pattern: RoomPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for RoomPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rules about one member, at most [`RIGHTS_RULES_MAX`]. Rules only add: the highest right that
/// any of them gives counts. In JSON an object: `{"team-*":"post","lobby":"read"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<RoomPattern, Right>",
    into = "BTreeMap<RoomPattern, Right>"
)]
pub struct Rights(BTreeMap<RoomPattern, Right>);

/// More than [`RIGHTS_RULES_MAX`] rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a member has at most {RIGHTS_RULES_MAX} rules")]
pub struct TooManyRules;

impl Rights {
    /// A right in all rooms.
    #[must_use]
    pub fn everywhere(right: Right) -> Self {
        Self(BTreeMap::from([(RoomPattern::all(), right)]))
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rules, each with its right.
    pub fn rules(&self) -> impl Iterator<Item = (&RoomPattern, Right)> {
        self.0.iter().map(|(rooms, right)| (rooms, *right))
    }

    /// Adds a rule, or raises the right of the one about the same rooms.
    ///
    /// # Errors
    /// [`TooManyRules`]; then nothing is added.
    pub fn add(&mut self, rooms: RoomPattern, right: Right) -> Result<(), TooManyRules> {
        if self.0.len() >= RIGHTS_RULES_MAX && !self.0.contains_key(&rooms) {
            return Err(TooManyRules);
        }
        let known = self.0.entry(rooms).or_insert(right);
        *known = right.max(*known);
        Ok(())
    }

    /// The right in a room of this kind; `None` for none.
    ///
    /// In a room that is not open, a rule for many rooms counts only where it makes a moderator: a
    /// right to post everywhere is none to post where only few do.
    #[must_use]
    pub fn in_room(&self, room: &RoomId, kind: RoomKind) -> Option<Right> {
        let matching = self.rules().filter(|(rooms, _)| rooms.matches(room));
        let given = matching.filter_map(|(rooms, right)| {
            if right >= Right::Moderate || rooms.as_str() == room.as_str() {
                return Some(right);
            }
            match kind {
                RoomKind::Open => Some(right),
                RoomKind::ReadOnly => Some(Right::Read),
                RoomKind::Private => None,
            }
        });
        given.max()
    }
}

impl TryFrom<BTreeMap<RoomPattern, Right>> for Rights {
    type Error = TooManyRules;

    fn try_from(rules: BTreeMap<RoomPattern, Right>) -> Result<Self, TooManyRules> {
        let fits = rules.len() <= RIGHTS_RULES_MAX;
        fits.then_some(Self(rules)).ok_or(TooManyRules)
    }
}

impl From<Rights> for BTreeMap<RoomPattern, Right> {
    fn from(rights: Rights) -> Self {
        rights.0
    }
}

/// What a client shows to come in, in hello. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The password that everyone has.
    Password(AccessSecret),
    /// The code of an invitation.
    Invitation(AccessSecret),
    /// The code that another device of the member shows.
    Device(AccessSecret),
    /// A token: a JWT (RFC 7519). In JSON a text, where the others are objects.
    #[serde(untagged)]
    Token(AccessToken),
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::Invitation(_) => "Invitation(…)",
            Self::Device(_) => "Device(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

macro_rules! secret_text {
    ($name:ident, $max:ident, $what:literal, $accepts:expr) => {
        #[doc = $what]
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextInvalid;

            fn try_from(text: String) -> Result<Self, TextInvalid> {
                let is_valid = (1..=$max).contains(&text.len()) && text.chars().all($accepts);
                is_valid.then_some(Self(text)).ok_or(TextInvalid::Access)
            }
        }

        impl From<$name> for String {
            fn from(secret: $name) -> Self {
                secret.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret_text!(
    AccessToken,
    ACCESS_TOKEN_BYTES_MAX,
    "A token that lets its bearer in: a JWT, printable ASCII. `Debug` does not show it.",
    |c| c.is_ascii_graphic()
);
secret_text!(
    AccessSecret,
    ACCESS_SECRET_BYTES_MAX,
    "A password or a code. `Debug` does not show it.",
    |c: char| !c.is_control()
);
