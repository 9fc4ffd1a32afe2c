//! Being in a room: join, leave, typing.

use parlor_shared::{
    ErrorCode, JoinOutcome, Position, Right, RoomId, Seq, ServerMessage,
    limits::{JOIN_TOKENS, NEWCOMER_ENTRIES},
};

use crate::{
    dispatch::{
        client::Client,
        error::RequestError,
        opened_room::{OpenedRoom, reach},
    },
    engine::JoinRead,
    rooms::cursor::Cursor,
    seen_feed::SeenNews,
};

impl Client {
    /// Joins a room with a cursor after this position, or after the last page where the position
    /// can't be resumed.
    pub(super) async fn join(
        &mut self,
        room: &RoomId,
        after: Option<Position>,
    ) -> Result<(), RequestError> {
        let member = self.member()?.clone();
        if self.outbound.has_rooms_max() && !self.outbound.is_in(room) {
            let why = "You are in as many rooms as a connection can be. Leave one first.";
            return Err(RequestError::new(ErrorCode::TooManyRooms, why));
        }
        self.charge(JOIN_TOKENS - 1);
        // Before it is read, or what the member sees elsewhere in between would be missed.
        self.follow_seen(room, member.member);
        let address = self.address.as_ref();
        let reached = reach(&self.node, after.as_ref()).await;
        reached.inspect_err(|_| self.unfollow_seen(room))?;
        let opened = OpenedRoom::open(&self.node, &self.log, address, room, member.member).await;
        let opened = opened.inspect_err(|_| self.unfollow_seen(room))?;
        let right = self.enter(member.member, &opened.handle);
        let right = right.inspect_err(|_| self.unfollow_seen(room))?;

        let resumable = after.filter(|after| opened.has_all_after(&self.node, after));
        let OpenedRoom { handle, read, head } = opened;
        let JoinRead {
            bounds,
            state,
            seen,
        } = read;
        let (after, outcome) = match resumable {
            Some(after) => (after.seq, JoinOutcome::Resumed),
            None => {
                let end = Seq(head.0.saturating_add(1));
                let last = self.log.read_before(room, end, NEWCOMER_ENTRIES).await;
                let last = last.inspect_err(|_| self.unfollow_seen(room))?;
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
        if right != Right::Post {
            self.reply_right(room.clone(), right);
        }
        self.rights.reset_reports_known(room);
        self.notify_open_reports();
        if let Some(seq) = seen {
            let (room, seq) = (room.clone(), seq.min(head));
            self.reply_seen(SeenNews { room, seq });
        }
        let cursor = Cursor::new(handle, self.log.clone(), &member, after);
        self.outbound.add(cursor);
        Ok(())
    }

    /// Leaves a room.
    pub(super) fn leave(&mut self, room: &RoomId) -> Result<(), RequestError> {
        let cursor = self.outbound.remove(room);
        cursor.ok_or_else(RequestError::not_joined)?.leave();
        self.rights.remove(room);
        if let Some(feed) = &self.seen_feed {
            feed.leave(room);
        }
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
