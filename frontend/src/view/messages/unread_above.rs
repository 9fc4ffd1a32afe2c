//! The button above the messages that leads to the first unread one.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    texts,
    view_model::unread::{UNREAD_ABOVE_MAX, UnreadAbove, unread_above},
};

use crate::{browser::store::use_store, view::locale};

/// How many messages are unread above those on screen, as a button that leads to the first one, and
/// a button that marks them as read.
#[component]
pub(crate) fn UnreadAbovePill() -> impl IntoView {
    let store = use_store();
    let above = store.memo(unread_above);
    let label = Memo::new(move |_| above.get().map(label).unwrap_or_default());
    let mark_read = move |_| {
        let room = store.with_untracked(|model| model.current_room.clone());
        store.dispatch(Event::MarkedRead(Some(room)));
    };
    view! {
        <Show when=move || above.with(Option::is_some)>
            <div class="unread-above" data-testid="unread-above">
                <button
                    type="button"
                    data-testid="jump-unread"
                    title=texts::jump_to_unread()
                    on:click=move |_| store.dispatch(Event::FirstUnreadRequested)
                >
                    <span aria-hidden="true">"↑ "</span>
                    {label}
                </button>
                <button
                    type="button"
                    class="quiet"
                    data-testid="mark-read"
                    aria-label=texts::mark_read()
                    title=texts::mark_read_key()
                    on:click=mark_read
                >
                    "×"
                </button>
            </div>
        </Show>
    }
}

/// Since the time of day, or since the day if that is an earlier one.
fn label(above: UnreadAbove) -> String {
    let since = above.since_ms.map(|since_ms| {
        let now_ms = js_sys::Date::now() as u64;
        match locale::is_same_day(since_ms, now_ms) {
            true => locale::time(since_ms),
            false => locale::day(since_ms),
        }
    });
    let count = match above.count {
        0..=UNREAD_ABOVE_MAX => texts::number(above.count),
        _ => texts::unread_more(UNREAD_ABOVE_MAX),
    };
    match since {
        Some(since) => texts::new_since(&count, &since),
        None => texts::more_than_new(above.count),
    }
}
