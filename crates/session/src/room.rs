//! A room as a session knows it: the place it has reached, and what the next entry must be.

use parlor_shared::{Entry, Epoch, Position, Seq};

/// A room one wants to be in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    /// The newest entry told to the program, kept from connection to connection.
    pub(crate) position: Option<Position>,
    /// The newest entry of the log, as far as one has heard.
    pub(crate) head: Seq,
    pub(crate) stage: Stage,
    /// When a refused join is tried again.
    pub(crate) join_again_at_ms: Option<u64>,
    /// How often it was refused for now, since one was answered.
    pub(crate) refused_joins: u32,
    /// When the program may say again that somebody types.
    pub(crate) typing_again_at_ms: u64,
    /// Where an entry was last found missing.
    gap_after: Option<Seq>,
}

/// How far a join has come on this connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not asked for.
    #[default]
    Out,
    /// Asked for, not answered: what comes from the room is from before.
    Joining,
    /// Answered: entries count, from the join's place on.
    CatchingUp,
    /// At the head.
    Live,
}

/// What an entry is to the one who waits for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The next one.
    Next,
    /// Had already.
    Known,
    /// Something before it is missing: joining again brings it.
    Gap,
    /// Something is missing at the same place again: joining does not help.
    Broken,
}

impl Room {
    /// The join was answered: the tail starts after this place.
    pub(crate) fn joined(&mut self, epoch: Epoch, after: Seq, head: Seq) {
        self.position = Some(Position { epoch, seq: after });
        self.head = head;
        self.stage = Stage::CatchingUp;
        self.refused_joins = 0;
    }

    /// Whether a join was answered on this connection.
    pub(crate) fn is_in(&self) -> bool {
        matches!(self.stage, Stage::CatchingUp | Stage::Live)
    }

    /// Looks at an entry, and moves on where it is the next.
    pub(crate) fn take(&mut self, entry: &Entry) -> Order {
        match (&mut self.position, self.stage) {
            (Some(position), Stage::CatchingUp | Stage::Live) => {
                if entry.seq <= position.seq {
                    Order::Known
                } else if entry.prev == position.seq {
                    position.seq = entry.seq;
                    self.head = self.head.max(entry.seq);
                    Order::Next
                } else if self.gap_after.replace(position.seq) == Some(position.seq) {
                    Order::Broken
                } else {
                    Order::Gap
                }
            }
            (_, Stage::Out | Stage::Joining) | (None, Stage::CatchingUp | Stage::Live) => {
                Order::Known
            }
        }
    }
}
