//! What an edited message said before.

use leptos::prelude::*;
use parlor_frontend::texts;
use parlor_shared::timeline::Version;

use crate::view::{locale, markup::MessageText, row::state::RowState};

/// "edited": a button that shows the earlier texts.
#[component]
pub(super) fn EditedButton(
    /// What the user opened of the row.
    state: RowState,
) -> impl IntoView {
    let shows = state.shows_versions;
    view! {
        <button
            type="button"
            class="edited"
            data-testid="edited"
            title=texts::show_edits()
            aria-expanded=Signal::derive(move || shows.get().to_string())
            on:click=move |_| shows.update(|shows| *shows = !*shows)
        >
            {texts::edited()}
        </button>
    }
}

/// The texts of a message so far, newest first, each with its time.
#[component]
pub(super) fn Versions(
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
