//! The list of rooms.

use parlor_shared::RoomId;

use crate::{
    event::{Direction, RoomStep},
    model::{Model, activity},
};

/// A room in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomItem {
    /// The room.
    pub id: RoomId,
    /// Whether it is the current room.
    pub is_current: bool,
    /// How many of its messages are unread, counted as
    /// [`Room::unread`](crate::model::room::Room::unread) does.
    pub unread: usize,
    /// How long ago its newest message was posted; `None` while it has none.
    pub last_message: Option<String>,
}

/// The rooms that the page is in, by name.
#[must_use]
pub fn rooms(model: &Model) -> Vec<RoomItem> {
    let item = |id: &RoomId| room(model, id);
    model.rooms.keys().filter_map(item).collect()
}

/// The room with this id; `None` where the page is not in it.
#[must_use]
pub fn room(model: &Model, id: &RoomId) -> Option<RoomItem> {
    let newest_ms = model.rooms.get(id)?.last_message_ms();
    Some(RoomItem {
        id: id.clone(),
        is_current: *id == model.current_room,
        unread: model.unread_in(id),
        last_message: newest_ms.map(|at_ms| activity::elapsed(model.unix_ms, at_ms)),
    })
}

/// The room to which a step leads from the current one, in the order of the list and round its
/// ends; `None` where there is no such room.
#[must_use]
pub fn neighbour(model: &Model, step: RoomStep) -> Option<RoomId> {
    let rooms = rooms(model);
    let current = rooms.iter().position(|room| room.is_current)?;
    let (before, after) = (&rooms[..current], &rooms[current + 1..]);
    let is_wanted = |room: &&RoomItem| !step.unread_only || room.unread > 0;
    let found = match step.direction {
        Direction::Down => after.iter().chain(before).find(is_wanted),
        Direction::Up => before
            .iter()
            .rev()
            .chain(after.iter().rev())
            .find(is_wanted),
    };
    found.map(|room| room.id.clone())
}
