//! The room's name in the header, and the card that it opens: what the room is called and for, its
//! address, its pins, and what the user is notified of.

use leptos::{html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::{Model, about::Notify, room_card::RoomCardEvent},
    texts,
    view_model::room_card::{PinItem, is_called_by_id, pins, room_title, topic},
};
use parlor_shared::limits::{NAME_BYTES_MAX, TOPIC_CHARS_MAX};

use crate::{
    browser::{address, store::use_store},
    view::{
        locale, moderation::Moderation, owner::Owner, sidebar::people::People,
        switcher::is_backdrop,
    },
};

/// The room's name, which opens the card, and its topic on one line.
#[component]
pub(super) fn RoomTitle() -> impl IntoView {
    let store = use_store();
    let title = store.memo(room_title);
    let by_id = store.memo(is_called_by_id);
    let topic = store.memo(topic);
    view! {
        <h1>
            <button
                type="button"
                class="room-title"
                class:by-id=by_id
                data-testid="room-name"
                translate="no"
                aria-haspopup="dialog"
                title=texts::room_details()
                on:click=move |_| store.dispatch(Event::RoomCard(RoomCardEvent::Opened))
            >
                <bdi>{title}</bdi>
            </button>
        </h1>
        <p class="topic" data-testid="topic" dir="auto" title=topic>{topic}</p>
    }
}

/// The card, while it is open.
#[component]
pub(super) fn RoomCard() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.room_card.is_some())>
            <OpenCard/>
        </Show>
    }
}

#[component]
fn OpenCard() -> impl IntoView {
    let store = use_store();
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        // It fails only where the dialog is open already.
        dialog.show_modal().ok();
    });
    let close = move || store.dispatch(Event::RoomCard(RoomCardEvent::Closed));
    let title = store.memo(room_title);
    let error = store.memo(|model| {
        model
            .room_card
            .as_ref()
            .map_or_else(String::new, |card| card.error.clone())
    });
    let pinned = store.memo(pins);
    let item = |pin| view! { <Pinned pin/> };
    view! {
        <dialog
            node_ref=dialog
            class="room-card"
            aria-labelledby="room-card-title"
            data-testid="room-card"
            on:close=move |_| close()
            on:click=move |click| {
                if is_backdrop(&click) {
                    close();
                }
            }
        >
            <div class="card-body">
                <h2 id="room-card-title"><bdi>{title}</bdi></h2>
                <Fields/>
                <p class="bad" role="alert" data-testid="card-error">{error}</p>
                <Address/>
                <NotifyChoice/>
                <People/>
                <section>
                    <h3>{texts::pinned_messages()}</h3>
                    <Show when=store.is(|model| model.room().about.state.pins.is_empty())>
                        <p class="note">{texts::nothing_pinned()}</p>
                    </Show>
                    <ul>{move || pinned.get().into_iter().map(item).collect_view()}</ul>
                </section>
                <Moderation/>
                <Owner/>
                <CardEnds/>
            </div>
        </dialog>
    }
}

/// What the user can do with the room as a whole, and what closes the card.
#[component]
fn CardEnds() -> impl IntoView {
    let store = use_store();
    let close = move || store.dispatch(Event::RoomCard(RoomCardEvent::Closed));
    let room = move || store.with_untracked(|model| model.current_room.clone());
    view! {
        <div class="card-ends">
            <button
                type="button"
                class="bad"
                data-testid="leave-room"
                disabled=store.memo(|model| model.rooms.len() < 2)
                on:click=move |_| {
                    let room = room();
                    close();
                    store.dispatch(Event::RoomLeft(room));
                }
            >
                {texts::leave_room()}
            </button>
            <Show when=store.is(|model| model.unread_in(&model.current_room) > 0)>
                <button
                    type="button"
                    data-testid="card-read"
                    on:click=move |_| {
                        let room = room();
                        close();
                        store.dispatch(Event::MarkedRead(Some(room)));
                    }
                >
                    {texts::mark_read()}
                </button>
            </Show>
            <button
                type="button"
                class="primary"
                data-testid="card-close"
                on:click=move |_| close()
            >
                {texts::close()}
            </button>
        </div>
    }
}

