//! The addresses of rooms and messages: copying one.

use parlor_shared::MessageId;

use crate::{event::Effect, model::Model};

/// How long the page says that something was copied.
const COPIED_SHOWN_MS: u64 = 3_000;

/// Copies the address of a message, or of the current room.
pub(super) fn copy_link(model: &Model, message: Option<MessageId>, effects: &mut Vec<Effect>) {
    effects.push(Effect::CopyLink(model.current_room.clone(), message));
}

/// The browser has copied a text or an address.
pub(super) fn copied(model: &mut Model) {
    model.copied_until_ms = model.now_ms + COPIED_SHOWN_MS;
}
