//! How far the user has read each room: what moves it here, and what the server says of their other
//! devices.

use parlor_shared::{JoinOutcome, MessageId, Place, Position, RoomId, limits::HISTORY_ENTRIES_MAX};

use crate::{
    event::Effect,
    model::{Model, reading::LoadingFor, room::UNREAD_MAX},
    update::history,
};

/// Pages of earlier messages that are loaded unasked to find the first unread one of the current
/// room.
const PAGES_MAX: usize = 5;

/// Sets how far the user has read a room, here and on their other devices.
fn set(model: &mut Model, room: &RoomId, position: Position, effects: &mut Vec<Effect>) {
    take(model, room, position, effects);
    model.session.mark_seen(room, position, model.now_ms);
}

/// Takes in how far the user has read a room.
fn take(model: &mut Model, id: &RoomId, position: Position, effects: &mut Vec<Effect>) {
    let reader = model.reader();
    if let Some(room) = model.rooms.get_mut(id)
        && room.progress.seen != Some(position)
    {
        room.set_seen(position, &reader);
        effects.push(Effect::SaveSeen(id.clone(), position));
    }
}

/// The room was joined: what is stored of how far the user has read it counts in this epoch, or
/// no longer.
pub(super) fn joined(model: &mut Model, id: &RoomId, outcome: JoinOutcome) {
    let Some(position) = model.session.position(id) else {
        return;
    };
    if let Some(room) = model.rooms.get_mut(id) {
        room.reading_joined(outcome, position.epoch);
    }
}

/// The server says how far the user has read a room, on any of their devices.
pub(super) fn received(
    model: &mut Model,
    id: &RoomId,
    position: Position,
    effects: &mut Vec<Effect>,
) {
    take(model, id, position, effects);
    let (reader, is_current) = (model.reader(), *id == model.current_room);
    if let Some(room) = model.rooms.get_mut(id)
        && !std::mem::replace(&mut room.progress.is_told, true)
    {
        // Nobody has marked anything as unread while the user looks at it.
        room.release_unread();
        if is_current && room.live {
            room.mark_first_unread(&reader);
        }
    }
    load_unread(model, id);
}

/// A room has become live: everything missed has arrived. If the server knows nothing of how far
/// the user has read it, it is told: what was stored here, or all of it in a room that the user has
/// never been in.
pub(super) fn live(model: &mut Model, id: &RoomId, effects: &mut Vec<Effect>) {
    let (Some(room), Some(head)) = (model.rooms.get(id), model.session.position(id)) else {
        return;
    };
    if !room.progress.is_told {
        let seen = room.seen_at_first(head);
        set(model, id, seen, effects);
    }
    let (reader, is_current) = (model.reader(), *id == model.current_room);
    if let Some(room) = model.rooms.get_mut(id).filter(|_| is_current) {
        room.mark_first_unread(&reader);
    }
    load_unread(model, id);
}

/// Moves on with what is on screen, while somebody looks at it. It is [saved](save) later, since
/// it moves with each frame that the user scrolls.
pub(super) fn follow_view(model: &mut Model) {
    if let Some(position) = model.read_until() {
        let (room, now_ms) = (model.current_room.clone(), model.now_ms);
        let reader = model.reader();
        model.room_mut().set_seen(position, &reader);
        model.room_mut().progress.is_unsaved = true;
        model.session.mark_seen(&room, position, now_ms);
    }
}

/// Saves how far the user has read the current room, where that has changed.
pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    follow_view(model);
    let progress = &mut model.room_mut().progress;
    if std::mem::take(&mut progress.is_unsaved) {
        let seen = progress.seen;
        let room = model.current_room.clone();
        effects.extend(seen.map(|seen| Effect::SaveSeen(room, seen)));
    }
}

/// These messages are on screen.
pub(super) fn rows_in_view(model: &mut Model, first: MessageId, last: MessageId) {
    model.room_mut().set_in_view(first, last);
    follow_view(model);
}

/// The user has read a room, whatever was on screen of it; `None` is every room.
pub(super) fn mark_read(model: &mut Model, room: Option<&RoomId>, effects: &mut Vec<Effect>) {
    let rooms: Vec<RoomId> = match room {
        Some(room) => vec![room.clone()],
        None => model.rooms.keys().cloned().collect(),
    };
    for id in rooms {
        let head = model.session.position(&id);
        let Some(room) = model.rooms.get_mut(&id) else {
            continue;
        };
        room.release_unread();
        room.clear_new_line();
        // Before it was joined there is no position that the server would know.
        if let Some(head) = head {
            set(model, &id, head, effects);
        }
    }
}

/// The user wants to read this message and those after it later.
pub(super) fn mark_unread(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    if let Some(position) = model.room_mut().mark_unread(id) {
        let room = model.current_room.clone();
        set(model, &room, position, effects);
    }
}

/// Goes to the first unread message, which may have to be loaded first.
pub(super) fn show_first_unread(model: &mut Model) {
    let reader = model.reader();
    let room = model.room_mut();
    room.mark_first_unread(&reader);
    if let Some(first) = room.first_unread_id(&reader) {
        history::show_message(model, first);
    } else if let Some(seen) = room.seen_seq() {
        history::show_place(model, Place::Seq(seen.next()));
    }
}

/// Loads earlier messages of a room until its first unread one is among them, within bounds: what
/// is not counted exactly is shown as many.
fn load_unread(model: &mut Model, id: &RoomId) {
    let (reader, is_current) = (model.reader(), *id == model.current_room);
    let Some(room) = model.rooms.get_mut(id).filter(|room| room.live) else {
        return;
    };
    let Some(seen) = room.seen_seq() else {
        return;
    };
    let is_enough = match is_current {
        true => room.progress.pages >= PAGES_MAX,
        false => room.progress.pages >= PAGES_MAX || room.unread(&reader) > UNREAD_MAX,
    };
    let is_apart = room.slice.is_some() || room.loading_older;
    if !room.is_loaded_after(seen) && !is_enough && !is_apart && room.can_load_older() {
        let before = room.loaded_after.next();
        let requested = model.session.history(id, before, HISTORY_ENTRIES_MAX);
        room.loading_older = requested.is_ok();
        room.progress.loading = LoadingFor::Count;
    }
}

/// Earlier messages have arrived: puts the line where it belongs, and goes on until that is loaded.
pub(super) fn older_loaded(model: &mut Model, id: &RoomId) {
    let reader = model.reader();
    if let Some(room) = model.rooms.get_mut(id) {
        room.find_first_unread(&reader);
        room.progress.pages += 1;
        room.progress.loading = LoadingFor::Scrolling;
        load_unread(model, id);
    }
}

/// A slice has arrived, which may have the first unread message.
pub(super) fn slice_loaded(model: &mut Model, id: &RoomId) {
    let reader = model.reader();
    if let Some(room) = model.rooms.get_mut(id) {
        room.find_first_unread(&reader);
    }
}
