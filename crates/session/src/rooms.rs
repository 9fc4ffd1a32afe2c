//! The rooms of a session: how far each join has come, and which entry comes next.

use litemap::LiteMap;
use parlor_shared::{
    ClientMessage, Entry, JoinOutcome, Position, RoomId, Seq, limits::TYPING_INTERVAL_MS,
};

use crate::{backoff::retry_wait_ms, error::ProtocolViolation};

/// The rooms that the program wants to be in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rooms {
    rooms: LiteMap<RoomId, Room>,
    /// For each room how many joins the program abandoned, by leaving before the answer; never 0.
    /// The server answers joins in order, so this many answers come before that of a newer join.
    abandoned_joins: LiteMap<RoomId, u32>,
}

/// One room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    /// The newest entry passed on to the program, in the epoch of the connection that the room was
    /// last joined on. Survives reconnects: the answer to the next join says whether the place
    /// still holds in the server's current epoch, and only that answer moves it there.
    position: Option<Position>,
    /// The newest known entry of the log.
    head: Seq,
    stage: Stage,
    /// When a refused join is tried again.
    join_again_at_ms: Option<u64>,
    /// How often the join was refused for now since it last succeeded.
    refused_joins: u32,
    /// When the program may next say that its user is typing.
    typing_again_at_ms: u64,
    /// The position at which an entry was last found missing.
    gap_after: Option<Seq>,
}

/// How far a join has come on this connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// Not requested on this connection.
    #[default]
    NotRequested,
    /// Requested and not answered. Entries that arrive now belong to an earlier join.
    Joining,
    /// Answered: entries follow, from the join's position on.
    CatchingUp,
    /// At the head of the log.
    Live,
}

/// How an entry continues what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuity {
    /// The next entry.
    Next,
    /// An entry that is known already or belongs to an earlier join.
    Stale,
    /// An entry before it is missing. Joining again brings it.
    Gap,
}

impl Rooms {
    pub(crate) fn add(&mut self, room: &RoomId) {
        self.rooms.entry(room.clone()).or_default();
    }

    /// Adds a room whose entries up to `position` the program has. Does nothing if the room is
    /// there already.
    pub(crate) fn add_after(&mut self, room: &RoomId, position: Position) {
        if self.get(room).is_none() {
            let added = Room {
                position: Some(position),
                ..Room::default()
            };
            self.rooms.insert(room.clone(), added);
        }
    }

    pub(crate) fn remove(&mut self, room: &RoomId) -> Option<Room> {
        self.rooms.remove(room)
    }

    /// Removes a room that the program leaves. The answer to a join that is under way will belong
    /// to no newer join.
    pub(crate) fn leave(&mut self, room: &RoomId) -> Option<Room> {
        let left = self.remove(room)?;
        if left.is_joining() {
            *self.abandoned_joins.entry(room.clone()).or_default() += 1;
        }
        Some(left)
    }

    /// Counts an answer to a join of this room; returns whether the join had been abandoned.
    pub(crate) fn take_abandoned_answer(&mut self, room: &RoomId) -> bool {
        let Some(abandoned) = self.abandoned_joins.get_mut(room) else {
            return false;
        };
        *abandoned -= 1;
        if *abandoned == 0 {
            self.abandoned_joins.remove(room);
        }
        true
    }

    pub(crate) fn get(&self, room: &RoomId) -> Option<&Room> {
        self.rooms.get(room)
    }

    pub(crate) fn get_mut(&mut self, room: &RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(room)
    }

    pub(crate) fn is_live(&self, room: &RoomId) -> bool {
        self.get(room).is_some_and(Room::is_live)
    }

    /// The rooms that the server was asked to join on this connection.
    pub(crate) fn requested(&self) -> impl Iterator<Item = &RoomId> {
        let requested = self.rooms.iter().filter(|(_, room)| room.is_requested());
        requested.map(|(id, _)| id)
    }

    /// The next join to send, marked as sent.
    pub(crate) fn next_join(&mut self) -> Option<ClientMessage> {
        let (id, room) = self.rooms.iter_mut().find(|(_, room)| room.needs_join())?;
        room.stage = Stage::Joining;
        Some(ClientMessage::Join {
            room: id.clone(),
            after: room.position,
        })
    }

