//! Bounds of webhooks: programs elsewhere that are sent a log's entries, and secret addresses that
//! take messages.

/// Webhooks that an operator may have, of both kinds together.
pub const WEBHOOKS_MAX: usize = 64;
/// Longest address of a receiver, in bytes.
pub const WEBHOOK_ADDRESS_BYTES_MAX: usize = 2_048;
/// Entries in one delivery, ...
pub const WEBHOOK_ENTRIES_MAX: u16 = 100;
/// ... and bytes of their texts after which no more are added.
pub const WEBHOOK_TEXT_BYTES_MAX: usize = 32 * 1024;
/// Entries of the log that are looked at in one read for those of several rooms, and among which
/// those are counted that a receiver does not have yet.
pub const WEBHOOK_SCAN_ENTRIES: u64 = 10_000;
/// The shortest time between two deliveries to one receiver, unless the first was full: what is
/// written meanwhile goes out together.
pub const WEBHOOK_INTERVAL_MS: u64 = 50;
/// How long a receiver may take to answer, connecting included.
pub const WEBHOOK_TIMEOUT_MS: u64 = 15_000;
/// How long until a delivery that has failed once is tried again. The time doubles with each
/// failure, ...
pub const WEBHOOK_RETRY_MS_MIN: u64 = 1_000;
/// ... up to this. A random part of up to a half of it is left out.
pub const WEBHOOK_RETRY_MS_MAX: u64 = 60 * 60_000;
/// The longest time for which a receiver may ask to be left alone (`Retry-After`).
pub const WEBHOOK_RETRY_AFTER_MS_MAX: u64 = 24 * 60 * 60_000;
/// Characters that are kept of why a delivery has failed.
pub const WEBHOOK_ERROR_CHARS_MAX: usize = 200;
/// Bytes of what is posted to a secret address.
pub const INCOMING_BYTES_MAX: usize = 64 * 1024;
