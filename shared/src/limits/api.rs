//! Bounds of the HTTP API.

/// Most entries that one request appends, and ...
pub const BATCH_ENTRIES_MAX: usize = 100;
/// ... most bytes of its body.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;
/// Longest time that a request may wait for new entries, in seconds.
pub const LONG_POLL_S_MAX: u64 = 60;
/// Silence of a stream of events after which the server sends a comment: proxies close what is
/// silent, and a client that has gone is noticed.
pub const EVENTS_HEARTBEAT_MS: u64 = 15_000;
/// The shortest time after which clients of a stream of events are told to come back, and the
/// longest: each is told another one.
pub const EVENTS_RETRY_MS_MIN: u64 = 500;
/// See [`EVENTS_RETRY_MS_MIN`].
pub const EVENTS_RETRY_MS_MAX: u64 = 5_000;
