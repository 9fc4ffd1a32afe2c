//! Every limit of Parlor, in one place. Names end with the unit.

use serde::{Deserialize, Serialize};

mod access;
mod api;
mod log;
mod nodes;
mod operation;
mod rooms;
mod webhooks;

pub use self::{access::*, api::*, log::*, nodes::*, operation::*, rooms::*, webhooks::*};

// ---- messages ----

/// Largest frame a client may send, without its header. A larger one is refused by its header, with
/// close code 1009.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest text of a post or an edit, in characters (Unicode scalar values).
pub const TEXT_CHARS_MAX: usize = 8_000;
/// Longest member name, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 64;
/// Most marks on one letter of a name: more than any language puts there.
pub const NAME_MARKS_MAX: usize = 8;
/// Longest room id, in bytes; a room id is ASCII.
pub const ROOM_BYTES_MAX: usize = 64;
/// Longest reason of a report or a ban, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Longest ban, in days.
pub const BAN_DAYS_MAX: u64 = 3_660;
/// Open reports in one answer.
pub const REPORTS_PAGE_MAX: usize = 50;
/// Bans in one answer.
pub const BANS_PAGE_MAX: usize = 50;
/// Addresses that one ban of a member takes along.
pub const BAN_ADDRESSES_MAX: usize = 8;
/// Longest reaction, in bytes: one emoji, which may be a joined sequence. The longest that Unicode
/// recommends have 35.
pub const EMOJI_BYTES_MAX: usize = 64;
/// Longest token, in bytes.
pub const TOKEN_BYTES_MAX: usize = 256;
/// Longest token that lets a client in, in bytes: a JWT with some claims.
pub const ACCESS_TOKEN_BYTES_MAX: usize = 4 * 1024;
/// Longest password, or code of an invitation or a device, in bytes.
pub const ACCESS_SECRET_BYTES_MAX: usize = 256;
/// Rules about one member: rights in rooms.
pub const RIGHTS_RULES_MAX: usize = 64;
/// Longest client name or version in hello, in bytes. The server truncates longer ones.
pub const CLIENT_INFO_BYTES_MAX: usize = 64;
/// Longest search text, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;

// ---- connections ----

/// Most rooms that one connection may join.
pub const ROOMS_PER_CONNECTION_MAX: usize = 64;
/// How long the server waits for hello.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;
/// Silence after which the server sends a WebSocket ping.
pub const PING_INTERVAL_MS: u64 = 25_000;
/// Silence after a ping that ends the connection. Any frame from the peer counts as a sign of life.
pub const PONG_TIMEOUT_MS: u64 = 10_000;
/// How long the server reads on after its close frame, until the client has closed as well.
pub const CLOSE_TIMEOUT_MS: u64 = 1_000;
/// Bytes of memory that all that is kept for one connection stays below: what was read and is not
/// handled, posts in flight, replies, the page of the log that is being sent, and the overhead of
/// all of it. It is the sum of the bounds below and above, and tested by filling each.
pub const CONNECTION_BYTES_MAX: usize = 1024 * 1024;
/// Most sockets that speak HTTP at once: requests for the page's files, and handshakes.
pub const HTTP_CONNECTIONS_MAX: usize = 4_096;
/// Of these, the sockets from one address. A browser opens six.
pub const HTTP_CONNECTIONS_ADDRESS_MAX: usize = HTTP_CONNECTIONS_MAX / 8;
/// How long a client may take nothing of its answer, and send nothing of its request.
pub const HTTP_STALL_MS_MAX: u64 = 10_000;
/// How long a request and its answer may take in all, however slowly the client sends and takes.
pub const HTTP_REQUEST_MS_MAX: u64 = 120_000;
/// How long `parlor health` waits for a server's answer in all.
pub const HEALTH_TIMEOUT_MS: u64 = 3_000;
/// Posts of one connection that may wait for their commit. Past it the server does not read from
/// the connection.
pub const POSTS_IN_FLIGHT_MAX: usize = 256;
/// Bytes that these may keep in memory. Past it the server does not read from the connection.
pub const POSTS_IN_FLIGHT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of replies (welcome, joined, history, errors) that may wait for one connection. Past it
/// the server does not read from the connection.
pub const REPLIES_BYTES_MAX: usize = 64 * 1024;
/// Connections that the server accepts by default.
pub const CONNECTIONS_MAX: usize = 20_000;
/// One address may have the n-th part of the server's connections by default. A network that
/// thousands share still fits, and it takes several addresses to keep others out.
pub const CONNECTIONS_ADDRESS_PART: usize = 10;
/// Connections within the process that wait to be served, where another program embeds Parlor.
pub const CONNECTIONS_WITHIN_WAITING_MAX: usize = 16;
/// Longest wait at shutdown for open connections to take their close frame.
pub const SHUTDOWN_TIMEOUT_MS: u64 = 5_000;

