//! Positions in answers and requests: what `after` takes, and the `id` of an event.
//!
//! Programs keep the text of one and give it back as it is.

use parlor_shared::{Position, Seq};

use crate::node::Node;

/// The header with the seq of a room's newest entry.
pub(super) const HEAD: &str = "parlor-head";
/// The header with the log's epoch.
pub(super) const EPOCH: &str = "parlor-epoch";
/// The header with a position.
pub(super) const POSITION: &str = "parlor-position";

/// The position of a seq in the log's current history.
pub(super) fn current(node: &Node, seq: Seq) -> Position {
    let epoch = node.engine.epoch();
    Position { epoch, seq }
}
