//! Where one chooses an emoji, with the keyboard or by pointing. What one looks for is written in its field, which keeps
//! the focus; the arrow keys move what is at hand on the grid.

use std::sync::Arc;

use leptos::{ev, html, wasm_bindgen::JsCast};
use parlor_frontend::{
    emoji::{Emoji as Known, Group, groups},
    event::Event,
    model::{
        Model,
        picker::{COLUMNS, Step},
        quote::{self, Quote},
    },
    texts,
};
use parlor_shared::{Emoji, MessageId};
use web_sys::{Element, HtmlElement, ScrollLogicalPosition};

use super::{StoreRef, dispatch, messages::show, peek, pieces::*, read};

/// The picker, while it is open. What is chosen for what one writes goes into `field`, where one was writing.
pub(super) fn panel(store: StoreRef, field: NodeRef<html::Textarea>) -> AnyView {
    let is_open = move || read(store, |model| model.picker.is_some());
    when(is_open, move || open_panel(store, field))
}

/// Where an emoji goes that is chosen.
type Choose = Arc<dyn Fn(&'static str) + Send + Sync>;

fn open_panel(store: StoreRef, field: NodeRef<html::Textarea>) -> AnyView {
    let target = peek(store, |model| model.picker.as_ref()?.target);
    let choose = chooser(store, target, field);
    let chosen = choose.clone();
    let on_key = move |event: ev::KeyboardEvent| {
        let done = match event.key().as_str() {
            "ArrowLeft" => Event::PickerMoved(Step::Left),
            "ArrowRight" => Event::PickerMoved(Step::Right),
            "ArrowUp" => Event::PickerMoved(Step::Up),
            "ArrowDown" => Event::PickerMoved(Step::Down),
            "Enter" => {
                event.prevent_default();
                let at_hand = peek(store, |model| model.picker.as_ref()?.selected());
                return at_hand.into_iter().for_each(|emoji| chosen(emoji.text));
            }
            "Escape" => return close(store, target),
            _ => return,
        };
        event.prevent_default();
        dispatch(store, done);
    };
    let words = NodeRef::<html::Input>::new();
    follow(move || {
        if let Some(words) = words.get() {
            // Without a focus one can still click.
            words.focus().unwrap_or_default();
        }
    });
    let on_input =
        move |event: ev::Event| dispatch(store, Event::PickerFiltered(event_target_value(&event)));
    let grid = [
        ("id", "choices"),
        ("class", "choices"),
        ("role", "grid"),
        ("aria-label", texts::EMOJI),
    ];
    let what_for = peek(store, what_for).into_any();
    let inner = vec![
        element("p", &[("class", "excerpt")], vec![what_for]),
        live(
            "input",
            &LOOKED_FOR,
            vec![known(words), on("input", on_input)],
            vec![],
        ),
        element("div", &grid, vec![choices(store, choose)]),
    ];
    let ways = vec![
        on("keydown", on_key),
        on("mousedown", keep_focus),
        on("focusout", move |_: ev::Event| {
            dispatch(store, Event::PickerClosed)
        }),
    ];
    live("div", &PANEL, ways, inner)
}

const PANEL: [(&str, &str); 4] = [
    ("class", "picker"),
    ("role", "dialog"),
    ("aria-label", texts::EMOJI),
    ("data-testid", "picker"),
];

/// The field for the words one looks for. It keeps the focus, and says what is at hand in the grid.
const LOOKED_FOR: [(&str, &str); 9] = [
    ("data-testid", "picker-input"),
    ("role", "combobox"),
    ("aria-label", texts::SEARCH_EMOJI),
    ("aria-expanded", "true"),
    ("aria-haspopup", "grid"),
    ("aria-controls", "choices"),
    ("aria-activedescendant", "choice"),
    ("autocomplete", "off"),
    ("placeholder", texts::SEARCH_EMOJI),
];

/// What is done with the one that is chosen: it is a reaction, or goes where one was writing.
fn chooser(store: StoreRef, target: Option<MessageId>, field: NodeRef<html::Textarea>) -> Choose {
    Arc::new(move |sign: &'static str| {
        match (target, field.get_untracked()) {
            (Some(target), _) => react(store, target, sign),
            (None, Some(field)) => {
                let start = field.selection_start().ok().flatten().unwrap_or(0);
                let end = start + sign.encode_utf16().count() as u32;
                // Refused only by fields of other kinds.
                field.set_range_text(sign).unwrap_or_default();
                field.set_selection_range(end, end).unwrap_or_default();
                dispatch(store, Event::Typed(field.value()));
            }
            (None, None) => {}
        }
        close(store, target);
    })
}

