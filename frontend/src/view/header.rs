//! The header: the room's name, what can be opened, and the connection's status.

use leptos::prelude::*;
use parlor_frontend::{event::Event, model::Model, texts};

use crate::{
    browser::{focus, store::use_store},
    view::{
        inspector::InspectorButton, room_card::RoomTitle, status::ConnectionStatus,
        unread_badge::UnreadBadge,
    },
};

/// The header above the messages.
#[component]
pub(super) fn Header(
    /// Whether the panel with rooms and people is open on a narrow screen.
    panel_open: RwSignal<bool>,
) -> impl IntoView {
    let store = use_store();
    let online = store.memo(|model| texts::people_online(model.room().member_count as usize));
    let unread = store.memo(Model::unread);
    let search_title = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::search_room(),
        false => texts::search_room_key(),
    });
    view! {
        <header>
            <RoomTitle/>
            <button
                type="button"
                class="panel-button"
                data-testid="panel"
                aria-controls="panel"
                aria-expanded=Signal::derive(move || panel_open.get().to_string())
                on:click=move |_| panel_open.update(|open| *open = !*open)
            >
                {online}
                {move || view! { <UnreadBadge count=unread.get()/> }}
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="search"
                aria-label=texts::search_room()
                title=search_title
                on:click=move |_| {
                    store.dispatch(Event::SearchOpened);
                    focus::move_to_id("search-input");
                }
            >
                {texts::search()}
            </button>
            <InspectorButton/>
            <ConnectionStatus/>
        </header>
    }
}
