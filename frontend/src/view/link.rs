//! A link to send, with the button that copies it.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts};

use crate::browser::store::use_store;

/// The link.
#[component]
pub(super) fn Link(
    /// Where it leads.
    link: String,
    /// What the tests call it.
    test_id: &'static str,
) -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| match model.now_ms < model.copied_until_ms {
        true => texts::copied(),
        false => texts::copy_link_to_send(),
    });
    let copied = link.clone();
    view! {
        <div class="address">
            <span class="excerpt" translate="no" data-testid=test_id>{link}</span>
            <button
                type="button"
                data-testid="link-copy"
                on:click=move |_| store.dispatch(Event::CopyRequested(copied.clone()))
            >
                {label}
            </button>
        </div>
    }
}
