//! The line between the messages and the composer.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::room_card::RoomCardEvent,
    texts,
    view_model::status::{is_left_shown, is_typing_shown, notice_text},
};

use crate::browser::store::use_store;

/// What the server announced or why something was not done; without such a notice, who is typing.
#[component]
pub(super) fn Notice() -> impl IntoView {
    let store = use_store();
    let text = store.memo(notice_text);
    let typing = store.memo(is_typing_shown);
    view! {
        <p class="notice" class:typing=typing role="status" data-testid="notice">
            <span title=text>{text}</span>
            <Show when=store.is(is_left_shown)>
                <button
                    type="button"
                    class="undo"
                    data-testid="undo"
                    on:click=move |_| store.dispatch(Event::RoomCard(RoomCardEvent::LeaveUndone))
                >
                    {texts::undo()}
                </button>
            </Show>
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
