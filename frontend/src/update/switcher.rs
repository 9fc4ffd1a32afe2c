//! The switcher: what it asks the server for.

use parlor_shared::{RoomInfo, limits::ROOMS_CHARS_MAX};

use crate::{
    event::Effect,
    model::{
        Model,
        switcher::{Switcher, SwitcherEvent},
    },
    update::rooms,
};

/// Applies what the user did.
pub(super) fn on_event(model: &mut Model, event: SwitcherEvent, effects: &mut Vec<Effect>) {
    match event {
        SwitcherEvent::Opened => {
            model.switcher = Some(Switcher::default());
            ask(model);
        }
        SwitcherEvent::Changed(text) => {
            if let Some(switcher) = &mut model.switcher {
                switcher.text = text;
                switcher.selected = None;
            }
            ask(model);
        }
        SwitcherEvent::Selected(key) => {
            if let Some(switcher) = &mut model.switcher {
                switcher.selected = Some(key);
            }
        }
        SwitcherEvent::MoreRequested => request_more(model),
        SwitcherEvent::Created(room, name) => {
            model.switcher = None;
            rooms::open_new(model, room, name, effects);
        }
        SwitcherEvent::Closed => model.switcher = None,
    }
}

/// Takes in a page of the directory, and asks again where the user has typed on.
pub(super) fn on_rooms(model: &mut Model, text: &str, rooms: Vec<RoomInfo>, next: Option<String>) {
    if let Some(switcher) = &mut model.switcher {
        switcher.is_pending = false;
        switcher.add(rooms);
        if text.is_empty() {
            switcher.next = next;
        }
    }
    ask(model);
}

/// Records that the request under way, if there is one, gets no answer.
pub(super) fn request_lost(model: &mut Model) {
    if let Some(switcher) = &mut model.switcher {
        switcher.is_pending = false;
        switcher.asked = None;
    }
}

/// Asks for the rooms with the typed words, unless that was asked or a request is under way.
pub(super) fn ask(model: &mut Model) {
    let Some(switcher) = &mut model.switcher else {
        return;
    };
    let words: String = switcher.text.trim().chars().take(ROOMS_CHARS_MAX).collect();
    if switcher.is_pending || switcher.asked.as_ref() == Some(&words) {
        return;
    }
    switcher.is_pending = model.session.rooms(&words, None).is_ok();
    // Offline it is asked once the page is online again.
    switcher.asked = switcher.is_pending.then_some(words);
}

/// Asks for the next page of all rooms.
fn request_more(model: &mut Model) {
    if let Some(switcher) = model
        .switcher
        .as_mut()
        .filter(|switcher| !switcher.is_pending)
        && let Some(next) = switcher.next.take()
    {
        switcher.is_pending = model.session.rooms("", Some(next)).is_ok();
    }
}
