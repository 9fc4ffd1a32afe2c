//! Where one writes.

use leptos::{ev, html};
use parlor_frontend::{
    event::Event,
    texts,
    view_model::composer::{
        Banner, BannerKind, banner, can_submit, is_too_long, length, length_note,
    },
};

use super::{StoreRef, dispatch, locale::number, peek, picker, pieces::*, read};

/// Where one writes.
pub(super) fn composer(store: StoreRef) -> AnyView {
    let field = NodeRef::<html::Textarea>::new();
    let here = Memo::new(move |_| read(store, |model| model.current_room.clone()));
    let length = Memo::new(move |_| read(store, length));
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
    let too_long = move || is_too_long(length.get());
    let submit = move || {
        if peek(store, can_submit) {
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
    let placeholder = move || texts::message_room(here.get().as_str());
    let ways = vec![
        follows("placeholder", placeholder),
        known(field),
        on("keydown", on_key),
        on("input", on_input),
    ];
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
    let note = Memo::new(move |_| length_note(length.get(), number));
    let count = move || {
        let said = text(move || note.get().unwrap_or_default());
        let over = follows("data-over", move || is_too_long(length.get()));
        live("span", &[("class", "count")], vec![over], vec![said])
    };
    when(move || note.with(Option::is_some), count)
}

/// Where one writes.
const FIELD: [(&str, &str); 5] = [
    ("id", "composer"),
    ("data-testid", "composer"),
    ("rows", "1"),
    ("aria-label", texts::MESSAGE),
    ("dir", "auto"),
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

fn about_bar(store: StoreRef) -> AnyView {
    let about = Memo::new(move |_| read(store, banner));
    changing(move || match about.get() {
        Some(about) => bar(store, about),
        None => ().into_any(),
    })
}

/// Above the field: what one's words are about, and the way out of it.
fn bar(
    store: StoreRef,
    Banner {
        kind,
        title: what,
        excerpt,
    }: Banner,
) -> AnyView {
    let mark = match kind {
        BannerKind::Editing => "editing",
        BannerKind::Replying => "replying",
    };
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
