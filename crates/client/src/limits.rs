//! The bounds of the driver. Those of the protocol and of the session are in
//! [`parlor_shared::limits`].

/// Commands that wait for the driver; past it the caller waits.
pub const COMMANDS_MAX: usize = 64;
/// Events that wait for the program; past it the socket is not read.
pub const EVENTS_MAX: usize = 256;
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
