//! The search of the current room.

use js_sys::JsString;
use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::search::Piece,
    texts,
    view_model::search::{SearchResult, results, verdict},
};
use parlor_shared::limits::SEARCH_CHARS_MAX;

use crate::{
    browser::{focus, store::use_store},
    view::{focus::focus_on_load, locale},
};

/// The search, while it is open.
#[component]
pub(super) fn SearchPanel() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.search.is_some())>
            <OpenSearch/>
        </Show>
    }
}

/// The field for the words, and below it the messages that have them.
#[component]
fn OpenSearch() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    focus_on_load(field);
    let results = store.memo(|model| results(model, fold));
    let verdict = store.memo(verdict);
    // Where the user was when they opened the search; without it, `focus::keep` finds a place.
    let opener = StoredValue::new_local(focus::focused());
    let close = move || {
        store.dispatch(Event::SearchClosed);
        opener.with_value(|opener| opener.iter().for_each(focus::move_to));
    };
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" {
            // The browser would empty the field, and `input` would begin another search.
            press.prevent_default();
            close();
        }
    };
    let item = |result| view! { <ResultItem result/> };
    view! {
        <section
            class="search"
            role="search"
            aria-label=texts::search_room()
            on:keydown=on_keydown
        >
            <div class="search-field">
                <input
                    node_ref=field
                    type="search"
                    data-testid="search-input"
                    aria-label=texts::search_for()
                    placeholder=texts::search_room()
                    maxlength=SEARCH_CHARS_MAX.to_string()
                    on:input:target=move |input| {
                        store.dispatch(Event::SearchChanged(input.target().value()));
                    }
                />
                <button type="button" data-testid="search-close" on:click=move |_| close()>
                    {texts::close()}
                </button>
            </div>
            <p class="note" role="status" data-testid="search-verdict">{verdict}</p>
            <ol>{move || results.get().into_iter().map(item).collect_view()}</ol>
        </section>
    }
}

/// The text in normal form KD and lower case, by the browser's tables.
fn fold(text: &str) -> String {
    JsString::from(text)
        .normalize("NFKD")
        .to_lower_case()
        .into()
}

/// A message that was found, with the words marked. Leads to it.
#[component]
fn ResultItem(
    /// The message.
    result: SearchResult,
) -> impl IntoView {
    let store = use_store();
    let choose = move |_| {
        store.dispatch(Event::SearchClosed);
        store.dispatch(Event::MessageRequested(result.id));
    };
    let posted_at = texts::day_and_time(&locale::day(result.at_ms), &locale::time(result.at_ms));
    let piece = |Piece { text, is_hit }| match is_hit {
        true => view! { <mark>{text}</mark> }.into_any(),
        false => text.into_any(),
    };
    let pieces = result.pieces.into_iter().map(piece).collect_view();
    view! {
        <li>
            <button type="button" class="found" data-testid="found" on:click=choose>
                <span class="head">
                    <bdi class="author">{result.name}</bdi>
                    " "
                    <time>{posted_at}</time>
                </span>
                <span class="text" dir="auto">{pieces}</span>
            </button>
        </li>
    }
}
