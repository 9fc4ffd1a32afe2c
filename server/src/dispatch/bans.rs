//! Bans, as hellos, joins and requests over HTTP look for them.

use parlor_shared::{ErrorCode, MemberId, RoomId};

use crate::{
    bans::{Hold, Visitor},
    dispatch::{client::Client, error::RequestError},
    engine::embedded::TakesAddresses,
    node::Node,
};

/// Refuses a visitor who is banned from this room, or from the server where it is `None`.
///
/// # Errors
/// A refusal that says when the ban ends.
pub(crate) fn check_ban(
    node: &Node,
    visitor: Visitor,
    room: Option<&RoomId>,
) -> Result<(), RequestError> {
    let hold = node.access.find_ban(visitor, room);
    hold.map_or(Ok(()), |hold| Err(banned(node, visitor, &hold)))
}

/// Refuses a visitor who is banned, and takes the address along where the ban says so.
fn banned(node: &Node, visitor: Visitor, hold: &Hold) -> RequestError {
    if hold.takes_addresses == TakesAddresses::Yes {
        node.access
            .take_address_along(hold.ban, visitor.network, visitor.now_ms);
    }
    let mut error = RequestError::new(
        ErrorCode::Banned,
        "A moderator has banned you. You can come back when the ban has ended.",
    );
    error.refusal.retry_after_ms = Some(hold.until_ms.saturating_sub(visitor.now_ms));
    error
}

impl Client {
    /// The client, as bans know it, once it is this member.
    pub(super) fn visitor(&self, member: MemberId) -> Visitor {
        Visitor {
            member,
            network: self.network,
            now_ms: self.node.hub.clock().unix_ms(),
        }
    }

    /// Refuses the client if it is banned from this room, or from the server where it is `None`.
    pub(super) fn check_own_ban(&self, room: Option<&RoomId>) -> Result<(), RequestError> {
        match &self.member {
            Some(member) => check_ban(&self.node, self.visitor(member.member), room),
            None => Ok(()),
        }
    }
}
