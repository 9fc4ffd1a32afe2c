//! The dialogs in `dialogs.html`: the settings and the keyboard shortcuts.
//!
//! They never change, so they are HTML; this module adds them to the document, writes their texts,
//! opens them and reads the settings. The browser moves the focus into an open dialog, closes it
//! with Escape and moves the focus back.

use leptos::{prelude::document, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{Model, settings::Settings},
    texts,
};
use web_sys::{Element, HtmlDialogElement, HtmlInputElement};

use crate::browser::{cover, focus, listen::listen, name_field, notifications, store::Store};

/// The value of the button that leads to the lesson.
const LEARN: &str = "learn";

const DIALOGS: &str = include_str!("../../dialogs.html");

/// Adds the dialogs to the document and listens to changes of the settings.
pub(crate) fn set_up(store: Store) {
    if let Some(body) = document().body() {
        // It fails for no HTML.
        body.insert_adjacent_html("beforeend", DIALOGS).ok();
    }
    write_texts();
    if let Some(dialog) = by_id::<HtmlDialogElement>("settings") {
        listen(&dialog, &["change"], move |event| {
            if let Some(field) = event.target() {
                let field: Element = field.unchecked_into();
                changed(store, &field.id());
            }
        });
    }
    for id in ["settings", "shortcuts"] {
        if let Some(dialog) = by_id::<HtmlDialogElement>(id) {
            listen(&dialog, &["close"], move |_| closed(store));
            name_field::close_on_press_beside(&dialog);
        }
    }
    name_field::set_up(store);
}

/// A dialog was closed: by the button that leads to the lesson, or by another way.
fn closed(store: Store) {
    focus::leave_dialog();
    if let Some(dialog) = by_id::<HtmlDialogElement>("shortcuts")
        && dialog.return_value() == LEARN
    {
        dialog.set_return_value("");
        store.dispatch(Event::Inspector(InspectorEvent::Opened));
    }
    follow_history(store);
}

/// Opens the settings dialog with the current settings.
pub(crate) fn show_settings(store: Store) {
    let (name, settings) = store.with_untracked(|model| (model.name.to_string(), model.settings));
    set_value("name", &name);
    name_field::reset();
    set_value("theme", settings.theme.word());
    // The user may have withdrawn the permission in the browser's own settings.
    let refusal = notifications::refusal().filter(|_| settings.notify);
    set_checked("notify", settings.notify && refusal.is_none());
    set_checked("sound", settings.sound);
    set_checked("keys", !settings.no_shortcuts);
    say(refusal.unwrap_or_default());
    show(store, "settings");
    // The name can be typed over at once.
    if let Some(name) = by_id::<HtmlInputElement>("name") {
        name.select();
    }
}

/// Opens the dialog of keyboard shortcuts.
pub(crate) fn show_shortcuts(store: Store) {
    show(store, "shortcuts");
}

/// Closes the dialog that is open. Returns false where there is none.
pub(crate) fn close() -> bool {
    let open = document().query_selector("dialog[open]:not(.menu)");
    let Ok(Some(dialog)) = open else {
        return false;
    };
    dialog.unchecked_into::<HtmlDialogElement>().close();
    true
}

/// Keeps the browser's history in step: see [`cover`].
fn follow_history(store: Store) {
    cover::set(store.with_untracked(Model::is_covered));
}

/// Whether a dialog is open.
pub(crate) fn is_any_open() -> bool {
    let open = document().query_selector("dialog[open]");
    open.is_ok_and(|dialog| dialog.is_some())
}

fn write_texts() {
    let Ok(elements) = document().query_selector_all("[data-text]") else {
        return;
    };
    for element in (0..elements.length()).filter_map(|index| elements.get(index)) {
        let element: Element = element.unchecked_into();
        let name = element.get_attribute("data-text");
        let mut texts = texts::DIALOG_TEXTS.iter();
        let text = texts.find(|(known, _)| name.as_deref() == Some(*known));
        element.set_text_content(text.map(|(_, text)| text()));
    }
}

/// The user changed the field with this id.
fn changed(store: Store, id: &str) {
    match id {
        // Taken when the dialog is closed (`name_field`).
        "name" => {}
        "notify" if is_checked("notify") => request_permission(store),
        "sound" if is_checked("sound") => {
            let can_play = notifications::play_sound();
            set_checked("sound", can_play);
            say(if can_play { "" } else { texts::sound_missing() });
            apply(store);
        }
        _ => apply(store),
    }
}

/// Applies the settings as they are in the dialog.
fn apply(store: Store) {
    let mut settings = Settings::parse(&value("theme"));
    settings.notify = is_checked("notify");
    settings.sound = is_checked("sound");
    settings.no_shortcuts = !is_checked("keys");
    store.dispatch(Event::SettingsChanged(settings));
}

/// The browser asks the user. Until they have answered, and without their permission, the setting
/// stays off, and the dialog says why.
fn request_permission(store: Store) {
    set_checked("notify", false);
    let is_asked = notifications::request_permission(move || {
        let refusal = notifications::refusal();
        set_checked("notify", refusal.is_none());
        say(refusal.unwrap_or_default());
        apply(store);
    });
    if is_asked {
        say(texts::notifications_asked());
    }
}

/// Says why a setting stays off.
fn say(text: &str) {
    if let Some(note) = document().get_element_by_id("refused") {
        note.set_text_content(Some(text));
    }
}

/// The element with this id in `dialogs.html`. The cast is unchecked, since both files are ours: a
/// checked one costs bytes.
fn by_id<T: JsCast>(id: &str) -> Option<T> {
    Some(document().get_element_by_id(id)?.unchecked_into())
}

fn show(store: Store, id: &str) {
    if let Some(dialog) = by_id::<HtmlDialogElement>(id) {
        // It fails only where the dialog is open already.
        dialog.show_modal().ok();
        follow_history(store);
    }
}

/// A `select` has a value too, so it is read and set like an `input`.
fn value(id: &str) -> String {
    by_id::<HtmlInputElement>(id).map_or_else(String::new, |field| field.value())
}

fn set_value(id: &str, value: &str) {
    if let Some(field) = by_id::<HtmlInputElement>(id) {
        field.set_value(value);
    }
}

fn is_checked(id: &str) -> bool {
    by_id::<HtmlInputElement>(id).is_some_and(|field| field.checked())
}

fn set_checked(id: &str, is_on: bool) {
    if let Some(field) = by_id::<HtmlInputElement>(id) {
        field.set_checked(is_on);
    }
}