/// The field stays where one is while one points at something else in the picker.
fn keep_focus(event: ev::MouseEvent) {
    let at = event.target().and_then(|at| at.dyn_into::<Element>().ok());
    if at.is_some_and(|at| at.tag_name() != "INPUT") {
        event.prevent_default();
    }
}

fn what_for(model: &Model) -> String {
    let target = model.picker.as_ref().and_then(|picker| picker.target);
    match target.map(|target| quote::of(model.room(), target)) {
        None => String::new(),
        Some(Quote::Message { name, .. }) => texts::react_to(&name),
        Some(Quote::Deleted | Quote::Earlier | Quote::Gone) => texts::REACT.to_owned(),
    }
}

fn react(store: StoreRef, target: MessageId, sign: &str) {
    if let Ok(emoji) = Emoji::parse(sign) {
        dispatch(store, Event::Reacted { target, emoji });
    }
}

/// Closes it, and goes back to where one was.
fn close(store: StoreRef, target: Option<MessageId>) {
    let before = target.map_or("composer", |_| "messages");
    let before = document()
        .get_element_by_id(before)
        .and_then(|at| at.dyn_into::<HtmlElement>().ok());
    dispatch(store, Event::PickerClosed);
    if let Some(before) = before {
        before.focus().unwrap_or_default();
    }
}

/// What is shown, and which of it is at hand.
fn choices(store: StoreRef, choose: Choose) -> AnyView {
    let words = Memo::new(move |_| {
        read(store, |model| {
            model.picker.as_ref().map(|picker| picker.query.clone())
        })
    });
    let at = Memo::new(move |_| {
        read(store, |model| {
            model.picker.as_ref().map_or(0, |picker| picker.selected)
        })
    });
    follow(move || {
        at.track();
        // Once it is in the document.
        queue_microtask(|| {
            if let Some(at_hand) = document().get_element_by_id("choice") {
                show(&at_hand, ScrollLogicalPosition::Nearest);
            }
        });
    });
    changing(move || {
        let (at, mut next) = (at.get(), 0);
        let shown = groups(&words.get().unwrap_or_default());
        let group = |Group { name, emoji }: Group| {
            let mut inner = vec![element(
                "h3",
                &[("aria-hidden", "true")],
                vec![name.into_any()],
            )];
            for row in emoji.chunks(COLUMNS) {
                let choices = row.iter().map(|emoji| {
                    next += 1;
                    choice(*emoji, next - 1 == at, choose.clone())
                });
                inner.push(element("div", &[("role", "row")], choices.collect()));
            }
            element("div", &[("role", "rowgroup"), ("aria-label", name)], inner)
        };
        let groups: Vec<AnyView> = shown.into_iter().map(group).collect();
        if groups.is_empty() {
            let none = texts::NO_EMOJI_FOUND.into_any();
            return element("p", &[("class", "note"), ("role", "status")], vec![none]);
        }
        groups.into_any()
    })
}

fn choice(emoji: Known, is_at_hand: bool, choose: Choose) -> AnyView {
    let mut given = vec![
        ("role", "gridcell"),
        ("tabindex", "-1"),
        ("aria-label", emoji.name()),
        ("title", emoji.name()),
        ("data-testid", "choice"),
    ];
    if is_at_hand {
        given.extend([("id", "choice"), ("aria-selected", "true")]);
    }
    button(&given, vec![emoji.text.into_any()], move || {
        choose(emoji.text)
    })
}
