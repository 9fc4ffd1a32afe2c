//! The commands by which an operator moderates, while the server runs or not.

use std::time::Duration;

use clap::Subcommand;
use parlor_shared::{MessageId, RoomId};

/// What an operator does about people and messages.
#[derive(Debug, Clone, Subcommand)]
pub enum ModerationCommand {
    /// Keep a member or an address out, while the server runs or not
    ///
    /// WHO is a member's id, an address, or, with --room, the name of someone who has written
    /// there. Who is connected is sent away within seconds. Prints the ban's number, by which
    /// `parlor unban` lifts it.
    Ban {
        /// A member's id, an address, or with --room a name
        #[arg(value_name = "WHO")]
        who: String,
        /// Keep them out of this room only
        #[arg(long, value_name = "ROOM")]
        room: Option<RoomId>,
        /// How long, such as 30m, 12h or 7d
        #[arg(long = "for", value_name = "TIME", value_parser = parse_time)]
        duration: Duration,
        /// Ban the addresses, too, that the member connects from meanwhile
        #[arg(long)]
        addresses: bool,
        /// Why, for moderators
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Lift a ban
    Unban {
        /// Its number, as `parlor bans` prints it
        #[arg(value_name = "NUMBER")]
        number: u64,
    },
    /// Print the bans that hold, with their addresses
    Bans,
    /// Keep a member from posting in a room, while the server runs; it stands on the room's log
    Mute {
        /// The room
        #[arg(value_name = "ROOM")]
        room: RoomId,
        /// A member's id, or the name of someone who has written there
        #[arg(value_name = "WHO")]
        who: String,
        /// How long, such as 30m, 12h or 7d; 0m lifts the mute
        #[arg(long = "for", value_name = "TIME", value_parser = parse_time)]
        duration: Duration,
    },
    /// Have each member of a room wait between two messages, while the server runs
    SlowMode {
        /// The room
        #[arg(value_name = "ROOM")]
        room: RoomId,
        /// The wait in seconds; 0 for none
        #[arg(value_name = "SECONDS")]
        seconds: u32,
    },
    /// Delete a message, while the server runs
    Delete {
        /// The room
        #[arg(value_name = "ROOM")]
        room: RoomId,
        /// The message's id, as `parlor reports` prints it
        #[arg(value_name = "MESSAGE")]
        message: MessageId,
    },
    /// Print the open reports of all rooms, and the last lines of the admin log
    Reports,
}

/// Reads a time such as `30m`.
fn parse_time(text: &str) -> Result<Duration, String> {
    let unit_s = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        Some(_) | None => 0,
    };
    let count = text.get(..text.len().saturating_sub(1));
    let count: Option<u64> = count.and_then(|count| count.parse().ok());
    count
        .filter(|_| unit_s > 0)
        .and_then(|count| count.checked_mul(unit_s))
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number and s, m, h or d, such as 30m or 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_its_unit() {
        let hours = |hours: u64| Ok(Duration::from_secs(hours * 3_600));
        assert_eq!(parse_time("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_time("12h"), hours(12));
        assert_eq!(parse_time("7d"), hours(7 * 24));
        assert_eq!(parse_time("0s"), Ok(Duration::ZERO));
        for wrong in [
            "",
            "m",
            "7",
            "-1d",
            "7w",
            "1.5h",
            "99999999999999999999d",
            "5\u{fc}",
        ] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
