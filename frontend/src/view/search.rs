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

use super::{PageRef, dispatch, locale, pieces::*, read};

/// The button that opens it.
pub(super) fn opener(page: PageRef) -> AnyView {
    let given = [
        ("class", "quiet"),
        ("data-testid", "search"),
        ("aria-label", texts::SEARCH_ROOM),
        ("title", texts::SEARCH_ROOM_KEY),
    ];
    let click = move || dispatch(page, Event::Searched(Some(String::new())));
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
        Some(search) if search.text.trim().is_empty() => texts::SEARCH_HOW,
        Some(search) if !search.is_answered() => texts::SEARCHING,
        Some(Search { found, .. }) if found.is_empty() => texts::NOTHING_FOUND,
        Some(_) | None => "",
    }
}

/// The search, while there is one.
pub(super) fn panel(page: PageRef) -> AnyView {
    let is_open = move || read(page, |model| model.search.is_some());
    when(is_open, move || open_panel(page))
}

fn open_panel(page: PageRef) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    follow(move || {
        if let Some(field) = field.get() {
            // Without a focus one can still click.
            field.focus().unwrap_or_default();
        }
    });
    let found = Memo::new(move |_| read(page, found));
    let verdict = Memo::new(move |_| read(page, verdict));
    let on_input = move |event: ev::Event| {
        dispatch(page, Event::Searched(Some(event_target_value(&event))));
    };
    let close = move || dispatch(page, Event::Searched(None));
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
        element("ol", &[], vec![each(found, move |found| one(page, found))]),
    ];
    let given = [
        ("class", "search"),
        ("role", "search"),
        ("aria-label", texts::SEARCH_ROOM),
    ];
    live("section", &given, vec![on("keydown", on_key)], inner)
}

fn one(page: PageRef, (id, name, at, pieces): Found) -> AnyView {
    let choose = move || {
        dispatch(page, Event::Searched(None));
        dispatch(page, Event::MessageWanted(id));
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
