//! The inspector's buttons. All are one function: each button of its own would be 2 KB of the page.

use leptos::prelude::*;
use parlor_frontend::{event::Event, model::Model};

use crate::browser::store::use_store;

/// A button of the inspector: its `data-testid`, what it says, more to that where there is more to
/// say, and what the user does with it.
pub(super) fn button(
    testid: &'static str,
    label: fn(&Model) -> &'static str,
    title: &'static str,
    event: fn(&Model) -> Event,
) -> AnyView {
    let store = use_store();
    let label = store.memo(label);
    view! {
        <button
            type="button"
            data-testid=testid
            title=title
            on:click=move |_| store.dispatch(store.with_untracked(event))
        >
            {label}
        </button>
    }
    .into_any()
}
