//! The phases of a run, which the run announces to its clients.

use std::{collections::BTreeMap, sync::Arc};

use parlor_client::{Position, RoomId};

/// A place in each room, most often the newest one.
pub(crate) type Heads = BTreeMap<RoomId, Position>;

/// A phase of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Faults are injected, and clients act.
    Chaos,
    /// No faults and no new posts: every outbox must become empty.
    Drain,
    /// Every client must receive everything up to these heads.
    CatchUp(Arc<Heads>),
    /// The time is up: a client that is not done reports that as a failure.
    TimedOut,
}