// ---- rates ----

/// Tokens per second that a connection and a member may spend in the long run. A frame costs one
/// token, and another for each further [`FRAME_BYTES_PER_TOKEN`] bytes that it begins.
pub const RATE_PER_SECOND: u32 = 50;
/// Tokens that may be spent at once before the rate applies.
pub const RATE_BURST: u32 = 200;
/// How many times the rate of a member an address may use, because many people can share one.
pub const RATE_ADDRESS_FACTOR: std::num::NonZeroU32 = std::num::NonZeroU32::new(4).unwrap();
/// Members and addresses that the rate limiter remembers, of each. Past it, it drops those that
/// have their full burst again, then those that have most of it.
pub const RATE_KEYS_MAX: usize = 100_000;
/// How long a frame may wait for its tokens. Nothing is read from its connection meanwhile. A frame
/// that still lacks tokens then is refused.
pub const RATE_DELAY_MS_MAX: u64 = 1_000;
/// Bytes of a frame that one token pays for.
pub const FRAME_BYTES_PER_TOKEN: usize = 1024;
/// Bytes of an answer that cost one token, once they are full.
pub const REPLY_BYTES_PER_TOKEN: usize = 32 * 1024;
/// Bytes of what a join brings, up to the room's head, that are paid for. The rest is free, because
/// a client that was away for long reads all that it has missed; it is paid for once the same
/// connection joins again.
pub const CATCH_UP_BYTES_PAID_MAX: usize = 256 * 1024;
/// Tokens that a hello costs: its frame, and opening its connection.
pub const HELLO_TOKENS: u32 = 2;
/// Tokens that a join costs: its frame, and two reads of the log.
pub const JOIN_TOKENS: u32 = 2;
/// Tokens that reading a slice of the log costs: its frame, and up to three reads.
pub const SLICE_TOKENS: u32 = 4;
/// Tokens that a search costs.
pub const SEARCH_TOKENS: u32 = 4;
/// Tokens that a report, or a question about reports and bans costs: its frame, and a write.
pub const MODERATE_TOKENS: u32 = 8;
/// Tokens that erasing own messages costs, beside one for each message that is deleted.
pub const ERASE_TOKENS: u32 = 8;
/// Tokens that a page of the directory costs.
pub const ROOMS_TOKENS: u32 = 4;
/// Tries of a password or a short code that one address has in a minute in the long run, ...
pub const TRIES_PER_MINUTE: std::num::NonZeroU32 = std::num::NonZeroU32::new(6).unwrap();
/// ... and at once.
pub const TRIES_ADDRESS_BURST: std::num::NonZeroU32 = std::num::NonZeroU32::new(10).unwrap();
/// The same for all addresses together, ...
pub const TRIES_ALL_PER_MINUTE: std::num::NonZeroU32 = std::num::NonZeroU32::new(60).unwrap();
/// ... and at once.
pub const TRIES_ALL_BURST: std::num::NonZeroU32 = std::num::NonZeroU32::new(100).unwrap();
/// Passwords that are checked at once: each check takes 20 MB and a core.
pub const PASSWORD_CHECKS_MAX: usize = 2;
/// How long the token lets a client in that it gets in place of a password. It gets another one
/// with a hello in the second half of this time.
pub const PASSWORD_PASS_S: u64 = 30 * 24 * 60 * 60;
/// Keys of others whose access tokens the server accepts.
pub const ACCESS_KEYS_MAX: usize = 64;
/// Bytes of the file that has them.
pub const ACCESS_KEYS_BYTES_MAX: u64 = 256 * 1024;
/// How far the clock of an access token's issuer may be ahead of the server's, in seconds.
pub const ACCESS_SKEW_S: u64 = 60;
/// Requests for the page's files and handshakes that one address may make in a second in the long
/// run.
pub const REQUESTS_PER_SECOND: std::num::NonZeroU32 = std::num::NonZeroU32::new(100).unwrap();
/// The same at once. Loading the page takes about ten.
pub const REQUESTS_BURST: std::num::NonZeroU32 = std::num::NonZeroU32::new(2_000).unwrap();
/// Requests that reading a room over HTTP counts as.
pub const PLAIN_PAGE_REQUESTS: u32 = 4;
/// A line that the server would log for each of many refusals is logged once in this time, with the
/// number of the others.
pub const LOG_LINE_INTERVAL_MS: u64 = 60_000;

