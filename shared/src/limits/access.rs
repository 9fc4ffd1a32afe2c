//! Bounds of what decides who may come in beside this server: what it fetches, the keys of others,
//! and logins at an OpenID Connect provider.

/// Bytes of an answer that the server fetches: a set of keys, or what a provider says.
pub const FETCH_BYTES_MAX: usize = 256 * 1024;
/// How long the server takes to fetch something in all, redirects included.
pub const FETCH_TIMEOUT_MS: u64 = 5_000;
/// Redirects that it follows.
pub const FETCH_REDIRECTS_MAX: usize = 3;
/// Addresses of one host that it tries.
pub const FETCH_ADDRESSES_MAX: usize = 4;
/// How often the server fetches keys of others that stand at an address.
pub const KEYS_INTERVAL_MS: u64 = 10 * 60_000;
/// How soon it tries again where it can't.
pub const KEYS_RETRY_MS: u64 = 30_000;
/// Fetches a minute for tokens of keys that the server does not know, ...
pub const KEYS_ASKS_PER_MINUTE: std::num::NonZeroU32 = std::num::NonZeroU32::new(2).unwrap();
/// ... and at once.
pub const KEYS_ASKS_BURST: std::num::NonZeroU32 = std::num::NonZeroU32::new(4).unwrap();
