//! The list of rooms.

use parlor_shared::RoomId;

use crate::model::{Model, activity};

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
    /// How many of these mention the user.
    pub mentions: usize,
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
        mentions: model.unread_mentions_in(id),
        last_message: newest_ms.map(|at_ms| activity::elapsed(model.unix_ms, at_ms)),
    })
}
