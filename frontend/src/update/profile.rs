//! The user's name and settings.

use parlor_shared::Name;

use crate::{
    event::Effect,
    model::{Model, settings::Settings, visitor_name},
    texts,
    view_model::name::trimmed,
};

/// Changes the user's name and saves it, with one space where it has more white space. An invalid
/// name is refused with a notice.
pub(super) fn rename(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    match Name::parse(trimmed(name)) {
        Ok(name) => {
            model.name_before = Some(model.name.clone());
            effects.push(Effect::SaveName(name.clone()));
            set_name(model, name);
        }
        // The notice says the same for every reason.
        Err(_) => model.notice = Some(texts::name_invalid().to_owned()),
    }
}

/// The server, which knows all of Unicode, has refused the name: the one before returns, or at
/// first a new visitor's.
pub(super) fn name_refused(model: &mut Model, effects: &mut Vec<Effect>) {
    let before = model.name_before.take();
    let visitor = || {
        let [one, two, ..] = model.now_ms.to_le_bytes();
        Name::parse(visitor_name([one, two])).ok()
    };
    if let Some(name) = before.or_else(visitor) {
        effects.push(Effect::SaveName(name.clone()));
        set_name(model, name);
    }
}

/// Sets the user's name here and on the server.
pub(super) fn set_name(model: &mut Model, name: Name) {
    model.session.rename(name.clone());
    model.name = name;
    model.record_own_name();
}

/// Notifies the user that the browser saves nothing: once, since every later save fails too.
pub(super) fn notify_not_saved(model: &mut Model) {
    if !std::mem::replace(&mut model.notified_not_saved, true) {
        model.notice = Some(texts::not_saved().to_owned());
    }
}

/// Sets the settings and saves them.
pub(super) fn set_settings(model: &mut Model, settings: Settings, effects: &mut Vec<Effect>) {
    model.settings = settings;
    effects.push(Effect::SaveSettings(settings));
}
