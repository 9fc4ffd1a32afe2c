//! A room that somebody comes into: by a join, or for a request over HTTP.

use parlor_shared::{ErrorCode, MemberId, Position, RoomId, Seq};

use crate::{
    address::Address, dispatch::error::RequestError, engine::JoinRead, log_reader::LogReader,
    node::Node, rooms::room::RoomHandle,
};

/// A room that is loaded, and what the log has said of it.
#[derive(Debug)]
pub(crate) struct OpenedRoom {
    /// Keeps it loaded.
    pub(crate) handle: RoomHandle,
    /// What the log has said.
    pub(crate) read: JoinRead,
    /// The newest published entry, which may be after what was read.
    pub(crate) head: Seq,
}

/// Waits until this node has what somebody has read on another one, up to this position.
///
/// # Errors
/// A refusal for now if that takes too long: it would look like a history that has broken.
pub(crate) async fn reach(node: &Node, after: Option<&Position>) -> Result<(), RequestError> {
    let Some(after) = after else { return Ok(()) };
    let reached = node.engine.reach(after).await;
    reached.map_err(|error| RequestError::new(ErrorCode::LogUnavailable, error.to_string()))
}

impl OpenedRoom {
    /// Loads a room, and reads what somebody is told first who comes into it. From then on its kind
    /// is known. Rights are the caller's to check.
    ///
    /// # Errors
    /// A refusal if there are too many rooms, or the log can't be read.
    pub(crate) async fn open(
        node: &Node,
        log: &LogReader,
        address: Option<&Address>,
        room: &RoomId,
        member: MemberId,
    ) -> Result<Self, RequestError> {
        let handle = node.hub.open(room, address)?;
        let read = log.read_join(room, member).await?;
        let head = handle.observe_head(read.bounds.head);
        handle.policy().observe(read.state.seq, read.state.kind);
        Ok(Self { handle, read, head })
    }

    /// Whether every entry after this position is there, so that who has read up to it can go on.
    pub(crate) fn has_all_after(&self, node: &Node, after: &Position) -> bool {
        let kept = self.read.bounds.start..=self.head;
        node.engine.continues(after) && kept.contains(&after.seq)
    }
}
