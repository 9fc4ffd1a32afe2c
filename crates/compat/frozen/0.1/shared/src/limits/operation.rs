//! Bounds of what an operator does and sees: the admin address, announcements, draining.

/// Sockets at the admin address at once. A scrape, a probe and an operator need three.
pub const ADMIN_CONNECTIONS_MAX: usize = 64;
/// Bytes of a form that is sent to the admin address.
pub const ADMIN_FORM_BYTES_MAX: usize = 8 * 1024;
/// Rooms, and sessions, that the admin page lists: those with the most members, and those that are
/// furthest behind.
pub const ADMIN_ROWS_MAX: usize = 200;
/// Characters of an operator's announcement.
pub const ANNOUNCEMENT_CHARS_MAX: usize = 500;
/// Requests of the admin address that may wait for one thread. Past it they are refused.
pub const THREAD_REQUESTS_MAX: usize = 16;
/// How long a thread that serves connections may take to answer before it counts as stuck.
pub const THREAD_ANSWER_MS_MAX: u64 = 5_000;
/// How long the handshake of TLS may take.
pub const TLS_HANDSHAKE_MS_MAX: u64 = 10_000;
/// Bytes of a connection with TLS that are encrypted and not sent yet.
pub const TLS_BUFFER_BYTES_MAX: usize = 32 * 1024;
/// How often the server looks whether its certificate's files have changed.
pub const TLS_RELOAD_INTERVAL_MS: u64 = 2_000;
/// Sockets at once at the address that sends browsers to the one with TLS.
pub const REDIRECT_CONNECTIONS_MAX: usize = 256;
/// How long a stopping server takes to send its clients away, unless the operator says otherwise.
pub const DRAIN_SECONDS: u32 = 5;
/// The longest such time that an operator may set.
pub const DRAIN_SECONDS_MAX: u32 = 3_600;
/// The time between two batches of clients that are sent away.
pub const DRAIN_BATCH_MS: u64 = 100;
/// Clients that may be sent away in one batch, however long the server may take: so that a small
/// server stops at once.
pub const DRAIN_BATCH_CONNECTIONS: usize = 64;
