//! The limits of the log: its writer, its files, its readers and its full-text index.

use super::{
    api::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX},
    rooms::{MUTES_MAX, PIN_TEXT_CHARS_MAX, PINS_MAX},
};

/// Appends that may wait for the log's writer. Past it posts wait in their connections.
pub const APPEND_QUEUE_MAX: usize = 4_096;
/// Results of a connection's appends that wait to be read, without the connection being woken for
/// them: they say only that the entries were written.
pub const RECEIPTS_UNREAD_MAX: usize = 16;
/// Most appends in one commit.
pub const APPEND_GROUP_MAX: usize = 1_024;
/// Bytes of texts after which no further append joins a commit. Bounds how long short posts wait
/// for long ones that are committed before them.
pub const APPEND_GROUP_BYTES_MAX: usize = 1024 * 1024;
/// Most entries that are deleted, because they have expired, or blanked, because their message was
/// deleted, in one commit; fewer if their texts reach
/// [`PAGE_BYTES_MAX`](super::PAGE_BYTES_MAX). Bounds how long appends wait for it.
pub const DELETE_RANGE_ENTRIES_MAX: usize = 200;
/// How long the log's writer deletes expired entries in one commit.
pub const DELETE_STEP_MS: u64 = 3;
/// Rooms that the full-text index looks at in one step for messages that have expired.
pub const EXPIRED_ROOMS_MAX: usize = 1_000;
/// Most pages of the log's file that are given back to the disk in one transaction, ...
pub const COMPACT_PAGES_MAX: u64 = 256;
/// ... which ends once it has lasted for this long. Bounds how long appends wait for it.
pub const COMPACT_STEP_MS: u64 = 5;
/// Epochs that the log remembers, the newest ones: as many starts of the server. A position in an
/// older one is reset.
pub const EPOCHS_MAX: usize = 10_000;
/// Groups of appends after which the log's writer blanks some entries of deleted messages although
/// appends are waiting.
pub const ERASE_GROUPS_MAX: u32 = 16;
/// How often the log's writer empties the write-ahead log after blanking, at most.
pub const ERASE_INTERVAL_MS: u64 = 1_000;
/// How long expired entries stay in the write-ahead log while retention deletes more.
pub const ERASE_EXPIRED_MS: u64 = 30_000;
/// How often the server looks for expired entries.
pub const RETENTION_INTERVAL_MS: u64 = 60_000;
/// Entries are not deleted by age while the clock is further ahead of the last use of the log than
/// this part of the age at which they are deleted, ...
pub const RETENTION_JUMP_PART: u64 = 4;
/// ... but at least a day: servers are switched off for a night.
pub const RETENTION_JUMP_MS_MIN: u64 = 24 * 60 * 60 * 1_000;
/// ... and at most a week.
pub const RETENTION_JUMP_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Rooms of which the log keeps how far a member has seen them. Past it the one that the member has
/// seen something in least recently makes way.
pub const SEEN_ROOMS_MAX: usize = 256;
/// The same for all members together: 100 bytes each. Past it those that were seen least recently
/// make way.
pub const SEEN_ROWS_MAX: usize = 1_000_000;
/// Days after which the log forgets how far a member has seen a room.
pub const SEEN_DAYS_MAX: u64 = 400;
/// How long such a position may wait to be written, unless a commit takes it along. A crash loses
/// those that wait.
pub const SEEN_INTERVAL_MS: u64 = 1_000;
/// Positions that may wait. Past it a further one is refused for now.
pub const SEEN_PENDING_MAX: usize = 4_096;
/// Most positions in one commit. Bounds how long appends wait for them.
pub const SEEN_GROUP_MAX: usize = 128;
/// Rights that members were given by invitations or by an owner, of all members together.
pub const GRANTS_MAX: usize = 100_000;
/// Invitations at once. Past it those that have ended make way for a new one.
pub const INVITATIONS_MAX: usize = 10_000;
/// How often the server looks whether the command line has changed what members may do.
pub const ADMIN_INTERVAL_MS: u64 = 1_000;
/// Open reports of all rooms together. Past it the oldest makes way.
pub const REPORTS_MAX: usize = 10_000;
/// Of these, the reports of one member. Past it a further one is refused.
pub const REPORTS_MEMBER_MAX: usize = 50;
/// Bans at once. Past it a further one is refused.
pub const BANS_MAX: usize = 10_000;
/// Lines of the admin log. Past it the oldest make way.
pub const ADMIN_LOG_MAX: usize = 100_000;
/// What the command line has asked for in rooms, and no server has done yet.
pub const ORDERS_MAX: usize = 1_000;
/// How long the command line waits for the server to do what it has asked for in a room.
pub const ORDER_WAIT_MS: u64 = 5_000;
/// Changes that wait, which the command line has asked the node of a stream for.
pub const REQUESTS_MAX: usize = 1_000;
/// How long the command line waits for the node to make a change.
pub const REQUEST_WAIT_MS: u64 = 8_000;
/// How long a node that does not renew a lease has it, as the others see it.
pub const LEASE_MS: u64 = 9_000;
/// How long a node takes a lease to be its own after it has asked for it: it has stopped when
/// another one begins.
pub const LEASE_HELD_MS: u64 = 6_000;
/// How often a node renews its lease, or asks whether another one has lost it.
pub const LEASE_RENEW_MS: u64 = 2_000;
/// Log reads that run at once.
pub const LOG_READERS_MAX: usize = 4;
/// Of these, the reads for one address. Its other reads wait, so that they keep no one else
/// waiting.
pub const LOG_READERS_ADDRESS_MAX: usize = 2;
/// Members who join at once and are read for by one of these reads.
pub const JOINS_READ_MAX: usize = 256;
/// Searches that run at once. The others wait, and nothing else waits for them.
pub const SEARCHES_MAX: usize = 2;