// ---- pages of the log ----

/// Most entries in one history page.
pub const HISTORY_ENTRIES_MAX: u16 = 100;
/// Later changes of one message that come with a slice of the log. A message that was changed
/// more often shows the newest.
pub const MESSAGE_CHANGES_MAX: u16 = 50;
/// Later changes that come with a slice of the log in all.
pub const SLICE_CHANGES_MAX: usize = 400;
/// Entries of the past that a newcomer gets.
pub const NEWCOMER_ENTRIES: u16 = 50;
/// Own messages that one request deletes.
pub const ERASE_POSTS_MAX: usize = 50;
/// Entries of the log that such a request looks at. The answer then says where to go on.
pub const ERASE_SCAN_ENTRIES: u64 = 20_000;
/// Most entries in one search answer.
pub const SEARCH_ENTRIES_MAX: u16 = 50;
/// Most rooms in one page of the directory.
pub const ROOMS_PAGE_MAX: u16 = 50;
/// Rooms that are compared with the words of a request for the directory. The answer then says
/// where to go on.
pub const ROOMS_SCAN_MAX: u32 = 1_000;
/// Longest text that the directory is filtered by, in characters.
pub const ROOMS_CHARS_MAX: usize = 200;
/// Entries that a cursor behind the ring reads from the log at once.
pub const CATCH_UP_ENTRIES_MAX: u16 = 512;
/// Bytes of text, as frames have it, after which any page of the log ends early. A page has at
/// least one entry.
pub const PAGE_BYTES_MAX: usize = 64 * 1024;

// ---- the server's memory ----

/// Bytes of encoded recent frames in a room's ring.
pub const RING_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of pages of the log that are kept for others who come back, in all rooms together.
pub const LOG_PAGES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a frame stays in its ring at least, unless the ring is full, and half of how long at
/// most. So the rings of many rooms together hold no more than what comes in meanwhile, for which
/// there are rates.
pub const RING_FRAMES_MS_MIN: u64 = 60_000;
/// Frames in a room's ring.
pub const RING_FRAMES_MAX: usize = 8 * 1024;
/// Bytes written to a connection at once; at least one frame, however large.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Rooms in memory at once: those with subscribers, and those that were left just now.
pub const ROOMS_LOADED_MAX: usize = 10_000;
/// Of these, the rooms that one address may have loaded. It may join rooms that are loaded already.
pub const ROOMS_LOADED_ADDRESS_MAX: usize = ROOMS_LOADED_MAX / 4;
/// Subscribers of one room on one thread that are written to in one go, before the thread's other
/// tasks run.
pub const GROUP_SUBSCRIBERS_MAX: usize = 512;
/// Most bytes of the page's files, compressed forms included. A larger folder is not taken for the
/// page.
pub const PAGE_FILES_BYTES_MAX: u64 = 64 * 1024 * 1024;

