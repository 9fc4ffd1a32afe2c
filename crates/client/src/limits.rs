//! The bounds of the driver. Those of the protocol and of the session are in
//! [`parlor_shared::limits`].

pub use parlor_shared::limits::{
    OUTBOX_POSTS_MAX, PRESENCE_MEMBERS_MAX, ROOMS_PER_CONNECTION_MAX, TEXT_CHARS_MAX,
};

/// Commands that wait for the driver; past it the caller waits.
pub const COMMANDS_MAX: usize = 64;
/// Events that wait for the program; past it the socket is not read.
pub const EVENTS_MAX: usize = 256;
/// Events of one room that wait for the program. Past it the client reads the room's entries again
/// from the log once the program has taken half of them.
pub const ROOM_EVENTS_MAX: usize = 256;
/// How long the client reads nothing because the queues of all rooms are full. After that it goes
/// on and drops what does not fit, so that a program that only posts stays connected.
pub const ROOM_STALL_MS: u64 = 5_000;
/// Entries that are asked for at once for a room whose program was slow. Fewer than half of
/// [`ROOM_EVENTS_MAX`], so that they always find room.
pub const ROOM_PAGE_ENTRIES: u16 = 100;
/// Questions that wait for their answers, or for the connection.
pub const QUESTIONS_WAITING_MAX: usize = 256;
/// Rooms whose places the state file keeps.
pub const SAVED_ROOMS_MAX: usize = 256;
/// Largest state file that is read: an outbox full of long posts fits, with every character of it
/// escaped.
pub const STATE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The least time between two writes of the state file for which nobody waits.
pub const STATE_INTERVAL_MS: u64 = 50;
/// How long the client waits until it tries again to write the state file.
pub const STATE_RETRY_MS: u64 = 1_000;
/// Access tokens that are fetched one after the other without being let in, before the client
/// stops.
pub const ACCESS_TRIES_MAX: u32 = 3;
/// How long before its end an access token is renewed, unless it lasts less than five times that.
pub const ACCESS_RENEW_MS: u64 = 60_000;
/// The least time between two access tokens that are fetched. It doubles with each one that could
/// not be fetched or does not let the client in, up to [`ACCESS_RETRY_MS_MAX`].
pub const ACCESS_RETRY_MS_MIN: u64 = 1_000;
/// The longest such time.
pub const ACCESS_RETRY_MS_MAX: u64 = 60_000;
/// Headers that a program may add to the handshake.
pub const HEADERS_MAX: usize = 32;
/// Frames waiting for the socket from which on the driver takes no more commands.
pub const SEND_QUEUE_HIGH_FRAMES: usize = 128;
/// Most frames that may wait for the socket; a connection past it is given up. Larger than all
/// joins and a full window of posts together.
pub const SEND_QUEUE_FRAMES_MAX: usize = 1_024;
/// Largest frame accepted from a server: a page of the log fits, with every character of it
/// escaped.
pub const SERVER_FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for the server's answer to a close frame.
pub const CLOSE_TIMEOUT_MS: u64 = 2_000;
