//! The list of rooms, and the form that opens another one.

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    texts,
    view_model::rooms::{RoomItem, rooms},
};
use parlor_shared::limits::ROOM_BYTES_MAX;

use crate::{browser::store::use_store, view::unread_badge::UnreadBadge};

/// The rooms that the user is in.
#[component]
pub(super) fn Rooms() -> impl IntoView {
    let store = use_store();
    let rooms = store.memo(rooms);
    let items = move |rooms: Vec<RoomItem>| {
        // The last room cannot be left: the page always shows one.
        let can_leave = rooms.len() > 1;
        let item = |room| view! { <Room room can_leave/> };
        rooms.into_iter().map(item).collect_view()
    };
    view! {
        <nav aria-label=texts::rooms()>
            <OpenRoom/>
            <h2>{texts::rooms()}</h2>
            <ul>{move || items(rooms.get())}</ul>
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
    let id = room.id.to_string();
    let leave_label = texts::leave(&id);
    view! {
        <li class="listed" data-testid="room" data-room=id.clone()>
            <a
                href=format!("/r/{id}")
                aria-current=room.is_current.then_some("page")
                on:click=open
            >
                <span class="title" translate="no">{id.clone()}</span>
                <span class="ago" data-testid="quiet" title=texts::last_message()>
                    {room.last_message}
                </span>
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

/// The form that opens a room by its name. A room that nobody has written in needs no making.
#[component]
fn OpenRoom() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    let open = move |submitted: ev::SubmitEvent| {
        submitted.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        store.dispatch(Event::RoomOpened(field.value()));
        // A name that no room can have stays in the field, to be corrected.
        if store.with_untracked(|model| model.current_room.as_str() == field.value().trim()) {
            field.set_value("");
        }
    };
    view! {
        <form class="go" on:submit=open>
            <label class="field">
                <span>{texts::find_room()}</span>
                <input
                    node_ref=field
                    data-testid="room-input"
                    placeholder=texts::room_name()
                    maxlength=ROOM_BYTES_MAX.to_string()
                    autocapitalize="none"
                    autocomplete="off"
                    spellcheck="false"
                />
            </label>
            <button data-testid="go">{texts::open_room()}</button>
        </form>
    }
}
