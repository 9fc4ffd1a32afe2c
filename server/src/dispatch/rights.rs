//! What the client may do: the one place that is asked before each handler, and what happens when
//! the answer changes.

use parlor_shared::{
    Body, ClientMessage, ErrorCode, MemberId, Moderation, Request, Right, Rights, RoomId, RoomKind,
    ServerMessage, close::CloseCode,
};

use crate::{
    access::{HeldToken, revoked},
    bans::Visitor,
    dispatch::{bans::check_ban, client::Client, error::RequestError},
    engine::Authority,
    node::Node,
    rooms::room::RoomHandle,
};

/// The right that a message needs in the room that it is about. `None` where it needs none, and for
/// a join, which asks once it knows what kind of room it is.
fn needed(message: &ClientMessage) -> Option<(&RoomId, Right)> {
    match message {
        ClientMessage::Post { room, body, .. } => Some((room, needed_to_append(body))),
        ClientMessage::Typing { room } => Some((room, Right::Post)),
        ClientMessage::History { room, .. }
        | ClientMessage::Slice { room, .. }
        | ClientMessage::Search { room, .. }
        | ClientMessage::Seen { room, .. } => Some((room, Right::Read)),
        ClientMessage::Moderate(request) => needed_to_moderate(request),
        ClientMessage::Hello { .. }
        | ClientMessage::Join { .. }
        | ClientMessage::Leave { .. }
        | ClientMessage::Rooms { .. }
        | ClientMessage::Rename { .. }
        | ClientMessage::Renew { .. }
        | ClientMessage::Ping { .. }
        | ClientMessage::Unknown => None,
    }
}

/// The right that a report, something about one or about a ban, or what owners do needs. Everyone
/// may erase their own messages and come in on another device, whatever else they may do.
fn needed_to_moderate(request: &Moderation) -> Option<(&RoomId, Right)> {
    match request {
        Moderation::Report { room, .. } => Some((room, Right::Read)),
        Moderation::Ban { room, ban } if ban.everywhere => Some((room, Right::Own)),
        Moderation::Ban { room, .. }
        | Moderation::Reports { room }
        | Moderation::Resolve { room, .. }
        | Moderation::Unban { room, .. }
        | Moderation::Bans { room } => Some((room, Right::Moderate)),
        Moderation::Access { room }
        | Moderation::Grant { room, .. }
        | Moderation::Invite { room, .. }
        | Moderation::Uninvite { room, .. } => Some((room, Right::Own)),
        Moderation::Erase { .. } | Moderation::Device { .. } | Moderation::Unknown => None,
    }
}

