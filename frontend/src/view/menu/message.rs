//! What can be done about a message.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::quote::{self, Quote},
    texts,
    view_model::message_actions::{MessageAction, QUICK_REACTIONS, actions},
};
use parlor_shared::{Emoji, MessageId};

use crate::{
    browser::{focus, store::use_store},
    view::menu::closer::Closer,
};

/// The actions for a message; in a sheet the reactions and the message itself stand above them.
#[component]
pub(super) fn MessageMenu(
    /// The message.
    id: MessageId,
    /// Whether the menu is a sheet.
    is_sheet: bool,
    /// Whether it asks from the beginning whether to delete the message.
    is_asking: bool,
    /// Closes the menu.
    closer: Closer,
) -> impl IntoView {
    let store = use_store();
    let above = is_sheet.then(|| view! { <MessageAbove id/> <Reactions id closer/> });
    // The message may be deleted, or become the user's own, while the menu is open.
    let actions = Memo::new(move |_| store.with(|model| actions(model, id)));
    let item = move |action| match action {
        MessageAction::Delete => view! { <DeleteItem id is_asking closer/> }.into_any(),
        MessageAction::Reply
        | MessageAction::CopyText
        | MessageAction::CopyLink
        | MessageAction::Edit => view! { <ActionItem id action closer/> }.into_any(),
    };
    view! {
        {above}
        {move || actions.get().into_iter().map(item).collect_view()}
    }
}

/// The author and the text, which can be selected here.
#[component]
fn MessageAbove(
    /// The message.
    id: MessageId,
) -> impl IntoView {
    let store = use_store();
    let name = store.with_untracked(|model| match quote::of(model.room(), id) {
        Quote::Message { name, .. } => name,
        Quote::Deleted | Quote::Earlier | Quote::Gone => String::new(),
    });
    let text = store.with_untracked(|model| {
        let message = model.room().timeline.find(id)?;
        message.text.as_ref().map(ToString::to_string)
    });
    view! {
        <div class="menu-message">
            <bdi class="author">{name}</bdi>
            <p dir="auto" tabindex="0" data-testid="menu-text">{text}</p>
        </div>
    }
}

/// The reactions that are a tap away, and the button that opens the picker for the others.
#[component]
fn Reactions(
    /// The message.
    id: MessageId,
    /// Closes the menu.
    closer: Closer,
) -> impl IntoView {
    let react = move |sign: &'static str| {
        view! {
            <button
                type="button"
                class="quiet"
                data-testid="menu-react"
                aria-label=texts::react_with(sign)
                on:click=move |_| match Emoji::parse(sign) {
                    Ok(emoji) => closer.choose(Event::Reacted { target: id, emoji }),
                    Err(_) => closer.close(),
                }
            >
                {sign}
            </button>
        }
    };
    view! {
        <div class="menu-reactions" role="group" aria-label=texts::react()>
            {QUICK_REACTIONS.map(react).collect_view()}
            <button
                type="button"
                class="quiet"
                data-testid="menu-react-more"
                aria-label=texts::add_reaction()
                on:click=move |_| closer.choose(Event::PickerOpened(Some(id)))
            >
                "☺"
            </button>
        </div>
    }
}

/// An action.
#[component]
fn ActionItem(
    /// The message.
    id: MessageId,
    /// What is done about it.
    action: MessageAction,
    /// Closes the menu.
    closer: Closer,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu-item"
            data-testid=action.test_id()
            on:click=move |_| closer.choose(action.event(id))
        >
            {action.label()}
        </button>
    }
}

/// Deletes the message at the second click: the first one only asks.
#[component]
fn DeleteItem(
    /// The message.
    id: MessageId,
    /// Whether it asks from the beginning.
    is_asking: bool,
    /// Closes the menu.
    closer: Closer,
) -> impl IntoView {
    let button = NodeRef::<leptos::html::Button>::new();
    if is_asking {
        // The dialog has put the focus on the first button.
        button.on_load(|button| queue_microtask(move || focus::move_to(&button)));
    }
    let is_asking = RwSignal::new(is_asking);
    let label = Signal::derive(move || match is_asking.get() {
        true => texts::delete_confirm(),
        false => texts::delete(),
    });
    let on_click = move |_| {
        if is_asking.get_untracked() {
            closer.choose(Event::Deleted(id));
            // The bar that had the focus goes with the message.
            focus::move_to_id("messages");
        } else {
            is_asking.set(true);
        }
    };
    view! {
        <button
            node_ref=button
            type="button"
            class="menu-item"
            class:bad=is_asking
            data-testid="delete"
            on:click=on_click
        >
            {label}
        </button>
        <Show when=move || is_asking.get()>
            <button
                type="button"
                class="menu-item"
                data-testid="delete-cancel"
                on:click=move |_| closer.close()
            >
                {texts::cancel()}
            </button>
        </Show>
    }
}
