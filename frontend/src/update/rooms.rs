//! Opening, entering and leaving rooms, and whether the current one is seen.

use parlor_session::OutboxPost;
use parlor_shared::{
    Body, MessageId, Name, RoomId, RoomInvalid,
    limits::{LEAVE_UNDO_MS, PAGE_ROOMS_MAX},
};

use crate::{
    event::{Effect, RoomStep},
    model::{Model, completion::Completions, left_room::LeftRoom, room::Room},
    texts,
    update::{outbox, reading},
    view_model::rooms::neighbour,
};

/// The room that the page prefers when the current one is left.
const DEFAULT_ROOM: &str = "lobby";

/// Opens the room with this name. An invalid name is refused with a notice.
pub(super) fn open_by_name(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    match RoomId::parse(name.trim()) {
        Ok(room) => open(model, room, effects),
        Err(RoomInvalid) => model.notice = Some(texts::room_invalid()),
    }
}

/// Opens a room that is perhaps new. If it is, it gets this name for people.
pub(super) fn open_new(
    model: &mut Model,
    room: RoomId,
    name: Option<Name>,
    effects: &mut Vec<Effect>,
) {
    let is_known = model.rooms.get(&room).is_some();
    open(model, room, effects);
    if !is_known {
        model.room_mut().about.wanted_name = name;
    }
}

/// Posts the name that the user has given a new room, once the page is in it. A room that turned
/// out to be there keeps what it is called.
pub(super) fn name_new_room(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let mut rooms = model.rooms.iter_mut();
    let named = rooms.find_map(|(room, known)| {
        let name = known.about.wanted_name.take_if(|_| known.live)?;
        Some((room.clone(), name))
    });
    if let Some((room, name)) = named {
        let body = Body::RoomName { name: Some(name) };
        outbox::send(model, OutboxPost { room, id, body }, effects);
    }
}

/// Shows a room and its address, unless it is the current one. The panel that it was chosen in
/// closes in any case.
fn open(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    if std::mem::take(&mut model.panel_open) {
        // What was chosen there is out of sight now.
        effects.push(Effect::MoveFocus("messages"));
    }
    if room != model.current_room {
        effects.push(Effect::ShowAddress(room.clone()));
        enter(model, room, effects);
    }
}

/// Goes to the room before or after the current one, if there is one.
pub(super) fn step(model: &mut Model, step: RoomStep, effects: &mut Vec<Effect>) {
    if let Some(room) = neighbour(model, step) {
        open(model, room, effects);
    }
}

/// Makes a room the current one, and joins it where the page is not in it. What was open in the
/// room before is closed.
pub(super) fn enter(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    let rooms_before = model.rooms.len();
    model.join(&room);
    if model.rooms.len() > rooms_before {
        leave_quietest(model, &room, effects);
        effects.push(save_rooms(model));
    }
    reading::save(model, effects);
    let reader = model.reader();
    let left = model.room_mut();
    left.clear_new_line();
    (left.scroll_target, left.seeking) = (None, None);
    left.go_to_end();
    model.current_room = room;
    model.search = None;
    model.picker = None;
    if model.menu.take().is_some() {
        effects.push(Effect::CloseMenu);
    }
    model.panel_open = false;
    model.completions = Completions::default();
    model.switcher = None;
    model.room_card = None;
    model.notice = None;
    let room = model.room_mut();
    room.enter_reading(&reader);
    room.go_to_end();
}

/// While there are more than [`PAGE_ROOMS_MAX`] rooms, leaves the one whose newest message is
/// oldest. Rooms with unsent posts, the current room and `keep` stay.
fn leave_quietest(model: &mut Model, keep: &RoomId, effects: &mut Vec<Effect>) {
    while model.rooms.len() > PAGE_ROOMS_MAX {
        let may_go = |(id, room): &(&RoomId, &Room)| {
            *id != keep && **id != model.current_room && room.pending.is_empty()
        };
        let others = model.rooms.iter().filter(may_go);
        let quietest = others.min_by_key(|(_, room)| room.last_message_ms());
        let Some(quietest) = quietest.map(|(id, _)| id.clone()) else {
            return;
        };
        remove(model, &quietest, effects);
    }
}

