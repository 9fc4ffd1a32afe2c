//! Counts of what happened, summed over all worlds of a run.

use std::fmt;

macro_rules! stats {
    ($($field:ident: $what:literal),* $(,)?) => {
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct Stats {
            $(pub(crate) $field: u64,)*
        }

        impl Stats {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)*
            }
        }

        impl fmt::Display for Stats {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:>12} {}", self.$field, $what)?;)*
                Ok(())
            }
        }
    };
}

stats! {
    seeds: "seeds",
    steps: "steps",
    seconds: "simulated seconds",
    posts: "posts accepted",
    refused_for_now: "requests refused for now",
    posts_refused: "posts refused for good",
    entries: "entries committed",
    shown: "entries shown",
    cuts: "links broken",
    mutes: "links on which the server hears nothing any more",
    pings: "pings of the server answered",
    given_up: "connections given up by the server",
    lost_frames: "frames lost or repeated in transit",
    moderated: "mutes, slow modes and bans",
    muted: "posts refused because their author is muted",
    put_out: "clients kept out of a room by a ban",
    crashes: "crashes of the server",
    restarts: "restarts of a client",
    logs_replaced: "logs replaced",
    backups: "backups taken",
    restores: "backups restored",
    logs_cut: "logs that lost their end",
    retentions: "changes of what retention keeps",
    commits_failed: "commits refused by the disk",
    reads_failed: "reads refused by the disk",
    pages: "pages of history",
    resumes: "resumes",
    resets: "resets",
    shared: "worlds whose nodes share a stream",
    stored: "groups stored by streams",
    answers_lost: "groups stored without an answer",
    groups_lost: "groups lost on their way to a stream",
    repeated: "groups stored once more",
    aways: "nodes that could not reach their stream",
    lags: "nodes that were shown nothing for a while",
    skips: "tails that left a group out",
    holes: "holes in streams",
    ends_lost: "streams that lost their end",
    forks: "streams that gave places again",
    stopped: "nodes that stopped because of a stream",
    fell_behind: "live cursors that fell off the ring and came back",
}
