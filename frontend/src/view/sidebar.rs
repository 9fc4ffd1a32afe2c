//! The panel beside the room: the rooms, the people in the current one, and the user's own name.

mod people;
mod rooms;

use leptos::prelude::*;
use parlor_frontend::texts;

use self::{people::People, rooms::Rooms};
use crate::browser::{dialogs, store::use_store};

/// The panel.
#[component]
pub(super) fn Sidebar(
    /// Whether the panel is open on a narrow screen; it closes when the user goes to a room.
    panel_open: RwSignal<bool>,
) -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| model.name.to_string());
    let shortcuts_title = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::shortcuts(),
        false => texts::shortcuts_key(),
    });
    view! {
        <aside id="panel" aria-label=texts::rooms_and_people()>
            <Rooms panel_open/>
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
                    on:click=move |_| dialogs::show_shortcuts()
                >
                    "?"
                </button>
            </div>
        </aside>
    }
}
