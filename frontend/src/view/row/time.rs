//! When a message was posted.

use leptos::prelude::*;

use crate::view::locale;

/// The time of day in the message's head, with the full date for the mouse and for programs.
pub(super) fn message_time(at_ms: u64) -> impl IntoView {
    time(at_ms, None)
}

/// The same beside a message without a head of its own, while the user points at it or has chosen
/// it with the keyboard. It comes and goes with the pointer, so no screen reader is told of it.
pub(super) fn gutter_time(at_ms: u64) -> impl IntoView {
    time(at_ms, Some("gutter"))
}

fn time(at_ms: u64, class: Option<&'static str>) -> impl IntoView {
    view! {
        <time
            class=class
            aria-hidden=class.map(|_| "true")
            datetime=locale::iso(at_ms)
            title=locale::full(at_ms)
        >
            {locale::time(at_ms)}
        </time>
    }
    .into_any()
}
