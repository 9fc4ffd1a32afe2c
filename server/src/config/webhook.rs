//! The command that makes webhooks and looks after them, while the server runs or not.

use std::str::FromStr;

use clap::{Args, Subcommand};
use parlor_shared::{Name, Position, RoomId, RoomPattern, Seq};

use crate::fetch::FetchAddress;

/// Send what is written to programs elsewhere, and take messages from them
///
/// An outgoing webhook sends every entry after its place in the log, in order and signed; an entry
/// may come twice, and none is left out when the receiver was down. An incoming webhook is a secret
/// address: what programs send there, in Slack's format, a bot posts. docs/WEBHOOKS.md has both.
#[derive(Debug, Clone, Args)]
pub struct WebhookCommand {
    /// What to do
    #[command(subcommand)]
    pub action: WebhookAction,
}

/// What is done about webhooks.
#[derive(Debug, Clone, Subcommand)]
pub enum WebhookAction {
    /// Send what is written in a room to an address, and print the secret that signs it
    ///
    /// The secret is printed this once. The address must be a public one with https, unless its
    /// host or network is listed with --fetch-from where the server is started.
    Add {
        /// Where entries are sent, such as `https://example.org/parlor`
        #[arg(value_name = "URL")]
        address: FetchAddress,
        /// Room, or rooms such as 'team-*' or '*', of which private ones are none
        #[arg(long, value_name = "ROOM")]
        room: RoomPattern,
        /// What to call it in lists
        #[arg(long, value_name = "NAME", default_value = "webhook", value_parser = parse_name)]
        name: Name,
        /// Where to begin: now, start, or a place of the log as `webhook replay` takes it
        #[arg(long, value_name = "PLACE", default_value = "now")]
        from: WebhookPlace,
    },
    /// Print a secret address that posts in a room what it is sent as for Slack
    ///
    /// The address is printed this once. Who knows it can post.
    Incoming {
        /// The room
        #[arg(long, value_name = "ROOM")]
        room: RoomId,
        /// The name under which it posts
        #[arg(long, value_name = "NAME", value_parser = parse_name)]
        name: Name,
    },
    /// List the webhooks, with how far each is behind and why
    List,
    /// Remove a webhook: nothing is sent any more, and its address posts nothing
    Remove {
        /// Its number in the list
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    /// Have a webhook try again at once, or send everything after a place of the log again
    Replay {
        /// Its number in the list
        #[arg(value_name = "NUMBER")]
        number: i64,
        /// After this place: start, a seq, or a position as a delivery has it [default: where it
        /// is]
        #[arg(long, value_name = "PLACE")]
        after: Option<WebhookPlace>,
    },
}

fn parse_name(text: &str) -> Result<Name, parlor_shared::TextInvalid> {
    Name::parse(text)
}

/// A place of the log, as an operator names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookPlace {
    /// The log's end.
    Now,
    /// Before what is left of the log.
    Start,
    /// After this entry.
    Seq(Seq),
    /// After an entry of a history that may have ended.
    Position(Position),
}

/// Not a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a place is now, start, an entry's seq, or a position as a delivery has it, such as \
     12.0199c82c-c000-4101-8101-010101010101"
)]
pub struct WebhookPlaceInvalid;

impl FromStr for WebhookPlace {
    type Err = WebhookPlaceInvalid;

    fn from_str(text: &str) -> Result<Self, WebhookPlaceInvalid> {
        match text {
            "now" => return Ok(Self::Now),
            "start" => return Ok(Self::Start),
            _ => {}
        }
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(position));
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let seq = is_number.then(|| text.parse().ok()).flatten();
        seq.map(|seq| Self::Seq(Seq(seq)))
            .ok_or(WebhookPlaceInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_word_a_seq_or_a_position() {
        assert_eq!("now".parse(), Ok(WebhookPlace::Now));
        assert_eq!("start".parse(), Ok(WebhookPlace::Start));
        assert_eq!("12".parse(), Ok(WebhookPlace::Seq(Seq(12))));
        let text = "12.0199c82c-c000-4101-8101-010101010101";
        let position = text.parse().unwrap();
        assert_eq!(text.parse(), Ok(WebhookPlace::Position(position)));
        for wrong in ["", "-1", "+1", "soon", "12.", "99999999999999999999999"] {
            assert_eq!(
                wrong.parse::<WebhookPlace>(),
                Err(WebhookPlaceInvalid),
                "{wrong}"
            );
        }
    }
}
