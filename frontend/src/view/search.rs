//! Searching the room: words above, what was found below.

use js_sys::JsString;
use leptos::{ev, html};
use parlor_frontend::{
    event::Event,
    markup,
    model::{
        Model,
        search::{Hit, Search, message_of, pieces},
    },
    texts,
};
use parlor_shared::{Entry, MessageId, Text, limits::SEARCH_CHARS_MAX};

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

/// What was found, as it stands in the list.
type Found = (MessageId, String, String, Vec<(String, Hit)>);

fn found(model: &Model) -> Vec<Found> {
    let Some(search) = &model.search else {
        return Vec::new();
    };
    let row = |entry: &Entry| {
        let text = entry.body.text().map_or("", Text::as_str);
        let text = markup::plain(text);
        let pieces = pieces(&text, &search.found_for, lower);
        let pieces = pieces.into_iter().map(|(text, hit)| (text.to_owned(), hit));
        let at = texts::day_and_time(&locale::day(entry.at_ms), &locale::time(entry.at_ms));
        (
            message_of(entry),
            entry.name.to_string(),
            at,
            pieces.collect(),
        )
    };
    search.found.iter().map(row).collect()
}

fn lower(word: &str) -> String {
    JsString::from(word).to_lower_case().into()
}

fn verdict(model: &Model) -> &'static str {
    match &model.search {
        Some(search) if search.text.trim().is_empty() => texts::SEARCH_HINT,
        Some(search) if !search.is_answered() => texts::SEARCHING,
        Some(Search { found, .. }) if found.is_empty() => texts::NO_MATCHES,
        Some(_) | None => "",
    }
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
    let verdict = Memo::new(move |_| read(store, verdict));
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

fn one(store: StoreRef, (id, name, at, pieces): Found) -> AnyView {
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

fn piece((text, hit): (String, Hit)) -> AnyView {
    match hit {
        Hit::Word => element("mark", &[], vec![text.into_any()]),
        Hit::Between => text.into_any(),
    }
}