// ---- presence ----

/// How long a member without a connection still counts as present, in case they reconnect.
pub const PRESENCE_GRACE_MS: u64 = 15_000;
/// Most members that presence lists by name. For a larger room it has their number only.
pub const PRESENCE_MEMBERS_MAX: usize = 200;
/// Members at which presence of a large room lists names again. Lower than
/// [`PRESENCE_MEMBERS_MAX`], so that a room does not alternate between the two.
pub const PRESENCE_MEMBERS_LOW: usize = 150;
/// Members of a room in their grace period at once. Past it the first ones count as gone.
pub const PRESENCE_GRACE_MEMBERS_MAX: usize = 10_000;
/// How long presence differences are collected before they are sent.
pub const PRESENCE_COALESCE_MS: u64 = 100;
/// The same for a room whose presence has the number only, because each change goes to everyone.
pub const PRESENCE_COUNT_COALESCE_MS: u64 = 1_000;
/// The least time between two signs that a member is typing. The server passes no others on.
pub const TYPING_INTERVAL_MS: u64 = 3_000;
/// Most members of a room whose typing the server passes on within that time.
pub const TYPING_MEMBERS_MAX: usize = 100;
/// How long typing is shown, unless the member's post comes first.
pub const TYPING_SHOWN_MS: u64 = 6_000;

// ---- clients ----

