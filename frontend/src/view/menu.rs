//! The menu of a message or of the page: a sheet at the lower edge of the screen for touch, a list
//! beside its button for a mouse. It is a modal dialog (`browser/menu.rs` opens it), so the browser
//! keeps the focus in it, closes it with Escape and gives the focus back.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    texts,
    view_model::{
        menu::{Choice, Item, excerpt, items},
        message_actions::{MessageAction, QUICK_REACTIONS},
    },
};
use parlor_shared::MessageId;
use web_sys::{Element, HtmlElement};

use crate::{
    browser::{
        dialogs, focus, menu,
        store::{Store, use_store},
    },
    view::{
        icon::{Icon, icon},
        reactions::ReactButtons,
    },
};

/// The menu. It is in the document all the time, and empty while it is closed.
#[component]
pub(super) fn MenuDialog() -> impl IntoView {
    let store = use_store();
    // Not at a click: a finger that opened the sheet and is lifted from it ends with one.
    let on_pointerdown = move |press: ev::PointerEvent| {
        // What is behind the dialog belongs to it; its content fills the rest of it.
        let pressed = press.target().and_then(|at| at.dyn_into::<Element>().ok());
        if pressed.is_some_and(|at| at.tag_name() == "DIALOG") {
            store.dispatch(Event::MenuClosed);
        }
    };
    view! {
        <dialog
            id=menu::ID
            class="menu"
            data-testid="menu"
            aria-label=texts::menu()
            on:pointerdown=on_pointerdown
            on:close=move |_| store.dispatch(Event::MenuClosed)
            on:keydown=on_arrow
        >
            <div class="menu-content">
                <Show when=store.is(|model| model.menu.is_some())>
                    <OpenMenu/>
                </Show>
            </div>
        </dialog>
    }
    .into_any()
}

/// What can be chosen.
#[component]
fn OpenMenu() -> impl IntoView {
    let items = use_store().memo(items);
    let item = |item| view! { <MenuItem item/> };
    view! {
        <MessageAbove/>
        {move || items.get().into_iter().map(item).collect_view()}
    }
}

/// In a sheet, the message with its text, which can be selected here, and the reactions.
#[component]
fn MessageAbove() -> impl IntoView {
    let store = use_store();
    let message = store.memo(|model| model.menu?.message_in_sheet());
    let view = move |id: MessageId| {
        let excerpt = store.with_untracked(|model| excerpt(model, id));
        view! {
            <p class="menu-message" dir="auto" tabindex="0" data-testid="menu-text">{excerpt}</p>
            <div class="menu-reactions" role="group" aria-label=texts::react()>
                <ReactButtons id count=QUICK_REACTIONS.len()/>
            </div>
        }
    };
    view! { {move || message.get().map(view)} }
}

/// Something that can be chosen.
#[component]
fn MenuItem(
    /// What.
    item: Item,
) -> impl IntoView {
    let store = use_store();
    let is_bad = item.choice.is_bad();
    let sign = sign_of(item.choice);
    view! {
        <button
            type="button"
            class="menu-item"
            class:bad=is_bad
            data-testid=item.test_id
            on:click=move |_| choose(store, item.choice)
        >
            {icon(sign)}
            {item.label}
        </button>
    }
}

fn sign_of(choice: Choice) -> Icon {
    match choice {
        Choice::Act(MessageAction::Reply, _) => Icon::Reply,
        Choice::Act(MessageAction::CopyText, _) => Icon::Copy,
        Choice::Act(MessageAction::CopyLink, _) => Icon::Link,
        Choice::Act(MessageAction::MarkUnread, _) => Icon::Unread,
        Choice::Act(MessageAction::Pin, _) => Icon::Pin,
        Choice::Act(MessageAction::Author | MessageAction::Moderate, _) => Icon::More,
        Choice::Act(MessageAction::Edit, _) => Icon::Edit,
        Choice::Act(MessageAction::Delete, _) | Choice::AskToDelete(_) => Icon::Delete,
        Choice::Cancel => Icon::Close,
        Choice::Connection => Icon::Link,
        Choice::Inspector => Icon::Inspector,
        Choice::Settings => Icon::Settings,
        Choice::Shortcuts => Icon::Hash,
    }
}

fn choose(store: Store, choice: Choice) {
    store.dispatch_and_show(store.with_untracked(|model| choice.event(model)));
    match choice {
        Choice::Settings => dialogs::show_settings(store),
        Choice::Shortcuts => dialogs::show_shortcuts(store),
        Choice::Act(..)
        | Choice::AskToDelete(_)
        | Choice::Cancel
        | Choice::Connection
        | Choice::Inspector => {}
    }
}

/// The arrow keys go from item to item.
fn on_arrow(press: ev::KeyboardEvent) {
    let step = match press.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let within = press
        .current_target()
        .and_then(|at| at.dyn_into::<HtmlElement>().ok());
    if let Some(within) = within {
        press.prevent_default();
        focus::step(&within, ".menu-item", step);
    }
}
