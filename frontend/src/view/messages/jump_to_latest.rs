//! The button that leads back to the end of the list.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts};

use crate::browser::store::use_store;

/// The button that leads back to the end of the list, with the number of messages that arrived
/// meanwhile.
#[component]
pub(crate) fn JumpToLatest() -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| texts::jump_to_latest(model.room().new_below(&model.reader())));
    view! {
        <button
            type="button"
            class="jump"
            data-testid="jump-latest"
            on:click=move |_| store.dispatch(Event::LatestRequested)
        >
            {label}
        </button>
    }
}
