//! What the user sees: Leptos components that read the store and dispatch events to it.
//!
//! Components get the store from the context that [`Page`] provides
//! ([`use_store`](crate::browser::store::use_store)), read it through memos and tell it what the
//! user did with `store.dispatch(Event::…)`. The store changes once an animation frame at most.
#![allow(
    unreachable_pub,
    reason = "#[component] expands to a function that is `pub`"
)]

mod access;
mod button;
mod choice;
mod completions;
mod composer;
mod date_form;
mod devices;
mod draft_bar;
mod effect;
mod face;
mod focus;
mod header;
pub(crate) mod icon;
mod inspector;
mod later;
pub(crate) mod later_views;
mod link;
pub(crate) mod locale;
pub(crate) mod marks;
mod markup;
mod menu;
mod menu_place;
pub(crate) mod messages;
mod moderation;
pub(crate) mod no_room;
mod notice;
mod owner;
mod person;
mod picker;
mod reactions;
mod room_card;
mod row;
mod scroll_into_view;
mod search;
mod sidebar;
mod status;
mod switcher;
mod unread_badge;
mod welcome;

use leptos::prelude::*;
use parlor_frontend::{
    model::Model,
    texts,
    view_model::{
        room_card::room_title,
        status::{is_interrupted, status_name},
    },
};

use self::{
    composer::Composer, effect::effect, header::Header, later::later, messages::Messages,
    notice::Notice, sidebar::Sidebar, status::InterruptionBar,
};
use crate::browser::{
    badge,
    store::{Store, use_store},
};

/// The page: rooms and people, the header, and the current room.
#[component]
pub(crate) fn Page(
    /// The store, for all components of the page.
    store: Store,
) -> impl IntoView {
    provide_context(store);
    // Without the server there is nothing that it could delay. Where it could not be loaded, it is
    // loaded once the server is back.
    let is_shown = store.memo(|model| {
        let is_interrupted = is_interrupted(model.session.status());
        (model.room().live, is_interrupted)
    });
    effect(move || {
        if let (true, _) | (_, true) = is_shown.get() {
            store.load_later();
        }
    });
    let status = store.memo(|model| status_name(model.session.status()));
    let panel_open = store.memo(|model| model.panel_open);
    let panel = store.memo(|model| if model.panel_open { "open" } else { "closed" });
    set_title();
    view! {
        <div class="page" data-line=status data-panel=panel>
            <Sidebar/>
            <Header/>
            <main inert=panel_open>
                {later(|views| views.access)}
                <InterruptionBar/>
                {later(|views| views.search)}
                <Messages/>
                <Notice/>
                <Composer/>
                {later(|views| views.name_line)}
            </main>
            {later(|views| views.inspector)}
        </div>
        {later(|views| views.dialogs)}
    }
}

/// Keeps the window's title, the number of unread messages and the room, and that number's badges.
fn set_title() {
    let store = use_store();
    let room = store.memo(room_title);
    let unread = store.memo(Model::unread);
    effect(move || {
        badge::show(unread.get());
        document().set_title(&texts::title(unread.get(), &room.get()));
    });
}
