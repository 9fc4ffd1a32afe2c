//! The menu, and what else lies over the room.

use parlor_shared::MessageId;

use crate::{
    event::{Effect, Event},
    model::{Model, menu::Menu},
    view_model::message_actions::actions,
};

/// The elements to which the focus goes.
const LIST: &str = "messages";
const PANEL_BUTTON: &str = "panel-button";
const PANEL_CLOSE: &str = "panel-close";

/// Closes the menu before an event that the user caused: what they chose in it, or what they did
/// elsewhere. Returns whether it was open.
pub(super) fn close_after_choice(
    model: &mut Model,
    event: &Event,
    effects: &mut Vec<Effect>,
) -> bool {
    let is_choice = matches!(
        event,
        Event::MenuClosed
            | Event::WentBack
            | Event::ConnectRequested
            | Event::DisconnectRequested
            | Event::EditStarted(_)
            | Event::ReplyStarted(_)
            | Event::Deleted(_)
            | Event::Reacted { .. }
            | Event::PickerOpened(_)
            | Event::TextRequested(_)
            | Event::LinkRequested(_)
            | Event::MarkedUnread(_)
            | Event::Inspector(_)
            | Event::RoomCard(_)
            | Event::Person(_)
    );
    let closes = is_choice && model.menu.take().is_some();
    if closes {
        effects.push(Effect::CloseMenu);
    }
    if let (true, Event::Deleted(_)) = (closes, event) {
        // The bar that had the focus goes with the message.
        effects.push(Effect::MoveFocus(LIST));
    }
    closes
}

/// Opens a menu, or changes the one that is open. A message about which nothing can be done has
/// none.
pub(super) fn open(model: &mut Model, menu: Menu, effects: &mut Vec<Effect>) {
    let message = menu.subject.message();
    if message.is_none_or(|id| !actions(model, id).is_empty()) {
        model.picker = None;
        model.menu = Some(menu);
        effects.push(Effect::OpenMenu(menu.place));
    }
}

/// Opens the panel over the room.
pub(super) fn open_panel(model: &mut Model, effects: &mut Vec<Effect>) {
    model.panel_open = true;
    effects.push(Effect::MoveFocus(PANEL_CLOSE));
}

/// Closes the panel.
pub(super) fn close_panel(model: &mut Model, effects: &mut Vec<Effect>) {
    if std::mem::take(&mut model.panel_open) {
        effects.push(Effect::MoveFocus(PANEL_BUTTON));
    }
}

/// Copies the text of a message as its author wrote it.
pub(super) fn copy_text(model: &Model, id: MessageId, effects: &mut Vec<Effect>) {
    let message = model.room().timeline.find(id);
    let text = message.and_then(|message| message.text.as_ref());
    effects.extend(text.map(|text| Effect::Copy(text.to_string())));
}

/// Closes what lies on top of everything else, unless that was the menu, which is closed.
pub(super) fn close_topmost(model: &mut Model, was_menu_open: bool, effects: &mut Vec<Effect>) {
    if was_menu_open
        || model.person.take().is_some()
        || model.switcher.take().is_some()
        || model.room_card.take().is_some()
    {
        return;
    }
    if model.panel_open {
        close_panel(model, effects);
    } else if model.search.take().is_none() {
        model.inspector = None;
    }
}
