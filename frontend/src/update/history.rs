//! Moving through the list of messages, and loading those that the user goes to.

use parlor_session::Status;
use parlor_shared::{
    ErrorCode, MessageId, Place, Refusal, Request, RoomId, limits::HISTORY_ENTRIES_MAX,
};

use crate::{
    model::{Model, slice::EntriesRead},
    texts,
};

/// Shows earlier messages: moves the window to those loaded, or requests more.
pub(super) fn show_older(model: &mut Model) {
    let room = model.room_mut();
    room.leave_end();
    let span = room.span();
    if room.window.has_older(&room.timeline, span) {
        room.window.move_to_older(&room.timeline, span);
    } else {
        request_older(model);
    }
}

/// Shows later messages: moves the window to those loaded, or requests more.
pub(super) fn show_newer(model: &mut Model) {
    let room = model.room_mut();
    let span = room.span();
    if span.until.is_none() || room.window.has_newer(&room.timeline, span) {
        room.window.move_to_newer(&room.timeline, span);
    } else {
        request_newer(model);
    }
}

/// Goes to the end of the list, and no longer to a requested message.
pub(super) fn show_latest(model: &mut Model) {
    let room = model.room_mut();
    room.scroll_target = None;
    room.seeking = None;
    room.go_to_end();
}

/// Goes to a message, which may have to be loaded first.
pub(super) fn show_message(model: &mut Model, id: MessageId) {
    show_place(model, Place::Message(id));
}

/// Goes to a place of the current room's log, which may have to be loaded first. While the page is
/// offline, it goes there as soon as it is connected.
pub(super) fn show_place(model: &mut Model, place: Place) {
    let room = model.room_mut();
    room.scroll_target = None;
    room.seeking = Some(place);
    seek(model);
}

/// Goes to the place that the user asked to see, if there is one: shows it where it is loaded, and
/// requests it otherwise.
pub(super) fn seek(model: &mut Model) {
    let Some(place) = model.room().seeking else {
        return;
    };
    if let Place::Message(id) = place
        && model.room_mut().show_loaded(id)
    {
        arrive(model);
    } else if matches!(place, Place::Message(_))
        && model.room().live
        && !model.room().has_unloaded()
    {
        give_up(model, texts::message_gone());
    } else {
        if model.room().reading != Some(place) {
            request(model, place);
        }
        notify_waiting(model);
    }
}

/// Says that the message comes with the connection, where there is none.
pub(super) fn notify_waiting(model: &mut Model) {
    let is_offline = matches!(
        model.session.status(),
        Status::Waiting { .. } | Status::Stopped(_)
    );
    if is_offline && model.room().seeking.is_some() {
        model.notice = Some(texts::message_waits().to_owned());
    }
}

/// Applies the entries at a place, and shows the message there if the user asked for it.
pub(super) fn on_slice(model: &mut Model, id: &RoomId, at: Place, read: &EntriesRead) {
    let room = model.rooms.get_mut(id);
    let Some(room) = room.filter(|room| room.reading == Some(at)) else {
        return;
    };
    let has_grown = room.apply_slice(at, read);
    let is_apart = room.slice.is_some();
    if *id != model.current_room {
        return;
    }
    let room = model.room_mut();
    if room.seeking == Some(at) {
        let found = room.message_at(at);
        if found.is_some_and(|found| room.show_loaded(found)) {
            arrive(model);
        } else {
            give_up(model, texts::message_not_loaded());
        }
        return;
    }
    // A page of reactions alone moves nothing on screen, so nothing there asks for the next one.
    if has_grown || !is_apart {
        return;
    }
    match at {
        Place::Before(_) => request_older(model),
        Place::After(_) => request_newer(model),
        Place::Message(_) | Place::Seq(_) | Place::Time(_) => {}
    }
}

/// Records that a request about this room was refused. Returns whether the page has said so.
pub(super) fn on_refused(model: &mut Model, id: &RoomId, refusal: &Refusal) -> bool {
    let Some(room) = model.rooms.get_mut(id) else {
        return false;
    };
    // An earlier server does not say which request it refuses.
    if matches!(refusal.request, None | Some(Request::History)) {
        room.loading_older = false;
    }
    if refusal.request != Some(Request::Slice) {
        return false;
    }
    let is_sought = room.reading.take() == room.seeking && room.seeking.is_some();
    // The session joins the room again, and then the request is repeated.
    let is_final = refusal.code != ErrorCode::NotJoined;
    if is_sought && is_final {
        let is_gone = refusal.code == ErrorCode::TargetUnknown;
        room.seeking = None;
        if *id == model.current_room {
            let gone = is_gone.then_some(texts::message_gone());
            give_up(model, gone.unwrap_or(texts::message_not_loaded()));
        }
    }
    is_sought && is_final
}

fn arrive(model: &mut Model) {
    model.room_mut().seeking = None;
    if model.notice.as_deref() == Some(texts::message_waits()) {
        model.notice = None;
    }
}

fn give_up(model: &mut Model, why: &str) {
    model.room_mut().seeking = None;
    model.notice = Some(why.to_owned());
}

/// Requests the messages before those of the part on screen.
fn request_older(model: &mut Model) {
    let room = model.room();
    if !room.can_load_older() {
        return;
    }
    let before = room.span().after.next();
    if room.slice.is_some() {
        if room.reading.is_none() {
            request(model, Place::Before(before));
        }
    } else if !room.loading_older {
        let requested = model
            .session
            .history(&model.current_room, before, HISTORY_ENTRIES_MAX);
        model.room_mut().loading_older = requested.is_ok();
    }
}

/// Requests the messages after those of the slice on screen.
fn request_newer(model: &mut Model) {
    let room = model.room();
    if let Some(until) = room.span().until.filter(|_| room.reading.is_none()) {
        request(model, Place::After(until));
    }
}

/// Requests the entries at a place. The answer to an earlier request is no longer wanted.
fn request(model: &mut Model, place: Place) {
    let requested = model
        .session
        .slice(&model.current_room, place, HISTORY_ENTRIES_MAX);
    model.room_mut().reading = requested.ok().map(|()| place);
}
