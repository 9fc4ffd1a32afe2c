//! A long message: its beginning, and a button that shows the rest.

use leptos::prelude::*;
use parlor_frontend::{mention::Mentioned, texts};
use parlor_shared::MessageId;

use crate::view::{effect::effect, markup::MessageText, row::state::RowState};

/// A long message. One that the user jumped to is open.
#[component]
pub(super) fn LongText(
    /// The message.
    id: MessageId,
    /// The text as its author wrote it.
    text: String,
    /// The mentions in it.
    mentions: Vec<Mentioned>,
    /// What the user opened of the row.
    state: RowState,
) -> impl IntoView {
    let is_open = state.is_open;
    effect(move || {
        if state.found.get() == Some(id) {
            is_open.set(true);
        }
    });
    let label = Signal::derive(move || match is_open.get() {
        true => texts::show_less(),
        false => texts::show_more(),
    });
    view! {
        <div class="long" data-open=Signal::derive(move || is_open.get().to_string())>
            <MessageText text mentions/>
        </div>
        <button
            type="button"
            class="more"
            data-testid="show-more"
            aria-expanded=Signal::derive(move || is_open.get().to_string())
            on:click=move |_| is_open.update(|open| *open = !*open)
        >
            {label}
        </button>
    }
}
