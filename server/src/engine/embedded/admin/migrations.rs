//! The migrations of the file's schema, as `embedded/migrations.rs` has those of the log's.

/// The migration to each version from the one before. A released migration never changes.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    -- A right that a member was given. `admits` says that it lets the member in by itself, where the
    -- server asks for a password or a token.
    CREATE TABLE grants (
        member BLOB NOT NULL, rooms TEXT NOT NULL, right TEXT NOT NULL, admits INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, PRIMARY KEY (member, rooms)
    ) STRICT, WITHOUT ROWID;
    -- `code` is the SHA-256 of an invitation's code: the file tells nobody how to come in.
    CREATE TABLE invitations (
        id INTEGER PRIMARY KEY AUTOINCREMENT, code BLOB NOT NULL UNIQUE, rooms TEXT NOT NULL,
        right TEXT NOT NULL, made_at_ms INTEGER NOT NULL, expires_at_ms INTEGER, uses_max INTEGER,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
", "
    -- `room` is NULL for a ban from the whole server, `member` for one of an address alone.
    CREATE TABLE bans (
        id INTEGER PRIMARY KEY AUTOINCREMENT, member BLOB, name TEXT, room TEXT,
        takes_addresses INTEGER NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE TABLE ban_networks (
        ban INTEGER NOT NULL REFERENCES bans ON DELETE CASCADE, network TEXT NOT NULL,
        PRIMARY KEY (ban, network)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, target BLOB NOT NULL,
        member BLOB NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX reports_by_room ON reports (room, id);
    CREATE INDEX reports_by_member ON reports (member);
    -- What the command line wants on a room's log. `outcome` is NULL until a server has done it.
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT
    ) STRICT;
    CREATE TABLE admin_log (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, what TEXT NOT NULL
    ) STRICT;
",
    "
    -- `password` is the hash of the password that lets everyone in who knows it.
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
",
    "
    -- The member's name when they got the right, for people.
    ALTER TABLE grants ADD COLUMN name TEXT;
    CREATE INDEX grants_by_rooms ON grants (rooms);
    CREATE INDEX invitations_by_rooms ON invitations (rooms);
",
    "
    -- Access tokens that were taken back, by their `jti`. `expires_at_ms` is NULL where it is not known
    -- when the token ends.
    CREATE TABLE revoked (id TEXT PRIMARY KEY, expires_at_ms INTEGER) STRICT, WITHOUT ROWID;
",
    "
    -- Programs elsewhere that are sent the entries of rooms. `secret` signs what they are sent; `seq` and
    -- `epoch` are the place up to which they have everything. `replays` counts how often that place was
    -- set by the operator. `delivery` is the id of what is being sent, which ends at `until_seq`.
    CREATE TABLE webhooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, rooms TEXT NOT NULL,
        made_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE outgoing_webhooks (
        webhook INTEGER PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
        address TEXT NOT NULL, secret TEXT NOT NULL,
        seq INTEGER NOT NULL, epoch BLOB NOT NULL, replays INTEGER NOT NULL DEFAULT 0,
        delivery TEXT, until_seq INTEGER, until_epoch BLOB,
        failures INTEGER NOT NULL DEFAULT 0, failing_since_ms INTEGER, next_at_ms INTEGER,
        last_error TEXT NOT NULL DEFAULT '', delivered_at_ms INTEGER, disabled_at_ms INTEGER
    ) STRICT;
",
    "
    -- Secret addresses that post in a room as a member of their own. `secret` is the SHA-256 of what is
    -- in the address.
    CREATE TABLE incoming_webhooks (
        webhook INTEGER PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
        secret BLOB NOT NULL UNIQUE, member BLOB NOT NULL
    ) STRICT;
",
    "
    -- Of a log that follows a stream: the one row of `followed` says up to where the changes that stand
    -- there are made here, `news` is the newest of those that servers look at. `made` has what became
    -- of the newest ones, and by which `request` a change is known that is asked for again.
    CREATE TABLE followed (
        epoch BLOB NOT NULL, sequence INTEGER NOT NULL, news INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE made (sequence INTEGER PRIMARY KEY, request BLOB, outcome TEXT NOT NULL) STRICT;
    -- What the command line asks the node for; `outcome` is NULL until it is done.
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL DEFAULT (randomblob(16)),
        change TEXT NOT NULL, outcome TEXT
    ) STRICT;
    -- Counts what was kept of a webhook's deliveries: of two nodes that deliver at once, one counts.
    ALTER TABLE outgoing_webhooks ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
",
];
