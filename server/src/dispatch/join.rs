//! Being in a room: join, leave, typing.

use parlor_shared::{
    ErrorCode, JoinOutcome, Position, RoomId, Seq, ServerMessage,
    limits::{JOIN_TOKENS, NEWCOMER_ENTRIES},
};

use crate::{
    dispatch::{client::Client, error::RequestError},
    rooms::cursor::Cursor,
};

impl Client {
    /// Joins a room with a cursor after this position, or after the last page where the position
    /// can't be resumed.
    pub(super) async fn join(
        &mut self,
        room: &RoomId,
        after: Option<Position>,
    ) -> Result<(), RequestError> {
        let member = self.member()?;
        if self.outbound.has_rooms_max() && !self.outbound.is_in(room) {
            let why = "You are in as many rooms as a connection can be. Leave one first.";
            return Err(RequestError::new(ErrorCode::TooManyRooms, why));
        }
        self.charge(JOIN_TOKENS - 1);
        let engine = &self.node.engine;
        let handle = self.node.hub.open(room, self.address.as_ref())?;
        let bounds = self.log.bounds(room).await?;
        let head = handle.observe_head(bounds.head);
        let state = self.log.room_state(room).await?;

        let resumable = after
            .filter(|after| engine.continues(after) && (bounds.start..=head).contains(&after.seq));
        let (after, outcome) = match resumable {
            Some(after) => (after.seq, JoinOutcome::Resumed),
            None => {
                let end = Seq(head.0.saturating_add(1));
                let last = self.log.read_before(room, end, NEWCOMER_ENTRIES).await?;
                let after = last.entries.first().map_or(head, |oldest| oldest.prev);
                (after, JoinOutcome::Reset)
            }
        };
        self.outbound.reply(&ServerMessage::Joined {
            room: room.clone(),
            after,
            head,
            first: bounds.first,
            outcome,
        });
        if !state.is_empty() {
            let room = room.clone();
            self.outbound.reply(&ServerMessage::State { room, state });
        }
        let cursor = Cursor::new(handle, self.log.clone(), member, after);
        self.outbound.add(cursor);
        Ok(())
    }

    /// Leaves a room.
    pub(super) fn leave(&mut self, room: &RoomId) -> Result<(), RequestError> {
        let cursor = self.outbound.remove(room);
        cursor.ok_or_else(RequestError::not_joined)?.leave();
        Ok(())
    }

    /// Tells everyone in the room that the member is typing, every three seconds at most.
    pub(super) fn typing(&mut self, room: RoomId) -> Result<(), RequestError> {
        let member = self.member_in(&room)?.member;
        self.outbound.for_each_room(|joined| {
            if *joined.id() == room {
                joined.publish_typing(member);
            }
        });
        Ok(())
    }
}
