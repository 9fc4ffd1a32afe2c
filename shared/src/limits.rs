//! Every bound of Parlor, once. Units come last in the names.

use serde::{Deserialize, Serialize};

// ---- what a message may be ----

/// Largest frame a client may send, headers not counted. Refused by its header with close code 1009.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest text of a post or an edit, in characters (Unicode scalar values).
pub const TEXT_CHARS_MAX: usize = 8_000;
/// Longest member name, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest room id, in bytes; a room id is ASCII.
pub const ROOM_BYTES_MAX: usize = 64;
/// Longest reaction, in bytes: one emoji, joined sequences included.
pub const EMOJI_BYTES_MAX: usize = 32;
/// Longest token, in bytes.
pub const TOKEN_BYTES_MAX: usize = 256;
/// Longest client name or version in hello, in bytes; what is longer is cut.
pub const CLIENT_INFO_BYTES_MAX: usize = 64;
/// Longest search text, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;

// ---- what a connection may do ----

/// Most rooms one connection may be in.
pub const ROOMS_PER_CONNECTION_MAX: usize = 64;
/// Time a connection has to say hello.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;
/// Period of the server's WebSocket pings.
pub const PING_INTERVAL_MS: u64 = 25_000;
/// Silence after a ping that ends the connection; any inbound frame counts as a sign of life.
pub const PONG_TIMEOUT_MS: u64 = 10_000;
/// Posts of one connection that may wait for their commit; past it the connection is not read.
pub const POSTS_IN_FLIGHT_MAX: usize = 256;
/// Bytes of replies (welcome, joined, history, errors) that may wait for one connection to take them; past it
/// the connection is not read.
pub const REPLIES_BYTES_MAX: usize = 512 * 1024;
/// Messages a connection, a member and an address may send per second in the long run.
pub const RATE_PER_SECOND: u32 = 50;
/// Messages that may come at once before the rate applies.
pub const RATE_BURST: u32 = 200;
/// An address may send this many times what a member may: many people can share one.
pub const RATE_ADDRESS_FACTOR: std::num::NonZeroU32 = std::num::NonZeroU32::new(4).unwrap();
/// Members and addresses the rate limiter remembers; past it the ones at rest are forgotten.
pub const RATE_KEYS_MAX: usize = 100_000;
/// Connections the server accepts by default.
pub const CONNECTIONS_MAX: usize = 20_000;
/// Longest wait for open connections to take their close frame at shutdown.
pub const SHUTDOWN_TIMEOUT_MS: u64 = 5_000;

// ---- what a page of the log is ----

/// Most entries in one history page.
pub const HISTORY_ENTRIES_MAX: u16 = 100;
/// Entries a newcomer gets of what came before.
pub const NEWCOMER_ENTRIES: u16 = 50;
/// Most entries in one search answer.
pub const SEARCH_ENTRIES_MAX: u16 = 50;
/// Entries a cursor behind the ring reads from the log at once.
pub const CATCH_UP_ENTRIES_MAX: u16 = 512;
/// Text bytes after which any page of the log ends early (one entry is always in it).
pub const PAGE_BYTES_MAX: usize = 128 * 1024;

// ---- what the server keeps in memory ----

/// Bytes of encoded recent frames a room's ring keeps.
pub const RING_BYTES_MAX: usize = 1024 * 1024;
/// Frames a room's ring keeps.
pub const RING_FRAMES_MAX: usize = 8 * 1024;
/// Bytes handed to a connection at once (one frame at least, however large).
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Rooms in memory at once: those somebody is in, and those just left.
pub const ROOMS_LOADED_MAX: usize = 10_000;
/// Appends that may wait for the log's writer; past it posts wait in their connections.
pub const APPEND_QUEUE_MAX: usize = 4_096;
/// Most appends in one commit.
pub const APPEND_GROUP_MAX: usize = 1_024;
/// Most entries forgotten in one commit, fewer where their texts reach [`PAGE_BYTES_MAX`]: appends wait no longer than
/// that takes.
pub const DELETE_RANGE_ENTRIES_MAX: usize = 200;
/// How often the server looks for entries that are not to be kept.
pub const RETENTION_INTERVAL_MS: u64 = 60_000;
/// Log reads that run at once.
pub const LOG_READERS_MAX: usize = 4;
/// Connections of one thread in one room that are written to in one go, before others have their turn.
pub const GROUP_SUBSCRIBERS_MAX: usize = 512;

/// The full-text index is written at most this often while appends come, so that each message does not cost a second
/// commit; what was just said is found by then.
pub const INDEX_INTERVAL_MS: u64 = 250;

/// Bytes of the page's files, compressed forms included; a folder with more is not a page.
pub const PAGE_FILES_BYTES_MAX: u64 = 64 * 1024 * 1024;

// ---- who is here ----

/// Time after its last connection in which a member that comes back never left.
pub const PRESENCE_GRACE_MS: u64 = 15_000;
/// Most members named one by one; a larger room is told as a count.
pub const PRESENCE_MEMBERS_MAX: usize = 200;
/// A room told as a count is told by name again from so many members down, so that it does not go back and forth.
pub const PRESENCE_MEMBERS_LOW: usize = 150;
/// Members of a room that are waited for at once after their line was lost; past it the first ones have left.
pub const PRESENCE_GRACE_MEMBERS_MAX: usize = 10_000;
/// Presence differences are gathered for this long and told at once.
pub const PRESENCE_COALESCE_MS: u64 = 100;
/// The same in a room told as a count: each telling goes to everyone in it.
pub const PRESENCE_COUNT_COALESCE_MS: u64 = 1_000;
/// A client says that its member is typing at most this often.
pub const TYPING_INTERVAL_MS: u64 = 3_000;
/// Typing is shown this long, or until the member's next post.
pub const TYPING_SHOWN_MS: u64 = 6_000;

