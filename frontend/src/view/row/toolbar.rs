//! The buttons of the active message.

use leptos::prelude::*;
use parlor_frontend::{event::Event, model::room_card::RoomCardEvent, texts};
use parlor_shared::{Emoji, MessageId};

use crate::browser::store::use_store;

/// The reactions that are a click away. The others are in the picker.
const QUICK_REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// What the user can do about a message.
#[component]
pub(super) fn Toolbar(
    /// The message.
    id: MessageId,
    /// Whether it is the user's own.
    is_own: bool,
) -> impl IntoView {
    let own = is_own.then(|| {
        view! {
            <ToolbarButton
                id
                testid="edit"
                label=texts::edit()
                sign=texts::edit()
                event=|id| Event::EditStarted(Some(id))
            />
            <DeleteButton id/>
        }
    });
    view! {
        <div class="buttons" role="toolbar" aria-label=texts::message_actions()>
            {QUICK_REACTIONS.map(|sign| view! { <ReactButton id sign/> }).collect_view()}
            <ToolbarButton
                id
                testid="react-more"
                label=texts::add_reaction()
                sign="☺"
                event=|id| Event::PickerOpened(Some(id))
            />
            <ToolbarButton
                id
                testid="reply"
                label=texts::reply()
                sign=texts::reply()
                event=Event::ReplyStarted
            />
            <ToolbarButton
                id
                testid="pin"
                label=texts::pin()
                sign=texts::pin()
                event=|target| Event::RoomCard(RoomCardEvent::Pinned { target, on: true })
            />
            {own}
        </div>
    }
}

/// A button that reacts to the message.
#[component]
fn ReactButton(
    /// The message.
    id: MessageId,
    /// The reaction.
    sign: &'static str,
) -> impl IntoView {
    let store = use_store();
    let label = texts::react_with(sign);
    let on_click = move |_| {
        if let Ok(emoji) = Emoji::parse(sign) {
            store.dispatch(Event::Reacted { target: id, emoji });
        }
    };
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="react"
            aria-label=label.clone()
            title=label
            on:click=on_click
        >
            {sign}
        </button>
    }
}

/// A button that does something else about the message.
#[component]
fn ToolbarButton(
    /// The message.
    id: MessageId,
    /// What the tests call the button.
    testid: &'static str,
    /// What it does, for the tooltip and for screen readers.
    label: &'static str,
    /// What is on it.
    sign: &'static str,
    /// The event that a click dispatches.
    event: fn(MessageId) -> Event,
) -> impl IntoView {
    let store = use_store();
    view! {
        <button
            type="button"
            class="quiet"
            data-testid=testid
            aria-label=label
            title=label
            on:click=move |_| store.dispatch(event(id))
        >
            {sign}
        </button>
    }
}

/// Deletes the message at the second click: the first one only asks.
#[component]
fn DeleteButton(
    /// The message.
    id: MessageId,
) -> impl IntoView {
    let store = use_store();
    let is_asking = RwSignal::new(false);
    let label = Signal::derive(move || match is_asking.get() {
        true => texts::delete_confirm(),
        false => texts::delete(),
    });
    let on_click = move |_| {
        if is_asking.get_untracked() {
            store.dispatch(Event::Deleted(id));
        } else {
            is_asking.set(true);
        }
    };
    view! {
        <button
            type="button"
            class="quiet"
            class:bad=is_asking
            data-testid="delete"
            on:click=on_click
        >
            {label}
        </button>
    }
}
