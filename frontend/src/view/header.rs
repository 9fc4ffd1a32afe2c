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
    browser::{focus, store::use_store},
    view::{
        button::{Sign, SignButton},
        icon::Icon,
        inspector::InspectorButton,
        room_card::RoomTitle,
        status::{ConnectionButton, ConnectionStatus},
        unread_badge::UnreadBadge,
    },
};

/// The header above the messages.
#[component]
pub(super) fn Header() -> impl IntoView {
    let store = use_store();
    let online = store.memo(|model| texts::people_online(model.room().member_count as usize));
    let search_label = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::search_room(),
        false => texts::search_room_key(),
    });
    // What lies beside the panel that covers it cannot be used.
    let inert = store.memo(|model| model.panel_open);
    let unread = store.memo(Model::unread);
    let menu = Menu {
        subject: MenuSubject::Page,
        place: MenuPlace::Sheet,
    };
    view! {
        <header inert=inert>
            <div class="panel-button narrow">
                <SignButton
                    id="panel-button"
                    testid="panel"
                    label=texts::rooms_and_people()
                    class="icon-button tip-start"
                    sign=Sign::Icon(Icon::Menu)
                    on_press=Box::new(move |_| store.dispatch_and_show(Event::PanelOpened))
                />
                {move || view! { <UnreadBadge count=unread.get()/> }}
            </div>
            <div class="room">
                <RoomTitle/>
                <p class="online narrow">{online}</p>
            </div>
            <ConnectionStatus/>
            <ConnectionButton/>
            {move || {
                let label = search_label.get();
                let open = move |_: &_| {
                    store.dispatch_and_show(Event::SearchOpened);
                    focus::move_to_id("search-input");
                };
                let sign = Sign::Icon(Icon::Search);
                view! { <SignButton testid="search" label sign on_press=Box::new(open)/> }
            }}
            <InspectorButton/>
            <SignButton
                testid="page-menu"
                class="icon-button narrow"
                label=texts::menu()
                sign=Sign::Icon(Icon::More)
                on_press=Box::new(move |_| store.dispatch_and_show(Event::MenuOpened(menu)))
            />
        </header>
    }
}
