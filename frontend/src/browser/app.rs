//! The start: which room, which name, what was left unsent.

use std::time::Duration;

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::Event,
    model::{Model, Visit, friendly_name},
};
use parlor_shared::{Name, RoomId, RoomInvalid};

use crate::{
    browser::{
        shell, storage,
        store::{self, Store},
    },
    view,
};

/// How often countdowns and time-outs are looked at.
const TICK: Duration = Duration::from_millis(250);

/// Opens the page.
pub(crate) fn open() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    match (room_in_address(), visitor()) {
        (Ok(here), Ok(name)) => mount_to_body(move || enter(here, name)),
        (Err(why), _) => mount_to_body(move || view::no_room(&why.to_string())),
        (_, Err(why)) => mount_to_body(move || view::no_room(&why.to_string())),
    }
}

fn room_in_address() -> Result<RoomId, RoomInvalid> {
    let path = window().location().pathname().unwrap_or_default();
    RoomId::parse(path.strip_prefix("/r/").unwrap_or("lobby"))
}

fn visitor() -> Result<Name, parlor_shared::TextInvalid> {
    if let Some(name) = storage::name() {
        return Ok(name);
    }
    let name = Name::parse(friendly_name(store::random()))?;
    storage::save_name(&name);
    Ok(name)
}

fn enter(here: RoomId, name: Name) -> impl IntoView {
    let mut rooms = storage::rooms();
    if !rooms.contains(&here) {
        rooms.insert(0, here.clone());
        storage::save_rooms(&rooms);
    }
    let store = Store::new(Model::new(Visit {
        current_room: here,
        rooms: rooms.into_iter().map(storage::known_room).collect(),
        name,
        member: storage::member(),
        token: storage::token(),
        settings: shell::settings(),
    }));
    store.dispatch(Event::ConnectRequested);
    store.look_after_other_tabs();
    listen(&store);
    shell::listen(&store);
    view::page(StoredValue::new_local(store))
}

/// Has the page hear of what happens around it, for as long as it is open.
fn listen(store: &Store) {
    let ticking = store.clone();
    set_interval(move || ticking.dispatch(Event::Ticked), TICK);
    let moving = store.clone();
    drop(window_event_listener(ev::popstate, move |_| {
        if let Ok(room) = room_in_address() {
            moving.dispatch(Event::AddressChanged(room));
        }
    }));
    let others = store.clone();
    drop(window_event_listener(ev::storage, move |change| {
        others.look_after_other_tabs();
        if change.key().as_deref() == Some(storage::NAME)
            && let Some(name) = storage::name()
        {
            others.dispatch(Event::NameChangedElsewhere(name));
        }
        if change.key().as_deref() == Some(shell::SETTINGS) {
            others.dispatch(Event::SettingsChanged(shell::settings()));
        }
    }));
    let searching = store.clone();
    drop(window_event_listener(ev::keydown, move |press| {
        // Where nothing is being written.
        let at = document().active_element().map(|at| at.tag_name());
        let writes = at.is_some_and(|tag| tag == "INPUT" || tag == "TEXTAREA");
        if writes || shell::has_dialog() {
            return;
        }
        match press.key().as_str() {
            "/" => {
                press.prevent_default();
                searching.dispatch(Event::SearchOpened);
            }
            "?" => shell::show_shortcuts(),
            _ => {}
        }
    }));
    let seen = store.clone();
    drop(window_event_listener_untyped(
        "visibilitychange",
        move |_| {
            let hidden = document().hidden();
            seen.dispatch(if hidden {
                Event::PageHidden
            } else {
                Event::PageShown
            });
        },
    ));
}
