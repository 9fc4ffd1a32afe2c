//! Where one writes.

use leptos::{ev, html};
use parlor_frontend::{
    event::Event,
    model::{
        Model,
        quote::{self, Quote},
    },
    texts,
};
use parlor_shared::limits::TEXT_CHARS_MAX;

use super::{StoreRef, dispatch, locale::number, peek, picker, pieces::*, read};

/// Where one writes.
pub(super) fn composer(store: StoreRef) -> AnyView {
    let field = NodeRef::<html::Textarea>::new();
    let here = Memo::new(move |_| read(store, |model| model.current_room.clone()));
    let length = Memo::new(move |_| read(store, |model| model.room().draft.text.chars().count()));
    // The field is the browser's while one writes; it is only set where the draft is another.
    let show_draft = move || {
        if let Some(field) = field.get_untracked() {
            field.set_value(&peek(store, |model| model.room().draft.text.clone()));
        }
    };
    let edited = Memo::new(move |_| read(store, |model| model.room().edit.clone()));
    let answered = Memo::new(move |_| read(store, |model| model.room().draft.reply_to));
    follow(move || {
        here.track();
        edited.track();
        answered.track();
        show_draft();
        if let Some(field) = field.get() {
            // Without a focus one can still click.
            field.focus().unwrap_or_default();
        }
    });
    let too_long = move || length.get() > TEXT_CHARS_MAX;
    let submit = move || {
        let sayable = peek(store, |model| !model.room().draft.text.trim().is_empty());
        if sayable && !too_long() {
            dispatch(store, Event::Submitted);
            show_draft();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        // While an input method composes, Enter is its own.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit();
        } else if event.key() == "Escape" {
            dispatch(store, Event::Cancelled);
        } else if event.key() == "ArrowUp" && length.get_untracked() == 0 {
            event.prevent_default();
            dispatch(store, Event::EditStarted(None));
        }
    };
    let is_edit = move || edited.with(Option::is_some);
    let on_input =
        move |event: ev::Event| dispatch(store, Event::Typed(event_target_value(&event)));
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit();
    };
    let ways = vec![known(field), on("keydown", on_key), on("input", on_input)];
    let cannot_send = is("disabled", too_long);
    let send = text(move || if is_edit() { texts::SAVE } else { texts::SEND });
    let open_picker = move || dispatch(store, Event::PickerOpened(None));
    let inner = vec![
        about_bar(store),
        picker::panel(store, field),
        live("textarea", &FIELD, ways, vec![]),
        count(length),
        button(&EMOJI, vec!["☺".into_any()], open_picker),
        live("button", &SEND, vec![cannot_send], vec![send]),
    ];
    let ways = vec![on("submit", on_submit)];
    live("form", &[("class", "composer")], ways, inner)
}

/// How much one has written, where it comes near to what is too much.
fn count(length: Memo<usize>) -> AnyView {
    let near_limit = move || length.get() + 500 > TEXT_CHARS_MAX;
    let count = move || {
        let said = text(move || texts::text_length(length.get(), TEXT_CHARS_MAX, number));
        let over = follows("data-over", move || length.get() > TEXT_CHARS_MAX);
        live("span", &[("class", "count")], vec![over], vec![said])
    };
    when(near_limit, count)
}

/// Where one writes.
const FIELD: [(&str, &str); 6] = [
    ("id", "composer"),
    ("data-testid", "composer"),
    ("rows", "1"),
    ("aria-label", texts::MESSAGE),
    ("dir", "auto"),
    ("placeholder", texts::WRITE),
];

/// The button that sends it.
const SEND: [(&str, &str); 2] = [("data-testid", "send"), ("class", "primary")];

/// The button that opens the picker.
const EMOJI: [(&str, &str); 4] = [
    ("class", "quiet"),
    ("data-testid", "emoji"),
    ("aria-label", texts::EMOJI),
    ("title", texts::EMOJI),
];

/// What one's words are about, where it is something in particular: how tests name it, who says it, and what.
type About = (&'static str, String, String);

fn about(model: &Model) -> Option<About> {
    let room = model.room();
    if room.edit.is_some() {
        return Some(("editing", texts::EDITING.to_owned(), String::new()));
    }
    let (name, excerpt) = match quote::of(room, room.draft.reply_to?) {
        Quote::Message { name, excerpt } => (name, excerpt),
        Quote::Deleted => (texts::A_DELETED_MESSAGE.to_owned(), String::new()),
        Quote::Earlier | Quote::Gone => (texts::AN_EARLIER_MESSAGE.to_owned(), String::new()),
    };
    Some(("replying", texts::replying_to(&name), excerpt))
}

fn about_bar(store: StoreRef) -> AnyView {
    let about = Memo::new(move |_| read(store, about));
    changing(move || match about.get() {
        Some(about) => bar(store, about),
        None => ().into_any(),
    })
}

/// Above the field: what one's words are about, and the way out of it.
fn bar(store: StoreRef, (mark, what, excerpt): About) -> AnyView {
    let cancel = move || dispatch(store, Event::Cancelled);
    let inner = vec![
        element("bdi", &[], vec![what.into_any()]),
        element(
            "span",
            &[("class", "excerpt"), ("dir", "auto")],
            vec![excerpt.into_any()],
        ),
        button(
            &[("class", "quiet")],
            vec![texts::CANCEL.into_any()],
            cancel,
        ),
    ];
    element(
        "p",
        &[
            ("class", "about"),
            ("role", "status"),
            ("data-testid", mark),
        ],
        inner,
    )
}
