//! The commands that change who may come in, while the server runs or not.

use std::str::FromStr;

use clap::Subcommand;
use parlor_shared::{MemberId, Name, Right, RoomPattern};

/// Commands about who may come in.
#[derive(Debug, Clone, Subcommand)]
pub enum AccessCommand {
    /// Print a link that invites who opens it
    ///
    /// It works at once, also where the server asks for a password or a token.
    Invite {
        /// Room, or rooms such as 'team-*' or '*'
        #[arg(long, value_name = "ROOM", default_value = "*")]
        room: RoomPattern,
        /// What they may do there: read, post, moderate or own
        #[arg(long, value_name = "RIGHT", default_value = "post")]
        rights: Right,
        /// How long the link works, such as 12h or 7d, or never to end it with uninvite
        #[arg(long, value_name = "TIME", default_value = "7d")]
        expires: Lifetime,
        /// How many people may use it [default: any number]
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        uses: Option<u32>,
    },
    /// List the invitations
    Invitations,
    /// Take an invitation back; who has used it stays
    Uninvite {
        /// Its number in the list
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    /// Print a link that makes who opens it first the owner, in place of an earlier one
    Owner,
    /// Set the password for --access password
    ///
    /// Asks for it on a terminal, and reads it from standard input otherwise. Who came in with the
    /// old one stays, and is asked for the new one the next time.
    Password,
    /// Print an access token that the server's own key has signed, or take one back
    ///
    /// With the token, an id that takes it back is printed to standard error.
    Token {
        /// Member id that the token is for [default: a new member]
        #[arg(long, value_name = "ID")]
        member: Option<MemberId>,
        /// Name of the member, which can't be changed then
        #[arg(long, value_name = "NAME", value_parser = parse_name)]
        name: Option<Name>,
        /// What the member may do, as ROOM=RIGHT; may be given several times
        #[arg(
            long,
            value_name = "ROOM=RIGHT",
            default_value = "*=post",
            value_delimiter = ','
        )]
        rights: Vec<RoomRight>,
        /// How long it is valid, such as 12h or 7d, or never
        #[arg(long, value_name = "TIME", default_value = "7d")]
        expires: Lifetime,
        /// Take back the token with this id (its `jti`), or this token: its connections are closed
        #[arg(
            long,
            value_name = "ID|TOKEN",
            conflicts_with_all = ["member", "name", "rights", "expires"]
        )]
        revoke: Option<String>,
    },
}

fn parse_name(text: &str) -> Result<Name, parlor_shared::TextInvalid> {
    Name::parse(text)
}

/// How long something is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// For this many seconds.
    Seconds(u64),
    /// Without an end.
    Endless,
}

/// Not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is a number with s, m, h or d, such as 12h or 7d, or the word never")]
pub struct LifetimeInvalid;

impl Lifetime {
    /// When it ends that begins now, in Unix milliseconds.
    #[must_use]
    pub fn end_ms(self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(now_ms.saturating_add(seconds.saturating_mul(1_000))),
            Self::Endless => None,
        }
    }
}

impl FromStr for Lifetime {
    type Err = LifetimeInvalid;

    fn from_str(text: &str) -> Result<Self, LifetimeInvalid> {
        if text == "never" {
            return Ok(Self::Endless);
        }
        let unit = text.chars().next_back().ok_or(LifetimeInvalid)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => return Err(LifetimeInvalid),
        };
        let count: u64 = text[..text.len() - unit.len_utf8()]
            .parse()
            .map_err(|_| LifetimeInvalid)?;
        let length = count.checked_mul(seconds).filter(|length| *length > 0);
        length.map(Self::Seconds).ok_or(LifetimeInvalid)
    }
}

/// A right in some rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRight {
    /// The rooms.
    pub rooms: RoomPattern,
    /// The right.
    pub right: Right,
}

/// Not a right in rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rights are given as ROOM=RIGHT, such as team-*=post")]
pub struct RoomRightInvalid;

impl FromStr for RoomRight {
    type Err = RoomRightInvalid;

    fn from_str(text: &str) -> Result<Self, RoomRightInvalid> {
        let (rooms, right) = text.split_once('=').ok_or(RoomRightInvalid)?;
        Ok(Self {
            rooms: rooms.parse().map_err(|_| RoomRightInvalid)?,
            right: right.parse().map_err(|_| RoomRightInvalid)?,
        })
    }
}
