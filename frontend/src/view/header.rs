//! The header: the room's name, what can be opened, and the connection's status. On a small screen
//! it is one row, and what is rarely needed is in its menu.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::{
        Model,
        menu::{Menu, MenuPlace, MenuSubject},
    },
    texts,
};

use crate::{
    browser::store::use_store,
    view::{
        inspector::InspectorButton,
        status::{ConnectionButton, ConnectionStatus},
        unread_badge::UnreadBadge,
    },
};

/// The header above the messages.
#[component]
pub(super) fn Header() -> impl IntoView {
    let store = use_store();
    let room = store.memo(|model| model.current_room.to_string());
    let online = store.memo(|model| texts::people_online(model.room().member_count as usize));
    let search_title = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::search_room(),
        false => texts::search_room_key(),
    });
    // What lies beside the panel that covers it cannot be used.
    let inert = store.memo(|model| model.panel_open);
    view! {
        <header inert=inert>
            <PanelButton/>
            <div class="room">
                <h1 data-testid="room-name" translate="no" title=room>{room}</h1>
                <p class="online narrow">{online}</p>
            </div>
            <ConnectionStatus/>
            <ConnectionButton/>
            <button
                type="button"
                class="quiet"
                data-testid="search"
                aria-label=texts::search_room()
                title=search_title
                on:click=move |_| store.dispatch_and_show(Event::SearchOpened)
            >
                {texts::search()}
            </button>
            <InspectorButton/>
            <MenuButton/>
        </header>
    }
}

/// Opens the panel on a small screen.
#[component]
fn PanelButton() -> impl IntoView {
    let store = use_store();
    let unread = store.memo(Model::unread);
    let expanded = store.memo(|model| model.panel_open.to_string());
    view! {
        <button
            type="button"
            class="quiet narrow panel-button"
            id="panel-button"
            data-testid="panel"
            aria-controls="panel"
            aria-expanded=expanded
            title=texts::rooms_and_people()
            on:click=move |_| store.dispatch_and_show(Event::PanelOpened)
        >
            <span class="unseen">{texts::rooms_and_people()}</span>
            <span aria-hidden="true">"☰"</span>
            {move || view! { <UnreadBadge count=unread.get()/> }}
        </button>
    }
}

/// Opens the menu of the page on a small screen.
#[component]
fn MenuButton() -> impl IntoView {
    let store = use_store();
    let menu = Menu {
        subject: MenuSubject::Page,
        place: MenuPlace::Sheet,
    };
    view! {
        <button
            type="button"
            class="quiet narrow"
            data-testid="page-menu"
            aria-haspopup="dialog"
            aria-label=texts::menu()
            title=texts::menu()
            on:click=move |_| store.dispatch_and_show(Event::MenuOpened(menu))
        >
            <span aria-hidden="true">"⋯"</span>
        </button>
    }
}