/// Words that one search looks up in the index because they start with a prefix that it asks for.
/// Where more words do, FTS5 searches for the prefix, and reads every occurrence of every such
/// word.
pub const SEARCH_WORDS_MAX: usize = 32;

/// Bytes of the write-ahead log after which it is copied into the log's file.
pub const WAL_CHECKPOINT_BYTES: usize = 16 * 1024 * 1024;
/// The size that the file of the write-ahead log keeps when it is begun anew. Where it is larger,
/// reads have kept it from being begun anew, and now wait until it can be.
pub const WAL_BYTES_KEPT: usize = 2 * WAL_CHECKPOINT_BYTES;
/// Most bytes of the write-ahead log, beside a backup or another process that reads the log: it
/// grows by what is written between two checkpoints, and by one transaction, until it is looked at.
pub const WAL_BYTES_MAX: usize = WAL_BYTES_KEPT + 2 * WAL_CHECKPOINT_BYTES;
/// The size up to which the write-ahead log of an idle server stays as it is.
pub const WAL_BYTES_IDLE_MAX: usize = 1024 * 1024;
/// How long nothing is written before a larger one is emptied.
pub const WAL_IDLE_MS: u64 = 2_000;

/// Entries that are indexed in one commit of the full-text index, fewer if their texts reach
/// [`PAGE_BYTES_MAX`](super::PAGE_BYTES_MAX).
pub const INDEX_ENTRIES_MAX: usize = 500;
/// Entries that the full-text index may be behind the log before an answer to a search says that it
/// may be incomplete.
pub const INDEX_LAG_ENTRIES_MAX: usize = 2 * INDEX_ENTRIES_MAX;
/// How often the full-text index is written at most, so that not each message costs a second
/// commit. A new message can be found after this time.
pub const INDEX_INTERVAL_MS: u64 = 250;
/// Nodes of which a log that follows a stream remembers what they have published: as many starts.
pub const STREAM_NODES_MAX: usize = 10_000;
/// Newest places of a stream of which a log keeps the running hash. The hash in a group of a node
/// that is further behind than that can't be checked.
pub const STREAM_PLACES_MAX: usize = 10_000;
/// Bytes of a group after which no further append joins it: half of what the stream takes, if that
/// is less.
pub const STREAM_GROUP_BYTES_MAX: usize = 128 * 1024;
/// Most bytes that an entry takes in a group beside its words: names, ids, and JSON around them.
pub const STREAM_ENTRY_BYTES_MAX: usize = 512;
/// The largest message that the servers of a stream must take at least, in bytes: the largest group
/// that anybody can ask for, since each is published whole or not at all. That is a batch of the
/// HTTP API, or what a room is set to, as `parlor migrate` copies it: all of its mutes, and all of
/// its pins, in which JSON may need six bytes for each character.
pub const STREAM_PAYLOAD_BYTES_MIN: usize = {
    let batch = BATCH_BYTES_MAX + (BATCH_ENTRIES_MAX + 1) * STREAM_ENTRY_BYTES_MAX;
    let pins = PINS_MAX * (STREAM_ENTRY_BYTES_MAX + 6 * PIN_TEXT_CHARS_MAX);
    // Its name and its topic are as long as a few mutes.
    let state = pins + (MUTES_MAX + 4) * STREAM_ENTRY_BYTES_MAX;
    if batch > state { batch } else { state }
};
/// Most groups that are applied in one commit.
pub const STREAM_GROUPS_APPLIED_MAX: usize = 256;
/// How long posts wait for a stream that can't be reached, before they are refused for now.
pub const STREAM_PATIENCE_MS: u64 = 5_000;
/// How long a node that starts waits for servers that start with it.
pub const STREAM_START_MS_MAX: u64 = 30_000;
/// How long it waits for a connection to one of them.
pub const STREAM_CONNECT_MS_MAX: u64 = 5_000;
/// How long a node waits for a stream's answer to what it has published.
pub const STREAM_ACK_MS_MAX: u64 = 2_000;
/// How often a stream that has nothing new says so. Without it the consumer is made again.
pub const STREAM_HEARTBEAT_MS: u64 = 1_000;
/// How long a server keeps a consumer that nobody reads.
pub const STREAM_CONSUMER_MS_MAX: u64 = 30_000;
/// Most bytes of a stream that a node asks for at once.
pub const STREAM_PULL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a node waits for what the servers of a stream say about themselves.
pub const STREAM_PROMISE_MS_MAX: u64 = 2_000;
/// Most of their answers that it reads.
pub const STREAM_ANSWERS_MAX: usize = 1_000;
/// How often it asks again, and looks whether the stream still is the same.
pub const STREAM_PROMISE_INTERVAL_MS: u64 = 5_000;
/// How far a node's clock may be from that of the stream's servers, for it to publish.
pub const STREAM_CLOCK_MS_MAX: u64 = 60_000;
/// Groups that a node may have to apply yet, for clients to be sent to it.
pub const STREAM_BEHIND_MAX: u64 = 1_000;
/// How long a client waits that comes from another node and has read more there than this node has
/// applied.
pub const STREAM_REACH_MS_MAX: u64 = 5_000;
/// How often a node checks that its stream is still the one that it has applied.
pub const STREAM_CHECK_MS: u64 = 3_000;
/// How long a stream that seems to lack something is asked again, before a node stops.
pub const STREAM_CONFIRM_MS: u64 = 5_000;
/// How long ago a stream's leader may have heard from most of its servers, for a node to believe
/// what it says of the stream. They answer it every second. A leader that is cut off from them
/// notices it after ten to twenty seconds.
pub const STREAM_LEADER_MS_MAX: u64 = 3_000;
/// Newest groups that a node keeps as they were published, to put them back where a stream has lost
/// its end: none is larger than [`STREAM_PAYLOAD_BYTES_MIN`].
pub const STREAM_GROUPS_KEPT_MAX: usize = 1_024;
/// Consumers that are made to ask every server of a stream for a message that one has skipped.
pub const STREAM_CONSUMERS_TRIED_MAX: usize = 32;
/// How long each of them is waited for.
pub const STREAM_FIND_MS_MAX: u64 = 1_000;
/// Most missing parts of a stream that are looked for at once.
pub const STREAM_HOLES_MAX: usize = 16;
/// Places of a stream that a node looks at every [`STREAM_CHECK_MS`], of those it has applied.
pub const STREAM_SCRUB_MAX: usize = 64;
/// Nodes of which one remembers how far they have applied the stream.
pub const STREAM_PEERS_MAX: usize = 1_000;
/// Entries that are copied into a stream as one group.
pub const MIGRATE_GROUP_MAX: usize = 256;
