//! The list of rooms, and the button that finds another one.

use crate::{
    browser::{address::path, media, store::use_store},
    view::unread_badge::{MentionBadge, UnreadBadge},
};
use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::switcher::SwitcherEvent,
    texts,
    view_model::rooms::{RoomItem, in_order, rooms},
};

/// The rooms that the user is in.
#[component]
pub(super) fn Rooms() -> impl IntoView {
    let store = use_store();
    let list = NodeRef::<html::Ul>::new();
    // The list holds still while the pointer or the focus is on it. A finger is on nothing, also
    // where the browser thinks so until the next tap.
    let holding = match media::is_touch() {
        true => ":focus-within",
        false => ":is(:hover,:focus-within)",
    };
    let is_held = move || {
        let list = list.get_untracked();
        list.is_some_and(|list| list.matches(holding).unwrap_or_default())
    };
    let rooms = Memo::new(move |shown: Option<&Vec<RoomItem>>| {
        let rooms = store.with(rooms);
        match shown {
            Some(shown) if is_held() => in_order(shown, rooms),
            Some(_) | None => rooms,
        }
    });
    let items = move |rooms: Vec<RoomItem>| {
        // The last room cannot be left: the page always shows one.
        let can_leave = rooms.len() > 1;
        let item = |room| view! { <Room room can_leave/> };
        rooms.into_iter().map(item).collect_view()
    };
    view! {
        <nav aria-label=texts::rooms()>
            <FindRoom/>
            <h2>{texts::rooms()}</h2>
            <ul node_ref=list>{move || items(rooms.get())}</ul>
        </nav>
    }
}

/// A room in the list: a link to it, and a button that leaves it.
#[component]
fn Room(
    /// The room.
    room: RoomItem,
    /// Whether the room can be left.
    can_leave: bool,
) -> impl IntoView {
    let store = use_store();
    let (opened, left) = (room.id.clone(), room.id.clone());
    let open = move |click: ev::MouseEvent| {
        // With one of these keys held, the browser opens the link in a tab or a window.
        if !click.ctrl_key() && !click.meta_key() && !click.shift_key() {
            click.prevent_default();
            store.dispatch(Event::RoomOpened(opened.to_string()));
        }
    };
    let address = path(&room.id, None);
    let id = room.id.to_string();
    let leave_label = texts::leave(&id);
    let title = room.title().to_owned();
    let by_id = room.name.is_none();
    view! {
        <li
            class="listed"
            class:by-id=by_id
            class:unread=room.unread != 0
            class:muted=room.is_muted
            data-testid="room"
            data-room=id.clone()
        >
            <a
                href=address
                aria-current=room.is_current.then_some("page")
                on:click=open
            >
                <bdi class="title" translate="no" title=title.clone()>{title.clone()}</bdi>
                {room.is_muted.then(|| view! { <span class="unseen">{texts::muted()}</span> })}
                <span class="ago" data-testid="quiet" title=texts::last_message()>
                    {room.last_message}
                </span>
                <MentionBadge count=room.mentions/>
                <UnreadBadge count=room.unread/>
            </a>
            <button
                type="button"
                class="quiet"
                data-testid="leave"
                aria-label=leave_label.clone()
                title=leave_label.clone()
                disabled=!can_leave
                on:click=move |_| store.dispatch(Event::RoomLeft(left.clone()))
            >
                "×"
            </button>
        </li>
    }
}

/// Opens the switcher, which finds a room or makes one.
#[component]
fn FindRoom() -> impl IntoView {
    let store = use_store();
    view! {
        <button
            type="button"
            class="find-room"
            data-testid="find-room"
            aria-haspopup="dialog"
            title=texts::find_room_keys()
            on:click=move |_| store.dispatch(Event::Switcher(SwitcherEvent::Opened))
        >
            {texts::find_room()}
        </button>
    }
}