    /// Lets the joins be tried again whose wait is over.
    pub(crate) fn on_timeout(&mut self, now_ms: u64) {
        for (_, room) in self.rooms.iter_mut() {
            room.join_again_at_ms = room.join_again_at_ms.filter(|at_ms| now_ms < *at_ms);
        }
    }

    /// When the next refused join is tried again.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        let waits = self.rooms.values().filter_map(|room| room.join_again_at_ms);
        waits.min()
    }

    pub(crate) fn on_disconnect(&mut self) {
        self.abandoned_joins.clear();
        for (_, room) in self.rooms.iter_mut() {
            room.stage = Stage::NotRequested;
            room.join_again_at_ms = None;
        }
    }
}

impl Room {
    pub(crate) fn position(&self) -> Option<Position> {
        self.position
    }

    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.stage != Stage::NotRequested
    }

    fn needs_join(&self) -> bool {
        !self.is_requested() && self.join_again_at_ms.is_none()
    }

    pub(crate) fn is_joining(&self) -> bool {
        self.stage == Stage::Joining
    }

    /// Whether a join was answered on this connection.
    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.stage, Stage::CatchingUp | Stage::Live)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.stage == Stage::Live
    }

    /// Takes the answer to a join; returns whether it answers the one that was sent last. From here
    /// on the position counts in the current epoch, which is `after`'s.
    ///
    /// # Errors
    /// [`ProtocolViolation`] if the server resumes at another place than the session asked for.
    pub(crate) fn on_joined(
        &mut self,
        after: Position,
        head: Seq,
        outcome: JoinOutcome,
    ) -> Result<bool, ProtocolViolation> {
        if !self.is_joining() {
            return Ok(false);
        }
        let known = self.position.map(|position| position.seq);
        if outcome == JoinOutcome::Resumed && known != Some(after.seq) {
            return Err(ProtocolViolation);
        }
        self.position = Some(after);
        self.head = head;
        self.stage = Stage::CatchingUp;
        self.refused_joins = 0;
        Ok(true)
    }

    /// Records that the server has sent every entry up to the head; returns whether the room was
    /// catching up before.
    pub(crate) fn mark_live(&mut self) -> bool {
        let was_catching_up = self.stage == Stage::CatchingUp;
        if was_catching_up {
            self.stage = Stage::Live;
        }
        was_catching_up
    }

    /// Checks an entry, and moves the position on if it is the next one.
    ///
    /// # Errors
    /// [`ProtocolViolation`] if an entry is missing at the same position as before, so joining
    /// again did not help. The room then starts over on the next connection.
    pub(crate) fn accept(&mut self, entry: &Entry) -> Result<Continuity, ProtocolViolation> {
        let is_joined = self.is_joined();
        let Some(position) = self.position.as_mut().filter(|_| is_joined) else {
            return Ok(Continuity::Stale);
        };
        if entry.seq <= position.seq {
            Ok(Continuity::Stale)
        } else if entry.prev == position.seq {
            position.seq = entry.seq;
            self.head = self.head.max(entry.seq);
            Ok(Continuity::Next)
        } else if self.gap_after.replace(position.seq) == Some(position.seq) {
            // From this place the server's log does not go on. Asked again, it would say the same.
            self.position = None;
            Err(ProtocolViolation)
        } else {
            Ok(Continuity::Gap)
        }
    }

    /// Makes the next [`Rooms::next_join`] join this room again.
    pub(crate) fn request_rejoin(&mut self) {
        self.stage = Stage::NotRequested;
    }

    /// Schedules the next attempt at a join that was refused for now.
    pub(crate) fn retry_join(&mut self, now_ms: u64, retry_after_ms: Option<u64>) {
        let wait_ms = retry_wait_ms(retry_after_ms, self.refused_joins);
        self.refused_joins = self.refused_joins.saturating_add(1);
        self.stage = Stage::NotRequested;
        self.join_again_at_ms = Some(now_ms.saturating_add(wait_ms));
    }

    /// Whether to say now that the user is typing: in a live room, at most once per
    /// [`TYPING_INTERVAL_MS`].
    pub(crate) fn begin_typing(&mut self, now_ms: u64) -> bool {
        let begins = self.is_live() && now_ms >= self.typing_again_at_ms;
        if begins {
            self.typing_again_at_ms = now_ms.saturating_add(TYPING_INTERVAL_MS);
        }
        begins
    }
}
