//! The start of the page: loads what was saved, mounts the view, connects, and listens to the
//! browser.

use std::time::Duration;

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::{Model, Visit, ignored::Ignored, visitor_name},
    texts,
};
use parlor_shared::{Access, Name, RoomId, RoomInvalid, TextInvalid};

use crate::{
    browser::{
        address,
        cover::{self, Movement},
        dialogs, emoji,
        env::env,
        input_method, language,
        service_worker::{self, WorkerMessage},
        storage,
        store::Store,
        theme,
    },
    later,
    view::{Page, no_room::NoRoom},
};

/// How often [`Event::Ticked`] is dispatched.
const TICK: Duration = Duration::from_millis(250);

/// Opens the page in its language.
pub(crate) fn open() {
    language::load(mount);
}

/// Shows the room in the address, or why that is not a room's.
fn mount() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    mount_to_body(|| match (address::room(), visitor()) {
        (Ok(room), Ok(name)) => enter(room, name).into_any(),
        (Err(RoomInvalid), _) => no_room(texts::room_invalid()),
        // No generated name is one.
        (_, Err(_)) => no_room(texts::name_invalid().to_owned()),
    });
}

fn no_room(reason: String) -> AnyView {
    view! { <NoRoom reason/> }.into_any()
}

/// The saved name, or a generated one.
fn visitor() -> Result<Name, TextInvalid> {
    if let Some(name) = storage::name() {
        return Ok(name);
    }
    let [one, two, ..] = env().random;
    let name = Name::parse(visitor_name([one, two]))?;
    storage::save_name(&name);
    Ok(name)
}

fn enter(room: RoomId, name: Name) -> impl IntoView {
    let mut rooms = storage::rooms();
    if !rooms.contains(&room) {
        rooms.insert(0, room.clone());
        storage::save_rooms(&rooms);
    }
    // Who comes back from a login comes in at once; an invitation asks for a name first.
    let (access, invited) = match address::take_access() {
        Some(Access::Token(token)) => (Some(token), None),
        invited => (storage::access(), invited),
    };
    let model = Model::new(Visit {
        current_room: room,
        rooms: rooms.into_iter().map(storage::known_room).collect(),
        name,
        member: storage::member(),
        token: storage::token(),
        access,
        invited,
        settings: theme::load(),
        frequent_emoji: emoji::frequent(),
        ignored: Ignored::parse(&storage::get(storage::IGNORED).unwrap_or_default()),
    });
    let store = Store::new(model, later::load);
    // Who is invited first says what they are called.
    if store.with_untracked(|model| model.invited.is_none()) {
        store.dispatch(Event::ConnectRequested);
    }
    show_addressed(store);
    listen(store);
    view! { <Page store/> }
}

/// Listens to the clock, the browser's history and visibility, for as long as the page is open.
fn listen(store: Store) {
    let tick = move || {
        // Asked and not listened for: a focus that the window has from the start is no event.
        let has_focus = document().has_focus().unwrap_or(true);
        match (store.with_untracked(|model| model.focused), has_focus) {
            (false, true) => store.dispatch(Event::WindowFocused),
            (true, false) => store.dispatch(Event::WindowBlurred),
            (true, true) | (false, false) => {}
        }
        store.dispatch(Event::Ticked);
    };
    set_interval(tick, TICK);

    let on_popstate = window_event_listener_untyped("popstate", move |_| match cover::movement() {
        Movement::Own => {}
        Movement::Uncovered => {
            if !dialogs::close() {
                store.dispatch_and_show(Event::WentBack);
            }
            cover::set(store.with_untracked(Model::is_covered));
        }
        // An invitation, pasted into the address of the room that it is for.
        Movement::Address if address::has_access() => {
            // It fails nowhere that has shown the page.
            window().location().reload().ok();
        }
        Movement::Address => {
            if let Ok(room) = address::room() {
                store.dispatch(Event::AddressChanged(room));
                show_addressed(store);
            }
        }
    });

    // An entry that a page left behind, which was loaded again.
    cover::set(false);
    input_method::listen();

    let on_visibility = window_event_listener_untyped("visibilitychange", move |_| {
        let is_hidden = document().hidden();
        store.dispatch(if is_hidden {
            Event::PageHidden
        } else {
            Event::PageShown
        });
    });
    // Dropping a handle leaves its listener in place.
    drop((on_popstate, on_visibility));
    // At once: should the server go away, the page is kept.
    service_worker::register(move |message| {
        store.dispatch(match message {
            WorkerMessage::RoomClicked(room) => Event::RoomOpened(room),
            WorkerMessage::SoundDue => Event::SoundDue,
        });
    });
}

/// Goes to the message that the address names, if it names one.
fn show_addressed(store: Store) {
    if let Some(at) = address::message() {
        store.dispatch(Event::MessageAddressed(at));
    }
}
