//! The emoji picker: by keyboard or pointer. The field for the name keeps the focus, and the arrow
//! keys move the selection on the grid.

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
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
use parlor_shared::{Emoji, MessageId, limits::SEARCH_CHARS_MAX};
use web_sys::{Element, ScrollLogicalPosition};

use crate::{
    browser::{
        focus,
        store::{Store, use_store},
    },
    view::{focus::focus_on_load, scroll_into_view::scroll_into_view},
};

/// The picker, while it is open.
#[component]
pub(super) fn EmojiPicker(
    /// The composer's field, which an emoji goes into that is not a reaction.
    field: NodeRef<html::Textarea>,
) -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.picker.is_some())>
            <OpenPicker picked=Picked::new(store, field)/>
        </Show>
    }
}

/// Where the emoji goes that the user picks.
#[derive(Clone, Copy)]
struct Picked {
    store: Store,
    /// The message that it is a reaction to; without one it goes into the composer's field.
    target: Option<MessageId>,
    field: NodeRef<html::Textarea>,
}

impl Picked {
    fn new(store: Store, field: NodeRef<html::Textarea>) -> Self {
        Self {
            store,
            target: store.with_untracked(|model| model.picker.as_ref()?.target),
            field,
        }
    }

    /// Puts the emoji there, and closes the picker.
    fn pick(self, sign: &str) {
        match (self.target, self.field.get_untracked()) {
            (Some(target), _) => {
                if let Ok(emoji) = Emoji::parse(sign) {
                    self.store.dispatch(Event::Reacted { target, emoji });
                }
            }
            (None, Some(field)) => {
                let start = field.selection_start().ok().flatten().unwrap_or(0);
                let end = start + sign.encode_utf16().count() as u32;
                // Only fields of other types refuse these two.
                field.set_range_text(sign).ok();
                field.set_selection_range(end, end).ok();
                self.store.dispatch(Event::Typed(field.value()));
            }
            (None, None) => {}
        }
        self.close();
    }

    /// Closes the picker, and gives the focus back.
    fn close(self) {
        self.store.dispatch(Event::PickerClosed);
        focus::move_to_id(self.target.map_or("composer", |_| "messages"));
    }
}

/// What the picker is for, the field for the name, and the grid.
#[component]
fn OpenPicker(
    /// Where the emoji goes.
    picked: Picked,
) -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    focus_on_load(field);
    let on_keydown = move |press: ev::KeyboardEvent| {
        let step = match press.key().as_str() {
            "ArrowLeft" => Step::Left,
            "ArrowRight" => Step::Right,
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            "Enter" => {
                // It would send the message too.
                press.prevent_default();
                let selected = store.with_untracked(|model| model.picker.as_ref()?.selected());
                return selected
                    .into_iter()
                    .for_each(|emoji| picked.pick(emoji.text));
            }
            "Escape" => return picked.close(),
            _ => return,
        };
        press.prevent_default();
        store.dispatch(Event::PickerMoved(step));
    };
    // The field keeps the focus while the user presses something else in the picker.
    let on_mousedown = move |press: ev::MouseEvent| {
        let pressed = press.target().and_then(|at| at.dyn_into::<Element>().ok());
        if pressed.is_some_and(|pressed| pressed.tag_name() != "INPUT") {
            press.prevent_default();
        }
    };
    view! {
        <div
            class="picker"
            role="dialog"
            aria-label=texts::emoji()
            data-testid="picker"
            on:keydown=on_keydown
            on:mousedown=on_mousedown
            on:focusout=move |_| store.dispatch(Event::PickerClosed)
        >
            <p class="excerpt">{store.with_untracked(purpose)}</p>
            <input
                node_ref=field
                data-testid="picker-input"
                role="combobox"
                aria-label=texts::search_emoji()
                aria-expanded="true"
                aria-haspopup="grid"
                aria-controls="choices"
                aria-activedescendant="choice"
                autocomplete="off"
                maxlength=SEARCH_CHARS_MAX.to_string()
                placeholder=texts::search_emoji()
                on:input:target=move |input| {
                    store.dispatch(Event::PickerFiltered(input.target().value()));
                }
            />
            <div id="choices" class="choices" role="grid" aria-label=texts::emoji()>
                <Choices picked/>
            </div>
        </div>
    }
}

/// What the emoji is for.
fn purpose(model: &Model) -> String {
    let target = model.picker.as_ref().and_then(|picker| picker.target);
    match target.map(|target| quote::of(model.room(), target)) {
        None => String::new(),
        Some(Quote::Message { name, .. }) => texts::react_to(&name),
        Some(Quote::Deleted | Quote::Earlier | Quote::Gone) => texts::react().to_owned(),
    }
}

/// The emoji with a name that fits, in their groups.
#[component]
fn Choices(
    /// Where the emoji goes.
    picked: Picked,
) -> impl IntoView {
    let store = use_store();
    let words = store.memo(|model| match &model.picker {
        Some(picker) => picker.query.clone(),
        None => String::new(),
    });
    let selected = store.memo(|model| model.picker.as_ref().map_or(0, |picker| picker.selected));
    let show_selected = || {
        if let Some(choice) = document().get_element_by_id("choice") {
            scroll_into_view(&choice, ScrollLogicalPosition::Nearest);
        }
    };
    // In a microtask, when the choices are in the document.
    Effect::new(move |_| selected.with(|_| queue_microtask(show_selected)));
    view! { {move || view! { <Groups groups=groups(&words.get()) selected picked/> }} }
}

/// The groups of emoji that are shown.
#[component]
fn Groups(
    /// The groups.
    groups: Vec<Group>,
    /// Which of the emoji is selected.
    selected: Memo<usize>,
    /// Where the emoji goes.
    picked: Picked,
) -> impl IntoView {
    if groups.is_empty() {
        return view! { <p class="note" role="status">{texts::no_emoji_found()}</p> }.into_any();
    }
    let mut index = 0;
    let mut choice = |emoji: &Known| {
        index += 1;
        view! { <Choice emoji=*emoji index=index - 1 selected picked/> }
    };
    let mut row = |row: &[Known]| {
        view! { <div role="row">{row.iter().map(&mut choice).collect_view()}</div> }.into_any()
    };
    let group = |Group { name, emoji }: Group| {
        view! {
            <div role="rowgroup" aria-label=name>
                <h3 aria-hidden="true">{name}</h3>
                {emoji.chunks(COLUMNS).map(&mut row).collect_view()}
            </div>
        }
        .into_any()
    };
    groups.into_iter().map(group).collect_view().into_any()
}

/// An emoji on the grid.
#[component]
fn Choice(
    /// The emoji.
    emoji: Known,
    /// Where it is among those shown.
    index: usize,
    /// Which of those shown is selected.
    selected: Memo<usize>,
    /// Where the emoji goes.
    picked: Picked,
) -> impl IntoView {
    let is_selected = move || selected.get() == index;
    let id = Signal::derive(move || is_selected().then_some("choice"));
    let aria_selected = Signal::derive(move || is_selected().then_some("true"));
    view! {
        <button
            type="button"
            role="gridcell"
            tabindex="-1"
            aria-label=emoji.name()
            title=emoji.name()
            data-testid="choice"
            id=id
            aria-selected=aria_selected
            on:click=move |_| picked.pick(emoji.text)
        >
            {emoji.text}
        </button>
    }
}
