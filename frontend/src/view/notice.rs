//! The line between the messages and the composer.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts, view_model::status::notice_text};

use crate::browser::store::use_store;

/// What the server announced or why something was not done; without such a notice, who is typing.
#[component]
pub(super) fn Notice() -> impl IntoView {
    let store = use_store();
    let text = store.memo(notice_text);
    view! {
        <p class="notice" role="status" data-testid="notice">
            {text}
            <Show when=store.is(|model| model.notice.is_some())>
                <button
                    type="button"
                    class="quiet"
                    aria-label=texts::dismiss()
                    on:click=move |_| store.dispatch(Event::NoticeDismissed)
                >
                    "×"
                </button>
            </Show>
        </p>
    }
}
