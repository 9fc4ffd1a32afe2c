//! The buttons of the active message.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts};
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
    let quick = QUICK_REACTIONS.into_iter().filter_map(|sign| {
        let event = Event::Reacted {
            target: id,
            emoji: Emoji::parse(sign).ok()?,
        };
        let label = texts::react_with(sign);
        Some(view! { <ToolbarButton testid="react" label sign event/> })
    });
    let own = is_own.then(|| {
        view! {
            <ToolbarButton
                testid="edit"
                label=texts::EDIT
                sign=texts::EDIT
                event=Event::EditStarted(Some(id))
            />
            <DeleteButton id/>
        }
    });
    view! {
        <div class="buttons" role="toolbar" aria-label=texts::MESSAGE_ACTIONS>
            {quick.collect_view()}
            <ToolbarButton
                testid="react-more"
                label=texts::ADD_REACTION
                sign="☺"
                event=Event::PickerOpened(Some(id))
            />
            <ToolbarButton
                testid="reply"
                label=texts::REPLY
                sign=texts::REPLY
                event=Event::ReplyStarted(id)
            />
            {own}
        </div>
    }
}

/// A button of the toolbar.
#[component]
fn ToolbarButton(
    /// What the tests call it.
    testid: &'static str,
    /// What it does, for the tooltip and for screen readers.
    #[prop(into)]
    label: String,
    /// What is on it.
    sign: &'static str,
    /// What a click dispatches.
    event: Event,
) -> impl IntoView {
    let store = use_store();
    view! {
        <button
            type="button"
            class="quiet"
            data-testid=testid
            aria-label=label.clone()
            title=label
            on:click=move |_| store.dispatch(event.clone())
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
        true => texts::DELETE_CONFIRM,
        false => texts::DELETE,
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
