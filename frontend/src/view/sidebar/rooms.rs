//! The list of rooms, and the button that finds another one.

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::Event,
    model::switcher::SwitcherEvent,
    texts,
    view_model::rooms::{RoomItem, in_order, rooms},
};
use parlor_shared::RoomId;

use crate::{
    browser::{address::path, store::use_store},
    view::unread_badge::{MentionBadge, UnreadBadge},
};

/// The rooms that the user is in.
#[component]
pub(super) fn Rooms() -> impl IntoView {
    let store = use_store();
    let held = RwSignal::new(None::<Vec<RoomId>>);
    let rooms = Memo::new(move |_| {
        let rooms = store.with(rooms);
        held.with(|held| match held {
            Some(shown) => in_order(shown, rooms),
            None => rooms,
        })
    });
    let hold = move || {
        let shown = |rooms: &Vec<RoomItem>| rooms.iter().map(|room| room.id.clone()).collect();
        held.set(Some(rooms.with_untracked(shown)));
    };
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
            // The list holds still while the pointer or the focus is on it.
            <ul
                on:pointerenter=move |_| hold()
                on:pointerleave=move |_| held.set(None)
                on:focusin=move |_| hold()
                on:focusout=move |_| held.set(None)
            >
                {move || items(rooms.get())}
            </ul>
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
