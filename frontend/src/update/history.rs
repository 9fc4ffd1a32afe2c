//! Moving through the list of messages, and loading earlier ones.

use parlor_shared::{MessageId, limits::HISTORY_ENTRIES_MAX};

use crate::{model::Model, texts};

/// Shows earlier messages: moves the window to those loaded, or requests more.
pub(super) fn show_older(model: &mut Model) {
    let room = model.room_mut();
    room.leave_end();
    if room.window.has_older(&room.timeline) {
        room.window.move_to_older(&room.timeline);
    } else {
        request_older(model);
    }
}

/// Shows later messages.
pub(super) fn show_newer(model: &mut Model) {
    let room = model.room_mut();
    room.window.move_to_newer(&room.timeline);
}

/// Goes to the end of the list, and no longer to a requested message.
pub(super) fn show_latest(model: &mut Model) {
    let room = model.room_mut();
    room.scroll_target = None;
    room.go_to_end();
}

/// Goes to a message, which may have to be loaded first.
pub(super) fn show_message(model: &mut Model, id: MessageId) {
    model.room_mut().scroll_target = Some(id);
    seek_scroll_target(model);
}

/// Shows the scroll target where it is loaded; else requests earlier messages, until it is.
pub(super) fn seek_scroll_target(model: &mut Model) {
    let room = model.room_mut();
    if room.scroll_target.is_some() && !room.show_scroll_target() && !request_older(model) {
        model.room_mut().scroll_target = None;
        model.notice = Some(texts::message_not_loaded().to_owned());
    }
}

/// Requests the messages before those loaded. Returns whether a request is under way.
fn request_older(model: &mut Model) -> bool {
    let room = model.room();
    if !room.loading_older && room.can_load_older() {
        let before = room.loaded_after.next();
        let requested = model
            .session
            .history(&model.current_room, before, HISTORY_ENTRIES_MAX);
        model.room_mut().loading_older = requested.is_ok();
    }
    model.room().loading_older
}
