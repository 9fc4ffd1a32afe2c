//! The part of the program that is not in the first load: what opens at a press, and what follows
//! from it. Its code is a file of its own, which is loaded once the room is shown, so that the
//! first message does not wait for it (ARCHITECTURE.md has the rule).

use leptos::{
    ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast, wasm_split::SplitLoaderError,
};
use parlor_frontend::{
    event::{Dialog, Effect, Event, InspectorEvent},
    model::{
        about::About,
        person::{PersonEvent, SavedPeople},
        room_card::RoomCardEvent,
    },
    update::update_later,
};
use parlor_shared::RoomId;
use web_sys::Element;

use crate::{
    browser::{
        address, clipboard, dialogs, emoji, field, keyboard, later_style, menu, notifications,
        storage,
        store::{Later, Store, unless_saved},
        theme, viewport,
    },
    view::{later_views::LATER_VIEWS, messages::listen::listen_to_list},
};

/// Loads it. Where the file with the code cannot be fetched, the next call tries again.
pub(crate) fn load(store: Store) {
    spawn_local(async move {
        match fetch().await {
            Ok(later) => store.set_later(later),
            Err(_) => store.later_not_loaded(),
        }
    });
}

/// The one way to the code.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn fetch() -> Result<&'static Later, SplitLoaderError> {
    Ok(&LATER)
}

/// Without the split it is in the first load.
#[cfg(not(feature = "split"))]
async fn fetch() -> Result<&'static Later, SplitLoaderError> {
    Ok(&LATER)
}

static LATER: Later = Later {
    views: LATER_VIEWS,
    update: update_later,
    listen_to_list,
    perform,
    start,
};

/// Performs an effect. Returns the event that follows from it at once, if there is one.
fn perform(store: Store, effect: Effect) -> Option<Event> {
    match effect {
        Effect::LoadInspector => {
            let saved = storage::get(storage::INSPECTOR)?;
            return Some(Event::Inspector(InspectorEvent::Loaded(saved)));
        }
        Effect::SaveInspector(words) => {
            return unless_saved(storage::set(storage::INSPECTOR, &words));
        }
        Effect::SaveSettings(settings) => return unless_saved(theme::save(settings)),
        Effect::LoadEmoji => emoji::load(move |files| store.dispatch(Event::EmojiLoaded(files))),
        Effect::SaveEmoji(frequent) => return unless_saved(emoji::save(&frequent)),
        Effect::SavePeople(SavedPeople::Ignored(ids)) => {
            return unless_saved(storage::set(storage::IGNORED, &ids));
        }
        Effect::SavePeople(SavedPeople::Erasing(progress)) => {
            return unless_saved(storage::set(storage::ERASING, &progress));
        }
        // The field reports it with the event whose listener may be running.
        Effect::ReplaceInDraft(replacement) => {
            queue_microtask(move || field::replace_in_draft(&replacement));
        }
        Effect::Alert(alert) => {
            notifications::alert(alert, store.with_untracked(|model| model.settings));
        }
        // Without a sound the message is shown all the same.
        Effect::PlaySound => {
            notifications::play_sound();
        }
        Effect::WithdrawAlert(room, id) => notifications::withdraw(&room, id),
        Effect::ShowDialog(Dialog::Settings) => dialogs::show_settings(store),
        Effect::ShowDialog(Dialog::Shortcuts) => dialogs::show_shortcuts(store),
        Effect::OpenMenu(place) => menu::open(place),
        Effect::LeaveMessageAddress => address::leave_message(),
        Effect::Copy(text) => clipboard::copy(text, move || store.dispatch(Event::Copied)),
        Effect::CopyLink(room, message) => {
            let link = address::link(&room, message);
            clipboard::copy(link, move || store.dispatch(Event::Copied));
        }
        // The store performs them.
        Effect::UpdateLater(_)
        | Effect::Connect
        | Effect::Send(_)
        | Effect::Close
        | Effect::DropConnection
        | Effect::SavePost(_)
        | Effect::ForgetPost(_)
        | Effect::SaveMember(..)
        | Effect::SaveAccess(_)
        | Effect::SaveName(_)
        | Effect::SaveRooms(_)
        | Effect::SaveDraft(..)
        | Effect::SaveEntries(..)
        | Effect::SaveSeen(..)
        | Effect::SaveAbout(..)
        | Effect::ForgetRoom(_)
        | Effect::ShowAddress(_)
        | Effect::ShowMessageAddress(..)
        | Effect::CloseMenu
        | Effect::MoveFocus(_) => {}
    }
    None
}

/// Sets up what listens for as long as the page is open.
fn start(store: Store) {
    // It fails in no browser that runs the page.
    later_style::add().ok();
    store.tabs().start(move |event| store.dispatch(event));
    dialogs::set_up(store);
    keyboard::listen(store);
    viewport::listen(store);
    if let Some(progress) = storage::get(storage::ERASING) {
        store.dispatch(Event::Person(PersonEvent::ErasingFound(progress)));
    }
    let on_click = window_event_listener(ev::click, move |click| follow_link(store, &click));
    let on_storage = window_event_listener(ev::storage, move |event| {
        if let Some(key) = event.key() {
            storage_changed(store, &key, event.new_value());
        }
    });
    // Dropping a handle leaves its listener in place.
    drop((on_click, on_storage));
}

/// Another tab changed what is saved under this key.
fn storage_changed(store: Store, key: &str, value: Option<String>) {
    if key == storage::NAME
        && let Some(name) = storage::name()
    {
        store.dispatch(Event::NameChangedElsewhere(name));
    } else if key == theme::SETTINGS {
        store.dispatch(Event::SettingsChanged(theme::load()));
    } else if let Some(room) = key.strip_prefix(storage::ABOUT) {
        if let Ok(room) = RoomId::parse(room) {
            let about = About::parse(&value.unwrap_or_default());
            let event = RoomCardEvent::NotifyChosenElsewhere(room, about.notify);
            store.dispatch(Event::RoomCard(event));
        }
    } else {
        let tabs = store.tabs();
        tabs.on_storage(key, value, move |event| store.dispatch(event));
    }
}

/// Follows a link to a room or message of this page without loading the page again. With a key held
/// the browser opens it in a tab or a window. The links in the list of rooms do more.
fn follow_link(store: Store, click: &ev::MouseEvent) {
    let is_plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key());
    let clicked = click
        .target()
        .filter(|_| is_plain && !click.default_prevented());
    let clicked = clicked.and_then(|at| at.dyn_into::<Element>().ok());
    let link = clicked.and_then(|at| at.closest("a[href]").ok().flatten());
    let link = link.filter(|link| link.closest("nav").is_ok_and(|nav| nav.is_none()));
    if let Some((room, at)) = link.and_then(|link| address::of_link(&link)) {
        click.prevent_default();
        store.dispatch(Event::LinkFollowed(room, at));
    }
}