// ---- what a client keeps ----

/// Unacknowledged posts a client keeps to send again; a post past it is refused to its author.
pub const OUTBOX_POSTS_MAX: usize = 1_000;
/// Posts a session has on their way at once; the others wait in its outbox.
pub const OUTBOX_WINDOW: usize = 64;
/// Longest wait before a client connects again.
pub const BACKOFF_MS_MAX: u64 = 20_000;
/// Shortest wait before a client connects again, and the unit its random part doubles from.
pub const BACKOFF_MS_MIN: u64 = 500;
/// A connection that stayed welcomed this long was good: the next wait starts from the shortest again.
pub const BACKOFF_RESET_MS: u64 = 5_000;
/// First wait of a client before it asks again for what was refused for now, where the server names none; doubled each
/// time, up to [`BACKOFF_MS_MAX`].
pub const RETRY_MS_MIN: u64 = 1_000;
/// Longest wait a server's `retry_after_ms` can ask of a client.
pub const RETRY_MS_MAX: u64 = 60_000;
/// Shortest silence after which a client asks for a sign of life, whatever heartbeat the server tells.
pub const HEARTBEAT_MS_MIN: u64 = 1_000;
/// Longest silence after which a client asks for a sign of life, whatever heartbeat the server tells.
pub const HEARTBEAT_MS_MAX: u64 = 120_000;
/// Time a client gives a connection to open and be welcomed.
pub const CONNECT_TIMEOUT_MS: u64 = 15_000;
/// Edits, deletions and reactions a timeline keeps for posts it does not hold.
pub const TIMELINE_ORPHANS_MAX: usize = 10_000;
/// Messages a page keeps of one room. At the end of the list the oldest are forgotten past it; who reads back gets no
/// further than this.
pub const TIMELINE_MESSAGES_MAX: usize = 100_000;
/// Messages a page forgets at once then: to forget one by one would be work with each that comes.
pub const TIMELINE_TRIM_STEP: usize = 1_000;
/// Rooms a page is in at once by one's own choosing, well below [`ROOMS_PER_CONNECTION_MAX`]: unsent posts may go to others.
pub const PAGE_ROOMS_MAX: usize = 32;
/// Bytes of a room's newest entries a page keeps for its next visit: with [`PAGE_ROOMS_MAX`] rooms a megabyte of the five
/// that browsers give, so that unsent posts have their place.
pub const CACHED_ENTRIES_BYTES_MAX: usize = 32 * 1024;
/// Frames the page's wire drawer keeps.
pub const INSPECTOR_FRAMES_MAX: usize = 200;
/// Characters of a frame the wire drawer keeps.
pub const INSPECTOR_FRAME_CHARS_MAX: usize = 2_000;
/// Round trips, waits and seconds the wire drawer keeps.
pub const INSPECTOR_SAMPLES_MAX: usize = 60;
/// Members of whom a page remembers when it last heard of them; past it the one not heard of for longest is forgotten.
pub const ACTIVE_MEMBERS_MAX: usize = 1_000;
/// Rows a page has in the document; the others are brought in as one scrolls.
pub const WINDOW_ROWS_MAX: usize = 300;

/// The limits in force on a server, told in welcome so that a client need not guess them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// See [`FRAME_BYTES_MAX`].
    pub frame_bytes_max: u32,
    /// See [`TEXT_CHARS_MAX`].
    pub text_chars_max: u32,
    /// See [`NAME_BYTES_MAX`].
    pub name_bytes_max: u32,
    /// See [`ROOMS_PER_CONNECTION_MAX`].
    pub rooms_per_connection_max: u32,
    /// See [`HISTORY_ENTRIES_MAX`].
    pub history_entries_max: u16,
    /// See [`RATE_PER_SECOND`]; the operator may have set another.
    pub rate_per_second: u32,
    /// See [`RATE_BURST`]; the operator may have set another.
    pub rate_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: FRAME_BYTES_MAX as u32,
            text_chars_max: TEXT_CHARS_MAX as u32,
            name_bytes_max: NAME_BYTES_MAX as u32,
            rooms_per_connection_max: ROOMS_PER_CONNECTION_MAX as u32,
            history_entries_max: HISTORY_ENTRIES_MAX,
            rate_per_second: RATE_PER_SECOND,
            rate_burst: RATE_BURST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Emoji, Name, RoomId, Text, Token};

    #[test]
    fn what_is_named_or_said_may_be_so_long_and_not_longer() {
        assert!(RoomId::parse(&"r".repeat(ROOM_BYTES_MAX)).is_ok());
        assert!(RoomId::parse(&"r".repeat(ROOM_BYTES_MAX + 1)).is_err());
        assert!(Name::parse("ö".repeat(NAME_BYTES_MAX / 2)).is_ok());
        assert!(Name::parse("n".repeat(NAME_BYTES_MAX + 1)).is_err());
        assert!(Text::parse("🙂".repeat(TEXT_CHARS_MAX)).is_ok());
        assert!(Text::parse("t".repeat(TEXT_CHARS_MAX + 1)).is_err());
        assert!(Emoji::parse("🙂".repeat(EMOJI_BYTES_MAX / 4)).is_ok());
        assert!(Emoji::parse("🙂".repeat(EMOJI_BYTES_MAX / 4 + 1)).is_err());
        assert!(Token::parse("t".repeat(TOKEN_BYTES_MAX)).is_ok());
        assert!(Token::parse("t".repeat(TOKEN_BYTES_MAX + 1)).is_err());
    }
}