/// The right that an entry needs. Whose message it changes is checked by the engine.
pub(crate) fn needed_to_append(body: &Body) -> Right {
    match body {
        Body::Post { .. }
        | Body::Edit { .. }
        | Body::Deletion { .. }
        | Body::Reaction { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::Pin { .. }
        | Body::Blanked { .. }
        | Body::Unknown => Right::Post,
        Body::Mute { .. } | Body::SlowMode { .. } => Right::Moderate,
        Body::RoomKind { .. } => Right::Own,
    }
}

/// What the engine lets somebody do who has this right.
pub(crate) fn authority(right: Right) -> Authority {
    if right >= Right::Moderate {
        Authority::Moderator
    } else {
        Authority::Member
    }
}

/// What a visitor may do in a room whose kind is known, by what its access token says and by all
/// else.
///
/// # Errors
/// A refusal of one who may not read it.
pub(crate) fn right_to_enter(
    node: &Node,
    visitor: Visitor,
    held: Option<&HeldToken>,
    room: &RoomHandle,
) -> Result<Right, RequestError> {
    check_ban(node, visitor, Some(room.id()))?;
    let none = Rights::default();
    let held = held.map_or(&none, |held| &held.rights);
    let kind = room.policy().kind();
    let right = node.access.right_in(visitor.member, held, room.id(), kind);
    right.ok_or_else(|| not_allowed(Right::Read))
}

/// Refuses who lacks a right.
///
/// # Errors
/// A refusal that names it.
pub(crate) fn require(right: Right, needed: Right) -> Result<(), RequestError> {
    if right >= needed {
        Ok(())
    } else {
        Err(not_allowed(needed))
    }
}

impl Client {
    /// Checks that the client may do what a message asks for. A room that the client is not in is
    /// left to the handler.
    ///
    /// # Errors
    /// A refusal that names the right that is missing.
    pub(super) fn check_rights(&self, message: &ClientMessage) -> Result<(), RequestError> {
        match needed(message) {
            Some((room, needed)) => self.require(room, needed),
            None => Ok(()),
        }
    }

    /// Checks that the client has at least this right in a room that it is in.
    ///
    /// # Errors
    /// A refusal that names the right that is missing.
    pub(super) fn require(&self, room: &RoomId, needed: Right) -> Result<(), RequestError> {
        if !self.outbound.is_in(room) {
            return Ok(());
        }
        require(self.rights.get(room), needed)
    }

    /// What the engine lets the client do in a room that it is in.
    pub(super) fn authority_in(&self, room: &RoomId) -> Authority {
        authority(self.rights.get(room))
    }

    /// Checks that the client may read a room that it joins, and keeps what it may do there.
    ///
    /// # Errors
    /// A refusal where it may not come in.
    pub(super) fn enter(
        &mut self,
        member: MemberId,
        room: &RoomHandle,
    ) -> Result<Right, RequestError> {
        let right = right_to_enter(&self.node, self.visitor(member), self.held.as_deref(), room)?;
        self.rights.set(room.id(), right);
        Ok(right)
    }

    /// What a member may do in a room that the client is in; `None` for nothing.
    pub(super) fn right_of(&self, member: MemberId, room: &RoomId) -> Option<Right> {
        let mut right = None;
        self.outbound.for_each_room(|joined| {
            if joined.id() == room {
                let kind = joined.policy().kind();
                right = self.node.access.right_of(member, room, kind);
            }
        });
        right
    }

    /// What the client may do in a room that it is in.
    pub(super) fn own_right_in(&self, room: &RoomId) -> Right {
        self.rights.get(room)
    }

    /// What members may do has changed: tells the client where that concerns it, and takes it out
    /// of the rooms that it may not read any more. Returns a code if the connection is to be
    /// closed.
    pub(crate) fn handle_access_change(&mut self) -> Option<CloseCode> {
        let member = self.member.as_ref()?.member;
        if let Err(banned) = self.check_own_ban(None) {
            self.outbound.reply(&ServerMessage::Error(*banned.refusal));
            return Some(CloseCode::Banned);
        }
        let id = self.held.as_ref().and_then(|held| held.id.as_deref());
        if id.is_some_and(|id| self.node.access.is_revoked(id)) {
            self.outbound
                .reply(&ServerMessage::Error(*revoked().refusal));
            return Some(CloseCode::AccessRevoked);
        }
        let mut rooms = Vec::new();
        self.outbound.for_each_room(|room| {
            let kind = room.policy().kind();
            let right = self.right_by_all(member, room.id(), kind);
            rooms.push((room.id().clone(), right));
        });
        for (room, right) in rooms {
            if let Err(banned) = self.check_own_ban(Some(&room)) {
                self.put_out(&room, banned);
                continue;
            }
            match right {
                Some(right) if self.rights.set(&room, right) != right => {
                    self.reply_right(room, right);
                }
                Some(_) => {}
                None => self.put_out(&room, not_allowed(Right::Read)),
            }
        }
        self.notify_open_reports();
        None
    }

    /// What the client may do in a room of this kind, by its token and by all else.
    fn right_by_all(&self, member: MemberId, room: &RoomId, kind: RoomKind) -> Option<Right> {
        let none = Rights::default();
        let held = self.held.as_ref().map_or(&none, |held| &*held.rights);
        self.node.access.right_in(member, held, room, kind)
    }

    pub(super) fn reply_right(&self, room: RoomId, right: Right) {
        self.outbound.reply(&ServerMessage::Right { room, right });
    }

    /// Takes the client out of a room that it may not read any more, and tells it so.
    fn put_out(&mut self, room: &RoomId, why: RequestError) {
        // It is in the room, since it was listed there in the same step.
        self.leave(room).ok();
        let mut refusal = why.refusal.in_room(room);
        refusal.request = Some(Request::Join);
        self.outbound.reply(&ServerMessage::Error(refusal));
    }
}

/// The refusal of someone who lacks a right.
pub(super) fn not_allowed(needed: Right) -> RequestError {
    let why = match needed {
        Right::Read => "You may not come into this room. Somebody who is in it can invite you.",
        Right::Post => "You may read this room, and not post in it.",
        Right::Moderate => "Only moderators of this room may do that.",
        Right::Own => "Only the owner may do that.",
    };
    RequestError::new(ErrorCode::NotAllowed, why)
}
