//! Searching the room: words above, what was found below.

use js_sys::JsString;
use leptos::{ev, html};
use parlor_frontend::{
    event::Event,
    model::{Model, search::Piece},
    texts,
    view_model::search::{self, SearchResult},
};
use parlor_shared::limits::SEARCH_CHARS_MAX;

use super::{StoreRef, dispatch, locale, pieces::*, read};

/// The button that opens it.
pub(super) fn opener(store: StoreRef) -> AnyView {
    let given = [
        ("class", "quiet"),
        ("data-testid", "search"),
        ("aria-label", texts::SEARCH_ROOM),
        ("title", texts::SEARCH_ROOM_KEY),
    ];
    let click = move || dispatch(store, Event::SearchOpened);
    button(&given, vec![texts::SEARCH.into_any()], click)
}

fn found(model: &Model) -> Vec<SearchResult> {
    search::results(model, lower)
}

fn lower(word: &str) -> String {
    JsString::from(word).to_lower_case().into()
}

/// The search, while there is one.
pub(super) fn panel(store: StoreRef) -> AnyView {
    let is_open = move || read(store, |model| model.search.is_some());
    when(is_open, move || open_panel(store))
}

fn open_panel(store: StoreRef) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    follow(move || {
        if let Some(field) = field.get() {
            // Without a focus one can still click.
            field.focus().unwrap_or_default();
        }
    });
    let found = Memo::new(move |_| read(store, found));
    let verdict = Memo::new(move |_| read(store, search::verdict));
    let on_input = move |event: ev::Event| {
        dispatch(store, Event::SearchChanged(event_target_value(&event)));
    };
    let close = move || dispatch(store, Event::SearchClosed);
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            // The browser would empty the field, and so begin another search.
            event.prevent_default();
            close();
        }
    };
    let most = SEARCH_CHARS_MAX.to_string();
    let field_given = [
        ("type", "search"),
        ("data-testid", "search-input"),
        ("aria-label", texts::SEARCH_FOR),
        ("placeholder", texts::SEARCH_ROOM),
        ("maxlength", &*most),
    ];
    let verdict_given = [
        ("class", "note"),
        ("role", "status"),
        ("data-testid", "search-verdict"),
    ];
    let close_given = [("data-testid", "search-close")];
    let top = vec![
        live(
            "input",
            &field_given,
            vec![known(field), on("input", on_input)],
            vec![],
        ),
        button(&close_given, vec![texts::CLOSE.into_any()], close),
    ];
    let inner = vec![
        element("div", &[("class", "search-field")], top),
        element("p", &verdict_given, vec![text(move || verdict.get())]),
        element("ol", &[], vec![each(found, move |found| one(store, found))]),
    ];
    let given = [
        ("class", "search"),
        ("role", "search"),
        ("aria-label", texts::SEARCH_ROOM),
    ];
    live("section", &given, vec![on("keydown", on_key)], inner)
}

fn one(store: StoreRef, result: SearchResult) -> AnyView {
    let SearchResult {
        id,
        name,
        at_ms,
        pieces,
    } = result;
    let at = texts::day_and_time(&locale::day(at_ms), &locale::time(at_ms));
    let choose = move || {
        dispatch(store, Event::SearchClosed);
        dispatch(store, Event::MessageRequested(id));
    };
    let head = vec![
        words("bdi", "author", name),
        " ".into_any(),
        element("time", &[], vec![at.into_any()]),
    ];
    let pieces = pieces.into_iter().map(piece).collect();
    let inner = vec![
        element("span", &[("class", "head")], head),
        element("span", &[("class", "text"), ("dir", "auto")], pieces),
    ];
    let given = &[("class", "found"), ("data-testid", "found")];
    element("li", &[], vec![button(given, inner, choose)])
}

fn piece(Piece { text, is_hit }: Piece) -> AnyView {
    match is_hit {
        true => element("mark", &[], vec![text.into_any()]),
        false => text.into_any(),
    }
}
