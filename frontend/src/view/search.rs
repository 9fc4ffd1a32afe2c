//! The search of the current room.

use js_sys::JsString;
use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Event, ResultsEvent},
    model::search::{Piece, ResultStep, has_words},
    texts,
    view_model::search::{SearchResult, results, summary},
};
use parlor_shared::{MessageId, limits::SEARCH_CHARS_MAX};
use web_sys::ScrollLogicalPosition;

use crate::{
    browser::{
        focus,
        store::{Store, use_store},
    },
    view::{
        date_form::DateForm,
        effect::effect,
        focus::focus_on_load,
        icon::{Icon, icon},
        locale,
        scroll_into_view::scroll_into_view,
    },
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

/// The field for the words, how many messages have them, and those messages. Beside the room on a
/// wide screen; on a narrow one in its place, until the user asks to see one of them.
#[component]
fn OpenSearch() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    focus_on_load(field);
    let is_folded =
        store.memo(|model| model.search.as_ref().is_some_and(|search| search.is_folded));
    let active = store.memo(|model| {
        let selected = model.search.as_ref()?.selected?;
        Some(option_id(selected))
    });
    // Where the user was when they opened the search; without it, `focus::keep` finds a place.
    let opener = StoredValue::new_local(focus::focused());
    let close = move || {
        store.dispatch(Event::SearchClosed);
        opener.with_value(|opener| opener.iter().for_each(focus::move_to));
    };
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" {
            press.prevent_default();
            close();
        }
    };
    view! {
        <section
            class="search"
            role="search"
            aria-label=texts::search_room()
            data-folded=Signal::derive(move || is_folded.get().then_some("true"))
            on:keydown=on_keydown
        >
            <div class="search-field">
                <input
                    node_ref=field
                    id="search-input"
                    data-testid="search-input"
                    role="combobox"
                    aria-label=texts::search_for()
                    aria-expanded="true"
                    aria-controls="found"
                    aria-autocomplete="list"
                    aria-activedescendant=active
                    autocomplete="off"
                    enterkeyhint="search"
                    placeholder=texts::search_room()
                    maxlength=SEARCH_CHARS_MAX.to_string()
                    on:keydown=move |press| press_in_field(store, &press)
                    on:input:target=move |input| {
                        store.dispatch(Event::SearchChanged(input.target().value()));
                    }
                />
                <button
                    type="button"
                    class="icon-button"
                    data-testid="search-close"
                    aria-label=texts::close()
                    on:click=move |_| close()
                >
                    {icon(Icon::Close)}
                </button>
            </div>
            <Summary/>
            <Results active/>
            <DateForm/>
        </section>
    }
}

/// Moves through the results with the arrows and opens one with Enter; the field keeps the focus.
fn press_in_field(store: Store, press: &ev::KeyboardEvent) {
    let event = match press.key().as_str() {
        "ArrowUp" => ResultsEvent::Moved(ResultStep::Previous),
        "ArrowDown" => ResultsEvent::Moved(ResultStep::Next),
        "Enter" => ResultsEvent::Entered,
        _ => return,
    };
    press.prevent_default();
    store.dispatch(Event::Results(event));
}

/// What is found, in a few words, and the buttons that step through it.
#[component]
fn Summary() -> impl IntoView {
    let store = use_store();
    let summary = store.memo(summary);
    let says = move || summary.with(|summary| summary.says.clone());
    let has_results = move || summary.with(|summary| summary.has_results);
    let is_incomplete = move || summary.with(|summary| summary.is_incomplete);
    let is_empty = store.is(|model| {
        let search = model.search.as_ref();
        search.is_some_and(|search| !has_words(&search.text))
    });
    let step = move |step| store.dispatch(Event::Results(ResultsEvent::Stepped(step)));
    view! {
        <div class="search-bar">
            <button
                type="button"
                class="back-to-results"
                data-testid="back-to-results"
                on:click=move |_| {
                    store.dispatch(Event::Results(ResultsEvent::Unfolded));
                    focus::move_to_id("search-input");
                }
            >
                {icon(Icon::ChevronLeft)}
                {texts::back_to_results()}
            </button>
            <p class="note" role="status" data-testid="search-verdict">{says}</p>
            <Show when=has_results>
                <button
                    type="button"
                    class="icon-button"
                    data-testid="previous-result"
                    aria-label=texts::previous_result()
                    disabled=move || summary.with(|summary| !summary.has_previous)
                    on:click=move |_| step(ResultStep::Previous)
                >
                    {icon(Icon::ArrowUp)}
                </button>
                <button
                    type="button"
                    class="icon-button"
                    data-testid="next-result"
                    aria-label=texts::next_result()
                    disabled=move || summary.with(|summary| !summary.has_next)
                    on:click=move |_| step(ResultStep::Next)
                >
                    {icon(Icon::ArrowDown)}
                </button>
            </Show>
        </div>
        <Show when=is_incomplete>
            <p class="note" role="status" data-testid="search-incomplete">
                {texts::search_incomplete()}
            </p>
        </Show>
        <Show when=is_empty>
            <p class="note">{texts::search_from_hint()}</p>
        </Show>
    }
}

/// The messages that were found.
#[component]
fn Results(
    /// The id of the selected one.
    active: Memo<Option<String>>,
) -> impl IntoView {
    let store = use_store();
    let results = store.memo(|model| results(model, fold));
    let item = move |result| view! { <ResultItem result active/> };
    let show_active = move || {
        let active = active.get_untracked();
        if let Some(option) = active.and_then(|id| document().get_element_by_id(&id)) {
            scroll_into_view(&option, ScrollLogicalPosition::Nearest);
        }
    };
    // In a microtask, when the results are in the document.
    effect(move || active.with(|_| queue_microtask(show_active)));
    view! {
        <ol id="found" role="listbox" aria-label=texts::search_results()>
            {move || results.get().into_iter().map(item).collect_view()}
        </ol>
    }
}

/// The id of a result's element.
fn option_id(message: MessageId) -> String {
    format!("found-{message}")
}

/// The text in normal form KD and lower case, by the browser's tables.
pub(super) fn fold(text: &str) -> String {
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
    /// The id of the selected one.
    active: Memo<Option<String>>,
) -> impl IntoView {
    let store = use_store();
    let id = option_id(result.id);
    let is_active = {
        let id = id.clone();
        Signal::derive(move || {
            active
                .with(|active| active.as_ref() == Some(&id))
                .to_string()
        })
    };
    let choose = move |_| {
        store.dispatch(Event::Results(ResultsEvent::Chosen(result.id)));
        focus::leave_field();
    };
    let posted_at = texts::day_and_time(&locale::day(result.at_ms), &locale::time(result.at_ms));
    let piece = |Piece { text, is_hit }| match is_hit {
        true => view! { <mark>{text}</mark> }.into_any(),
        false => text.into_any(),
    };
    let pieces = result.pieces.into_iter().map(piece).collect_view();
    view! {
        // The field keeps the focus while the mouse chooses.
        <li
            class="found"
            role="option"
            id=id
            data-testid="found"
            aria-selected=is_active
            on:mousedown=|press| press.prevent_default()
            on:click=choose
        >
            <span class="head">
                <bdi class="author" title=result.name.clone()>{result.name.clone()}</bdi>
                " "
                <time>{posted_at}</time>
            </span>
            <span class="text" dir="auto">{pieces}</span>
        </li>
    }
}
