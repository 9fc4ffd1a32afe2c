//! What an edited message said before.

use leptos::prelude::*;
use parlor_frontend::texts;
use parlor_shared::timeline::Version;

use crate::view::{locale, markup::MessageText};

/// The texts of a message so far, newest first, each with its time.
#[component]
pub(crate) fn Versions(
    /// The texts, oldest first.
    versions: Vec<Version>,
) -> impl IntoView {
    let newest = versions.last().map(|version| version.seq);
    let item = move |version: Version| {
        let written_at = locale::day_and_time(version.at_ms);
        let is_newest = Some(version.seq) == newest;
        let current = is_newest.then(|| [" · ", texts::current_version()].concat());
        let text = version.text.to_string();
        view! {
            <li>
                <p class="note">{written_at} {current}</p>
                <MessageText text mentions=Vec::new()/>
            </li>
        }
    };
    let items = versions.into_iter().rev().map(item).collect_view();
    view! {
        <ol class="versions" aria-label=texts::edit_history() data-testid="versions">{items}</ol>
    }
}
