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

/// The number of unread messages that mention the user, as long as there are any.
#[component]
pub(super) fn MentionBadge(
    /// How many there are.
    count: usize,
) -> impl IntoView {
    (count > 0).then(|| {
        let said = texts::mentions(count);
        view! {
            <span class="badge at" data-testid="mentions" title=said.clone()>
                <span aria-hidden="true">"@ " {texts::unread(count)}</span>
                <span class="unseen">{said.clone()}</span>
            </span>
        }
    })
}
