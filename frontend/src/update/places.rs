//! The addresses of rooms and messages: following one, and copying one.

use parlor_shared::{MessageId, RoomId};

use crate::{
    event::Effect,
    model::Model,
    texts,
    update::{history, rooms},
};

/// How long the page says that something was copied.
const COPIED_SHOWN_MS: u64 = 3_000;

/// Goes where a link leads: to a room, or to a message in it.
pub(super) fn follow_link(
    model: &mut Model,
    room: RoomId,
    at: Option<String>,
    effects: &mut Vec<Effect>,
) {
    let message = at.as_deref().and_then(|at| at.parse().ok());
    effects.push(match message {
        Some(message) => Effect::ShowMessageAddress(room.clone(), message),
        None => Effect::ShowAddress(room.clone()),
    });
    if room != model.current_room {
        rooms::enter(model, room, effects);
    }
    match at {
        Some(at) => show_addressed(model, &at),
        None => history::show_latest(model),
    }
}

/// Goes to the end of the list, and from the message that the address names.
pub(super) fn leave_message(model: &mut Model, effects: &mut Vec<Effect>) {
    history::show_latest(model);
    effects.push(Effect::LeaveMessageAddress);
}

/// Goes to the message that an address names in the current room.
pub(super) fn show_addressed(model: &mut Model, at: &str) {
    match at.parse() {
        Ok(message) => history::show_message(model, message),
        Err(_) => model.notice = Some(texts::link_invalid().to_owned()),
    }
}

/// Copies the address of a message, or of the current room.
pub(super) fn copy_link(model: &Model, message: Option<MessageId>, effects: &mut Vec<Effect>) {
    effects.push(Effect::CopyLink(model.current_room.clone(), message));
}

/// The browser has copied a text or an address.
pub(super) fn copied(model: &mut Model) {
    model.copied_until_ms = model.now_ms + COPIED_SHOWN_MS;
}
