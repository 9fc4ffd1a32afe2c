//! The list of rooms.

use parlor_shared::{Name, RoomId};

use crate::{
    event::{Direction, RoomStep},
    model::{Model, about::Notify, activity},
};

/// A room in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomItem {
    /// The room.
    pub id: RoomId,
    /// Its name for people; `None` where its id is shown.
    pub name: Option<Name>,
    /// Whether it is the current room.
    pub is_current: bool,
    /// Whether the user is not notified of it.
    pub is_muted: bool,
    /// How many of its messages are unread, counted as
    /// [`Room::unread`](crate::model::room::Room::unread) does.
    pub unread: usize,
    /// How many of these mention the user.
    pub mentions: usize,
    /// How long ago its newest message was posted; `None` while it has none.
    pub last_message: Option<String>,
    /// When that was, in Unix milliseconds; 0 while it has none.
    pub last_message_ms: u64,
}

impl RoomItem {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_ref().map_or(self.id.as_str(), Name::as_str)
    }
}

/// The rooms that the page is in: those with the newest messages first, muted ones at the end.
/// Reading a room does not move it, so that the list holds still while the user goes through it.
#[must_use]
pub fn rooms(model: &Model) -> Vec<RoomItem> {
    let mut rooms: Vec<RoomItem> = Vec::new();
    for room in model.rooms.keys().filter_map(|id| room(model, id)) {
        // A sorting algorithm would be 1 KB of the page, for a list that is short.
        let goes_before = |other: &RoomItem| {
            (other.is_muted, u64::MAX - other.last_message_ms)
                <= (room.is_muted, u64::MAX - room.last_message_ms)
        };
        let place = rooms.partition_point(goes_before);
        rooms.insert(place, room);
    }
    rooms
}

/// The rooms in the order in which they were shown, for as long as that is kept: new ones come
/// last.
#[must_use]
pub fn in_order(shown: &[RoomItem], rooms: Vec<RoomItem>) -> Vec<RoomItem> {
    let (mut ordered, mut rest) = (Vec::new(), rooms);
    for RoomItem { id, .. } in shown {
        if let Some(at) = rest.iter().position(|room| room.id == *id) {
            ordered.push(rest.remove(at));
        }
    }
    ordered.append(&mut rest);
    ordered
}

/// The room with this id; `None` where the page is not in it.
#[must_use]
pub fn room(model: &Model, id: &RoomId) -> Option<RoomItem> {
    let known = model.rooms.get(id)?;
    let newest_ms = known.last_message_ms();
    Some(RoomItem {
        id: id.clone(),
        name: known.about.state.name.clone(),
        is_current: *id == model.current_room,
        is_muted: known.about.notify == Notify::None,
        unread: model.unread_in(id),
        mentions: model.unread_mentions_in(id),
        last_message: newest_ms.map(|at_ms| activity::elapsed(model.unix_ms, at_ms)),
        last_message_ms: newest_ms.unwrap_or(0),
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
