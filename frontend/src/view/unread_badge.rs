//! The badge with the number of unread messages.

use leptos::prelude::*;
use parlor_frontend::texts;

/// The number of unread messages, as long as there are any.
#[component]
pub(super) fn UnreadBadge(
    /// How many there are.
    count: usize,
) -> impl IntoView {
    (count > 0).then(|| {
        view! {
            <span class="badge" data-testid="unread">
                {texts::unread(count)}
                <span class="unseen">" " {texts::unread_word()}</span>
            </span>
        }
    })
}
