//! The menu, and what else lies over the room.

use parlor_shared::MessageId;

use crate::{
    event::Effect,
    model::{Model, menu::Menu},
    view_model::message_actions::actions,
};

/// Opens a menu. A message about which nothing can be done has none.
pub(super) fn open(model: &mut Model, menu: Menu) {
    let message = menu.subject.message();
    if message.is_none_or(|id| !actions(model, id).is_empty()) {
        model.picker = None;
        model.menu = Some(menu);
    }
}

/// Copies the text of a message as its author wrote it.
pub(super) fn copy_text(model: &Model, id: MessageId, effects: &mut Vec<Effect>) {
    let message = model.room().timeline.find(id);
    let text = message.and_then(|message| message.text.as_ref());
    effects.extend(text.map(|text| Effect::Copy(text.to_string())));
}

/// Closes what lies on top of everything else.
pub(super) fn close_topmost(model: &mut Model) {
    if model.menu.take().is_some() {
    } else if model.panel_open {
        model.panel_open = false;
    } else if model.search.take().is_none() {
        model.inspector = None;
    }
}