/// Leaves a room, which can be taken back for a moment. If it is the current one, another room
/// becomes current; the last room cannot be left.
pub(super) fn leave(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    let was_current = room == model.current_room;
    if was_current {
        let others = model.rooms.keys().filter(|other| **other != room);
        let next = others.min_by_key(|other| other.as_str() != DEFAULT_ROOM);
        let Some(next) = next.cloned() else {
            return;
        };
        open(model, next, effects);
    }
    forget_left(model, effects);
    if let Some(left) = take(model, &room) {
        model.left_room = Some(LeftRoom {
            id: room,
            room: left,
            was_current,
            until_ms: model.now_ms + LEAVE_UNDO_MS,
        });
    }
    effects.push(save_rooms(model));
}

/// Takes back that a room was left: it is as it was, with its draft and what was seen.
pub(super) fn undo_leave(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(left) = model.left_room.take() else {
        return;
    };
    // Its place in the log went with the session's; until the server says where it is now, the
    // messages that are known are shown.
    let mut room = left.room;
    room.connection_lost();
    model.rooms.insert(left.id.clone(), room);
    model.session.join(&left.id);
    effects.push(save_rooms(model));
    if left.was_current {
        open(model, left.id, effects);
    }
}

/// Forgets what is saved of the room that was left, once that can no longer be taken back.
pub(super) fn forget_left_in_time(model: &mut Model, effects: &mut Vec<Effect>) {
    let left = model.left_room.as_ref();
    if left.is_some_and(|left| model.now_ms >= left.until_ms) {
        forget_left(model, effects);
    }
}

fn forget_left(model: &mut Model, effects: &mut Vec<Effect>) {
    // The user may have joined it again by its name.
    if let Some(left) = model.left_room.take()
        && model.rooms.get(&left.id).is_none()
    {
        effects.push(Effect::ForgetRoom(left.id));
    }
}

/// Removes a room and everything saved for it. A room with unsent posts stays, with a notice.
fn remove(model: &mut Model, id: &RoomId, effects: &mut Vec<Effect>) {
    if take(model, id).is_some() {
        effects.push(Effect::ForgetRoom(id.clone()));
    }
}

/// Takes a room off the page. A room with unsent posts stays, with a notice.
fn take(model: &mut Model, id: &RoomId) -> Option<Room> {
    let room = model.rooms.get(id);
    if room.is_some_and(|room| !room.pending.is_empty()) {
        model.notice = Some(texts::has_unsent(id.as_str()));
        return None;
    }
    model.session.leave(id);
    model.rooms.remove(id)
}

fn save_rooms(model: &Model) -> Effect {
    Effect::SaveRooms(model.rooms.keys().cloned().collect())
}

/// The window became visible: what arrived meanwhile is marked.
pub(super) fn page_shown(model: &mut Model) {
    model.visible = true;
    let reader = model.reader();
    model.room_mut().mark_first_unread(&reader);
}

/// The window got the focus: the same.
pub(super) fn window_focused(model: &mut Model) {
    if !std::mem::replace(&mut model.focused, true) {
        page_shown(model);
    }
}

/// The window was hidden. The user may not come back to it, so the newest entries are saved for
/// the next visit.
pub(super) fn page_hidden(model: &mut Model, effects: &mut Vec<Effect>) {
    reading::save(model, effects);
    model.session.flush_seen(model.now_ms);
    model.visible = false;
    for (id, room) in model.rooms.iter_mut() {
        let unsaved = room.cached_entries.take_unsaved();
        effects.extend(unsaved.map(|entries| Effect::SaveEntries(id.clone(), entries)));
    }
}
