//! What a room's entries have set for everyone in it, as of the newest that was published: the
//! server asks here before it appends.

use parlor_shared::{Body, Entry, RoomKind, Seq};

/// What applies in a room.
#[derive(Debug, Default)]
pub(crate) struct RoomPolicy {
    /// Every entry up to this one is taken in.
    seq: Seq,
    kind: RoomKind,
}

impl RoomPolicy {
    /// Who may come in and post by default.
    pub(crate) fn kind(&self) -> RoomKind {
        self.kind
    }

    /// Takes in what the log says as of `seq`, unless something newer is known.
    pub(crate) fn observe(&mut self, seq: Seq, kind: RoomKind) {
        if seq >= self.seq {
            *self = Self { seq, kind };
        }
    }

    /// Takes in an entry that is published. Returns whether it changes what applies.
    pub(crate) fn apply(&mut self, entry: &Entry) -> bool {
        let Body::RoomKind { kind } = entry.body else {
            return false;
        };
        self.observe(entry.seq, kind);
        true
    }
}
