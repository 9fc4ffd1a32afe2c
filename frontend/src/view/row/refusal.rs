//! Why a post was refused, and what the user can do about it.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts};
use parlor_shared::MessageId;

use crate::browser::store::use_store;

/// Why a post was refused, and what the user can do about it.
#[component]
pub(crate) fn Refusal(
    /// The post.
    id: MessageId,
    /// Why it was refused.
    reason: String,
) -> impl IntoView {
    let store = use_store();
    view! {
        <p class="why" role="alert" data-testid="refused">
            {reason}
            <button
                type="button"
                data-testid="retry"
                on:click=move |_| store.dispatch(Event::Retried(id))
            >
                {texts::try_again()}
            </button>
            <button
                type="button"
                data-testid="discard"
                on:click=move |_| store.dispatch(Event::Discarded(id))
            >
                {texts::discard()}
            </button>
        </p>
    }
}
