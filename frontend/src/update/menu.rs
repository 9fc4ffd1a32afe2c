//! The menu, and what else lies over the room.

use crate::{
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

/// Closes what lies on top of everything else.
pub(super) fn close_topmost(model: &mut Model) {
    if model.menu.take().is_some() {
    } else if model.panel_open {
        model.panel_open = false;
    } else if model.search.take().is_none() {
        model.inspector = None;
    }
}
