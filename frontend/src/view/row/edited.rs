//! "edited" at a message.

use leptos::prelude::*;
use parlor_frontend::texts;

use crate::view::row::state::RowState;

/// "edited": a button that shows the earlier texts.
#[component]
pub(super) fn EditedButton(
    /// What the user opened of the row.
    state: RowState,
) -> impl IntoView {
    let shows = state.shows_versions;
    view! {
        <button
            type="button"
            class="edited"
            data-testid="edited"
            title=texts::show_edits()
            aria-expanded=Signal::derive(move || shows.get().to_string())
            on:click=move |_| shows.update(|shows| *shows = !*shows)
        >
            {texts::edited()}
        </button>
    }
}
