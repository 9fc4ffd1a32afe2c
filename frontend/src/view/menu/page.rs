//! What the header has on a wide screen: the connection, and what can be opened.

use leptos::prelude::*;
use parlor_frontend::{
    event::{Event, InspectorEvent},
    texts,
    view_model::status::{connection_event, connection_label, countdown_text},
};

use crate::{
    browser::{dialogs, store::use_store},
    view::menu::closer::Closer,
};

/// The connection with the button that changes it, the inspector, the settings and the shortcuts.
#[component]
pub(super) fn PageMenu(
    /// Closes the menu.
    closer: Closer,
) -> impl IntoView {
    let store = use_store();
    let status = store.memo(countdown_text);
    let label = store.memo(|model| connection_label(model.session.status()));
    let connect = move |_| {
        closer.choose(store.with_untracked(|model| connection_event(model.session.status())));
    };
    view! {
        <p class="menu-message" aria-live="off">{status}</p>
        <button type="button" class="menu-item" data-testid="menu-connection" on:click=connect>
            {label}
        </button>
        <button
            type="button"
            class="menu-item"
            data-testid="menu-wire"
            on:click=move |_| closer.choose(Event::Inspector(InspectorEvent::Opened))
        >
            {texts::inspector()}
        </button>
        <button
            type="button"
            class="menu-item"
            data-testid="menu-settings"
            on:click=move |_| {
                closer.close();
                dialogs::show_settings(store);
            }
        >
            {texts::settings()}
        </button>
        <button
            type="button"
            class="menu-item"
            data-testid="menu-shortcuts"
            on:click=move |_| {
                closer.close();
                dialogs::show_shortcuts(store);
            }
        >
            {texts::shortcuts()}
        </button>
    }
}