/// The room's name for people and its topic. A change is posted when the field is left, or with
/// Enter.
#[component]
fn Fields() -> impl IntoView {
    let store = use_store();
    let name = |model: &Model| {
        let name = model.room().about.state.name.as_ref();
        name.map_or_else(String::new, ToString::to_string)
    };
    let (name, topic) = (store.memo(name), store.memo(topic));
    let id = store.memo(|model| model.current_room.to_string());
    view! {
        <label class="field">
            <span>{texts::room_display_name()}</span>
            <input
                data-testid="card-name"
                autocomplete="off"
                maxlength=NAME_BYTES_MAX.to_string()
                placeholder=id
                prop:value=name
                on:change:target=move |input| {
                    let name = RoomCardEvent::Named(input.target().value());
                    store.dispatch(Event::RoomCard(name));
                }
            />
        </label>
        <label class="field">
            <span>{texts::topic()}</span>
            <input
                data-testid="card-topic"
                autocomplete="off"
                maxlength=TOPIC_CHARS_MAX.to_string()
                placeholder=texts::topic_hint()
                prop:value=topic
                on:change:target=move |input| {
                    let topic = RoomCardEvent::TopicSet(input.target().value());
                    store.dispatch(Event::RoomCard(topic));
                }
            />
        </label>
    }
}

/// The room's address, and the button that copies it.
#[component]
fn Address() -> impl IntoView {
    let store = use_store();
    let link = store.memo(|model| address::link(&model.current_room, None));
    let copied = store.memo(|model| match model.now_ms < model.copied_until_ms {
        true => texts::copied(),
        false => texts::copy_address(),
    });
    view! {
        <div class="address">
            <span class="excerpt" title=link translate="no">{link}</span>
            <button
                type="button"
                data-testid="card-copy"
                on:click=move |_| store.dispatch(Event::LinkRequested(None))
            >
                {copied}
            </button>
        </div>
    }
}

/// What of the room the user is notified of.
#[component]
fn NotifyChoice() -> impl IntoView {
    let store = use_store();
    let notify = store.memo(|model| model.room().about.notify.word().to_owned());
    view! {
        <label class="field">
            <span>{texts::room_notifications()}</span>
            <select
                data-testid="card-notify"
                prop:value=notify
                on:change:target=move |select| {
                    let room = store.with_untracked(|model| model.current_room.clone());
                    let notify = Notify::parse(&select.target().value());
                    store.dispatch(Event::RoomCard(RoomCardEvent::NotifyChosen(room, notify)));
                }
            >
                <option value=Notify::All.word()>{texts::notify_all()}</option>
                <option value=Notify::None.word()>{texts::notify_none()}</option>
            </select>
        </label>
    }
}

/// A pinned message: leads to it, and can be unpinned.
#[component]
fn Pinned(
    /// The message.
    pin: PinItem,
) -> impl IntoView {
    let store = use_store();
    let target = pin.id;
    let posted_at = texts::day_and_time(&locale::day(pin.at_ms), &locale::time(pin.at_ms));
    view! {
        <li class="pinned">
            <button
                type="button"
                class="found"
                data-testid="pinned"
                on:click=move |_| {
                    store.dispatch(Event::RoomCard(RoomCardEvent::Closed));
                    store.dispatch(Event::MessageRequested(target));
                }
            >
                <span class="head"><bdi class="author">{pin.name}</bdi> " " <time>{posted_at}</time></span>
                <span class="text" dir="auto">{pin.text}</span>
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="unpin"
                on:click=move |_| {
                    let unpin = RoomCardEvent::Pinned { target, on: false };
                    store.dispatch(Event::RoomCard(unpin));
                }
            >
                {texts::unpin()}
            </button>
        </li>
    }
}
