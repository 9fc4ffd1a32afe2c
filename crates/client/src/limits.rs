//! The bounds of the driver itself; those of the protocol and of the session are in [`parlor_shared::limits`].

/// Commands that wait for the driver; past it whoever commands waits.
pub const COMMANDS_MAX: usize = 64;
/// Events that wait for the program; past it the socket is not read.
pub const EVENTS_MAX: usize = 256;
/// Frames that wait for the socket after which no more commands are taken.
pub const SENDING_FRAMES_FULL: usize = 128;
/// Frames that may wait for the socket at all; a line past it is broken. Above what all rooms and a full window of
/// posts come to.
pub const SENDING_FRAMES_MAX: usize = 1_024;
/// Largest frame taken from a server: a page of the log, every character of it escaped, fits.
pub const SERVER_FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for a server to answer a goodbye.
pub const CLOSE_TIMEOUT_MS: u64 = 2_000;