/// Unacknowledged posts that a client keeps. A post past it is refused to its author.
pub const OUTBOX_POSTS_MAX: usize = 1_000;
/// Posts of a session in flight at once. The others wait in its outbox.
pub const OUTBOX_WINDOW: usize = 64;
/// Unanswered histories and searches that a session sends again by itself if the server refuses
/// them for now. Past it a refusal is reported to the program.
pub const QUESTIONS_MAX: usize = 64;
/// The least time between two positions that a session says its user has seen in a room.
pub const SEEN_SEND_MS_MIN: u64 = 1_000;
/// Longest wait before a client reconnects.
pub const BACKOFF_MS_MAX: u64 = 20_000;
/// Shortest wait before a client reconnects, and the unit that the random part doubles from.
pub const BACKOFF_MS_MIN: u64 = 500;
/// How long a connection must stay welcomed to reset the backoff.
pub const BACKOFF_RESET_MS: u64 = 5_000;
/// A client's first wait before it repeats a request that was refused for now, if the server names
/// no time. It doubles each time, up to [`BACKOFF_MS_MAX`].
pub const RETRY_MS_MIN: u64 = 1_000;
/// Longest wait that a server's `retry_after_ms` can ask of a client.
pub const RETRY_MS_MAX: u64 = 60_000;
/// Shortest silence after which a client pings, whatever heartbeat the server names.
pub const HEARTBEAT_MS_MIN: u64 = 1_000;
/// Longest silence after which a client pings, whatever heartbeat the server names.
pub const HEARTBEAT_MS_MAX: u64 = 120_000;
/// How long a client waits for a connection to open and be welcomed.
pub const CONNECT_TIMEOUT_MS: u64 = 15_000;
/// Edits, deletions and reactions that a timeline keeps for messages that are not loaded.
pub const TIMELINE_ORPHANS_MAX: usize = 10_000;
/// Edits of one message that a timeline keeps, to show what it said before.
pub const TIMELINE_VERSIONS_MAX: usize = 20;
/// Messages of one room that the page keeps. At the end of the list the oldest are dropped past it;
/// reading back stops there.
pub const TIMELINE_MESSAGES_MAX: usize = 100_000;
/// Messages of a slice of the log, away from its end, that the page keeps. Past it those that are
/// furthest from where the user reads are dropped.
pub const SLICE_MESSAGES_MAX: usize = 2_000;
/// Messages that the page then drops at once, because dropping one with each new message would be
/// slow.
pub const TIMELINE_TRIM_STEP: usize = 1_000;
/// Rooms that the user may have joined in the page, well below [`ROOMS_PER_CONNECTION_MAX`]: unsent
/// posts may go to further ones.
pub const PAGE_ROOMS_MAX: usize = 32;
/// What the user has pressed, and other effects, that wait for the part of the page that is loaded
/// later. Past it a press does nothing.
pub const PAGE_WAITING_EFFECTS_MAX: usize = 64;
/// Rooms of the server that the page's switcher keeps. Past it those known so far are dropped.
pub const SWITCHER_ROOMS_MAX: usize = 500;
/// Entries of a room that changed its name, topic or pins, which the page keeps to show them. Past
/// it the oldest is dropped.
pub const ROOM_CHANGES_MAX: usize = 1_000;
/// How long the user can take back that they left a room.
pub const LEAVE_UNDO_MS: u64 = 6_000;
/// Characters (UTF-16 code units) of a draft in the page, also while it is too long to be sent. The
/// browser lays the field out again for each key, which takes seconds for a text without a bound.
pub const DRAFT_CHARS_MAX: usize = 4 * TEXT_CHARS_MAX;
/// Bytes of a room's newest entries that the page stores for the next visit. With
/// [`PAGE_ROOMS_MAX`] rooms this is one of the five megabytes that browsers grant, so there is room
/// for unsent posts.
pub const CACHED_ENTRIES_BYTES_MAX: usize = 32 * 1024;
/// Frames that the page's inspector keeps.
pub const INSPECTOR_FRAMES_MAX: usize = 200;
/// Characters of a frame that the inspector keeps.
pub const INSPECTOR_FRAME_CHARS_MAX: usize = 2_000;
/// Frames that the page keeps while the inspector is closed, so that they are there when it opens.
pub const INSPECTOR_RECENT_FRAMES_MAX: usize = 50;
/// Bytes of all their texts.
pub const INSPECTOR_RECENT_BYTES_MAX: usize = 16 * 1024;
/// Frames written by hand that can be recalled.
pub const INSPECTOR_HAND_FRAMES_MAX: usize = 20;
/// Bytes of such a frame. A longer one is sent, and can't be recalled.
pub const INSPECTOR_HAND_FRAME_BYTES_MAX: usize = 4 * 1024;
/// The least that the inspector takes of the window, in percent.
pub const INSPECTOR_SIZE_MIN: u8 = 20;
/// What it takes at first.
pub const INSPECTOR_SIZE_DEFAULT: u8 = 42;
/// The most that it takes.
pub const INSPECTOR_SIZE_MAX: u8 = 80;
/// Round trips, waits and seconds that the inspector keeps.
pub const INSPECTOR_SAMPLES_MAX: usize = 60;
/// Members whose last activity the page remembers. Past it the longest inactive one is dropped.
pub const ACTIVE_MEMBERS_MAX: usize = 1_000;
/// Members of a room that the page gives a colour that differs from the others'. Past it their ids
/// choose.
pub const HUED_MEMBERS_MAX: usize = 1_000;
/// Names of a room's members that the page compares, to mark those that look alike. Past it the
/// page starts over with the ones that come.
pub const LOOKS_MAX: usize = 10_000;
/// Mentions in one text that the page looks for, and members with one name that it tells apart.
pub const MENTIONS_MAX: usize = 50;
/// People whom the user ignores in the page.
pub const IGNORED_MAX: usize = 500;
/// Emoji that the page remembers because the user used them.
pub const FREQUENT_EMOJI_MAX: usize = 32;
/// Rows of the list that are in the document. Scrolling brings in the others.
pub const WINDOW_ROWS_MAX: usize = 300;

/// The limits in force on a server, sent in welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// See [`RATE_PER_SECOND`]; the operator may have changed it.
    pub rate_per_second: u32,
    /// See [`RATE_BURST`]; the operator may have changed it.
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
mod tests;
