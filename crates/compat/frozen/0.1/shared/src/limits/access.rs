//! Bounds of what decides who may come in: what the server fetches, the keys of others, logins at
//! an OpenID Connect provider, codes for another device, and what owners give from the page.

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
/// How long the code that lets another device of a member in is good for.
pub const DEVICE_CODE_MS_MAX: u64 = 5 * 60 * 1_000;
/// Such codes at once, one a member. Past it those that have ended make way, and then a further one
/// is refused for now.
pub const DEVICE_CODES_MAX: usize = 1_000;
/// Bytes of the page's address in a request for such a code, which the server draws with the code.
pub const DEVICE_ADDRESS_BYTES_MAX: usize = 256;
/// Rights in one room, those of moderators first, in one answer to its owner.
pub const GRANTS_PAGE_MAX: usize = 50;
/// Invitations to one room that its owners may have at once, and that one answer has. Past it those
/// that have ended make way for a new one.
pub const INVITATIONS_ROOM_MAX: usize = 50;
/// Longest time that such an invitation lasts, in days, if it ends at all.
pub const INVITATION_DAYS_MAX: u64 = 366;
/// How long somebody may take at an OpenID Connect provider.
pub const LOGIN_MS_MAX: u64 = 10 * 60_000;
/// Logins that end at once, each of which asks the provider.
pub const LOGINS_MAX: usize = 16;
/// Requests that the beginning, or the end, of a login counts as.
pub const LOGIN_REQUESTS: u32 = 20;
/// How long a token lets somebody in that ends a login, in seconds.
pub const LOGIN_PASS_S: u64 = 7 * 24 * 60 * 60;
/// How long what the page shows for it may take to be shown, in seconds.
pub const TICKET_S: u64 = 60;
/// Such tickets that have been shown and are remembered, so that none is shown twice.
pub const TICKETS_MAX: usize = 10_000;
/// Access tokens that were taken back and have not expired.
pub const REVOKED_MAX: usize = 10_000;
