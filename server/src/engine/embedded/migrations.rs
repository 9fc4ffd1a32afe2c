//! The migrations of the log's schema.

/// The migration to each schema version from the one before. The file's `user_version` is the
/// number of migrations applied. A released migration never changes.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE log (epoch BLOB NOT NULL, secret BLOB NOT NULL) STRICT;
    CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        room INTEGER NOT NULL REFERENCES rooms,
        prev INTEGER NOT NULL,
        id BLOB NOT NULL,
        at_ms INTEGER NOT NULL,
        member BLOB NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        target BLOB
    ) STRICT;
    CREATE INDEX entries_by_room ON entries (room, seq);
    CREATE UNIQUE INDEX entries_by_id ON entries (room, id);
    CREATE INDEX entries_by_target ON entries (room, target) WHERE target IS NOT NULL;
    -- One row for each message, with its current text: the rowid is the post's seq, `entry` is
    -- the seq of the entry with that text, `room` is the letter r and the room's row id.
    CREATE VIRTUAL TABLE words USING fts5 (
        text, room, entry UNINDEXED, tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TABLE indexed (until INTEGER NOT NULL) STRICT;
    INSERT INTO indexed VALUES (0);
",
    "
    -- Every entry after this seq is kept; the ones up to it were deleted.
    ALTER TABLE rooms ADD COLUMN start INTEGER NOT NULL DEFAULT 0;
",
    "
    -- `text` is now the words of the text, as words.rs finds them, separated by spaces. SQLite takes
    -- every character that is not ASCII for a letter, so a later Unicode does not change the index.
    -- The writer fills it again, in the background.
    DROP TABLE words;
    CREATE VIRTUAL TABLE words USING fts5 (
        text, room, entry UNINDEXED, tokenize = 'ascii'
    );
    UPDATE indexed SET until = 0;
",
    "
    -- Deleted messages whose words are still in the file: no reader hands them out, and the writer
    -- blanks them. `target` is the id of the post; its entries up to the seq `blanked` are done.
    CREATE TABLE withheld (
        room INTEGER NOT NULL, target BLOB NOT NULL, blanked INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (room, target)
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO withheld (room, target) SELECT room, target FROM entries
        WHERE target IS NOT NULL AND substr(body, 1, 18) = '{\"kind\":\"deletion\"';
    -- The index is in a file of its own now, which is built from the log.
    DROP TABLE words;
    DROP TABLE indexed;
",
    "
    -- Each start of the server, in order: its epoch, and the log's head at that moment. The epoch
    -- that a log had for all its life until now is the first.
    CREATE TABLE epochs (
        number INTEGER PRIMARY KEY,
        epoch BLOB NOT NULL UNIQUE,
        start INTEGER NOT NULL
    ) STRICT;
    INSERT INTO epochs (epoch, start) SELECT epoch, 0 FROM log;
    ALTER TABLE log DROP COLUMN epoch;
",
    "
    -- What people have set for a room. `active` is the minute of its newest message since 1970, 0
    -- for a room that is not listed. Only rooms that are listed are in the indexes.
    ALTER TABLE rooms ADD COLUMN display_name TEXT;
    ALTER TABLE rooms ADD COLUMN topic TEXT;
    ALTER TABLE rooms ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
    UPDATE rooms SET active = max(1, coalesce(
        (SELECT at_ms / 60000 FROM entries WHERE room = rooms.id ORDER BY seq DESC LIMIT 1), 1
    )) WHERE EXISTS (SELECT 1 FROM entries WHERE room = rooms.id);
    CREATE INDEX rooms_by_active ON rooms (active) WHERE active > 0;
    CREATE INDEX rooms_by_name ON rooms (name) WHERE active > 0;
    -- The pinned messages, each with its current text: `pinned` is the seq of the pin's entry, `seq`
    -- that of the post.
    CREATE TABLE pins (
        room INTEGER NOT NULL, target BLOB NOT NULL, pinned INTEGER NOT NULL, seq INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, member BLOB NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (room, target)
    ) STRICT, WITHOUT ROWID;
    -- Finds a message's last edit without reading its reactions.
    CREATE INDEX edits ON entries (room, target) WHERE substr(body, 1, 14) = '{\"kind\":\"edit\"';
",
    "
    -- How far each member has seen each room, and when that was last said. The room is its name:
    -- one without entries has no row in `rooms`.
    CREATE TABLE seen (
        member BLOB NOT NULL, room TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        PRIMARY KEY (member, room)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_time ON seen (at_ms);
",
    "
    -- The rows of `seen`, so that a start need not count them.
    ALTER TABLE log ADD COLUMN seen_rows INTEGER NOT NULL DEFAULT 0;
    UPDATE log SET seen_rows = (SELECT count(*) FROM seen);
    -- What checksum.rs computes of an entry; NULL for entries of before. No row is written for this.
    ALTER TABLE entries ADD COLUMN checksum INTEGER;
",
    "
    -- Who may post when. `entry` is the seq of the mute's entry; `posted` has when each member posted
    -- last in a room in slow mode, as long as that keeps them waiting.
    ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE mutes (
        room INTEGER NOT NULL, member BLOB NOT NULL, name TEXT NOT NULL, until_ms INTEGER NOT NULL,
        entry INTEGER NOT NULL, PRIMARY KEY (room, member)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE posted (
        room INTEGER NOT NULL, member BLOB NOT NULL, at_ms INTEGER NOT NULL,
        PRIMARY KEY (room, member)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX posted_by_time ON posted (room, at_ms);
",
    "
    -- Who may come in and post by default: 0 open, 1 read-only, 2 private.
    ALTER TABLE rooms ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
",
    "
    -- Of a log that follows a stream: the one row of `stream` is how far; `stream_nodes` has the newest
    -- group that was applied of each node that publishes, `stream_places` the newest running hashes,
    -- `stream_groups` the newest groups as they were published.
    -- `has_key` says that the log's secret is the one of this epoch; `admin` is the sequence of the
    -- newest change of admin.db.
    CREATE TABLE stream (
        epoch BLOB NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL, at_ms INTEGER NOT NULL,
        has_key INTEGER NOT NULL DEFAULT 0, admin INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE stream_nodes (
        node BLOB PRIMARY KEY, number INTEGER NOT NULL, sequence INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE stream_places (sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    CREATE TABLE stream_groups (
        sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL, payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX stream_groups_digest ON stream_groups (digest);
",
];
