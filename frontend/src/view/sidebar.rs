//! The panel beside the room: the rooms, the people in the current one, and the user's own name.

mod people;
mod rooms;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{event::Event, texts};

use self::{people::People, rooms::Rooms};
use crate::browser::{
    dialogs, focus,
    store::{Store, use_store},
};

/// The panel. On a narrow screen it comes from the side, over the room.
#[component]
pub(super) fn Sidebar() -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| model.name.to_string());
    let shortcuts_title = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::shortcuts(),
        false => texts::shortcuts_key(),
    });
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" && store.with_untracked(|model| model.panel_open) {
            close(store);
        }
    };
    view! {
        <Show when=store.is(|model| model.panel_open)>
            <div class="scrim" data-testid="scrim" on:click=move |_| close(store)></div>
        </Show>
        <aside id="panel" aria-label=texts::rooms_and_people() on:keydown=on_keydown>
            <PanelHead/>
            <Rooms/>
            <People/>
            <div class="own">
                <button
                    type="button"
                    data-testid="settings"
                    aria-haspopup="dialog"
                    on:click=move |_| dialogs::show_settings(store)
                >
                    <bdi>{name}</bdi>
                    " "
                    <span class="note">{texts::settings()}</span>
                </button>
                <button
                    type="button"
                    data-testid="shortcuts"
                    aria-haspopup="dialog"
                    aria-label=texts::shortcuts()
                    title=shortcuts_title
                    on:click=move |_| dialogs::show_shortcuts(store)
                >
                    "?"
                </button>
            </div>
        </aside>
    }
}

/// Closes the panel on a narrow screen. The focus goes back to the button that opened it.
fn close(store: Store) {
    store.dispatch_and_show(Event::PanelClosed);
    queue_microtask(|| focus::move_to_id("panel-button"));
}

/// The title and the button that closes the panel, on a narrow screen.
#[component]
fn PanelHead() -> impl IntoView {
    let store = use_store();
    let button = NodeRef::<html::Button>::new();
    let is_open = store.memo(|model| model.panel_open);
    Effect::new(move |_| {
        if is_open.get()
            && let Some(button) = button.get_untracked()
        {
            // Until the views have changed, it is not visible.
            request_animation_frame(move || focus::move_to(&button));
        }
    });
    view! {
        <div class="panel-head narrow">
            <h2>{texts::rooms_and_people()}</h2>
            <button
                node_ref=button
                type="button"
                class="quiet"
                data-testid="panel-close"
                aria-label=texts::close()
                title=texts::close()
                on:click=move |_| close(store)
            >
                "×"
            </button>
        </div>
    }
}
