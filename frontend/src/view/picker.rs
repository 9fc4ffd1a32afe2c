//! The emoji picker: by keyboard or pointer. The field for the name keeps the focus, and the arrow
//! keys move the selection on the grid.

mod grid;

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    emoji::TONES,
    event::Event,
    model::{
        Model,
        emoji_table::EmojiTable,
        picker::Step,
        quote::{self, Quote},
    },
    texts,
};
use parlor_shared::{Emoji, MessageId, limits::SEARCH_CHARS_MAX};
use web_sys::{Element, HtmlDivElement};

use self::grid::Grid;
use crate::{
    browser::{
        field, focus,
        store::{Store, use_store},
    },
    view::{focus::focus_on_load, scroll_into_view::find_row},
};

/// The picker, while it is open.
#[component]
pub(super) fn EmojiPicker() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.picker.is_some())>
            <OpenPicker/>
        </Show>
    }
}

/// The composer's field, which an emoji goes into that is not a reaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct ComposerField(pub(super) NodeRef<html::Textarea>);

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
        let Some(target) = self.target else {
            self.close();
            if let Some(field) = self.field.get_untracked() {
                field::insert(&field, sign);
                self.store.dispatch(Event::EmojiUsed(sign.to_owned()));
            }
            return;
        };
        if let Ok(emoji) = Emoji::parse(sign) {
            self.store.dispatch(Event::Reacted { target, emoji });
        }
        self.close();
    }

    /// A key was pressed: the arrow keys move the selection, and Enter picks it.
    fn on_keydown(self, press: &ev::KeyboardEvent) {
        let step = match press.key().as_str() {
            "Escape" => {
                press.prevent_default();
                return self.close();
            }
            // The choice of a skin tone has its own keys.
            _ if !is_in_input(press) => return,
            "ArrowLeft" => Step::Left,
            "ArrowRight" => Step::Right,
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            "Enter" => {
                // It would send the message too.
                press.prevent_default();
                let selected = self.store.with_untracked(|model| {
                    let selected = model.picker.as_ref()?.selected()?;
                    Some(selected.text.clone())
                });
                return selected.into_iter().for_each(|sign| self.pick(&sign));
            }
            _ => return,
        };
        press.prevent_default();
        self.store.dispatch(Event::PickerMoved(step));
    }

    /// Closes the picker, and gives the focus back.
    fn close(self) {
        self.store.dispatch(Event::PickerClosed);
        focus::move_to_id(self.target.map_or("composer", |_| "messages"));
    }
}

/// What the picker is for, the field for the name, and the grid.
#[component]
fn OpenPicker() -> impl IntoView {
    let store = use_store();
    let picked = Picked::new(store, expect_context::<ComposerField>().0);
    let input = NodeRef::<html::Input>::new();
    let dialog = NodeRef::<html::Div>::new();
    focus_on_load(input);
    dialog.on_load(move |dialog| anchor(&dialog, picked.target));
    // The field keeps the focus while the user presses something else in the picker.
    let on_mousedown = move |press: ev::MouseEvent| {
        let pressed = press.target().and_then(|at| at.dyn_into::<Element>().ok());
        if pressed.is_some_and(|pressed| !matches!(&*pressed.tag_name(), "INPUT" | "SELECT")) {
            press.prevent_default();
        }
    };
    let on_focusout = move |left: ev::FocusEvent| {
        let to = left
            .related_target()
            .and_then(|to| to.dyn_into::<Element>().ok());
        let stays = to.is_some_and(|to| to.closest(".picker").is_ok_and(|at| at.is_some()));
        if !stays {
            store.dispatch(Event::PickerClosed);
        }
    };
    let verdict = store.memo(verdict);
    view! {
        <div
            node_ref=dialog
            class="picker"
            role="dialog"
            aria-label=texts::emoji()
            data-testid="picker"
            on:keydown=move |press| picked.on_keydown(&press)
            on:mousedown=on_mousedown
            on:focusout=on_focusout
        >
            <p class="excerpt">{store.with_untracked(purpose)}</p>
            <div class="picker-field">
                <input
                    node_ref=input
                    data-testid="picker-input"
                    role="combobox"
                    aria-label=texts::search_emoji()
                    aria-expanded="true"
                    aria-haspopup="grid"
                    aria-controls="choices"
                    aria-activedescendant=store.memo(choice_id)
                    autocomplete="off"
                    maxlength=SEARCH_CHARS_MAX.to_string()
                    placeholder=texts::search_emoji()
                    on:input:target=move |input| {
                        store.dispatch(Event::PickerFiltered(input.target().value()));
                    }
                />
                <SkinTone/>
            </div>
            <p class="note" role="status">{verdict}</p>
            <Grid pick=Callback::new(move |sign: String| picked.pick(&sign))/>
        </div>
    }
}

/// Whether the key was pressed in a text field.
fn is_in_input(press: &ev::KeyboardEvent) -> bool {
    let at = press.target().and_then(|at| at.dyn_into::<Element>().ok());
    at.is_some_and(|at| at.tag_name() == "INPUT")
}

/// What the emoji is for.
fn purpose(model: &Model) -> String {
    let target = model.picker.as_ref().and_then(|picker| picker.target);
    match target.map(|target| quote::of(model, target)) {
        None => String::new(),
        Some(Quote::Message { name, .. }) => texts::react_to(&name),
        Some(Quote::Deleted | Quote::Earlier | Quote::Gone) => texts::react().to_owned(),
    }
}

/// Why no emoji is shown.
fn verdict(model: &Model) -> &'static str {
    let is_empty = model
        .picker
        .as_ref()
        .is_some_and(|picker| picker.rows.is_empty());
    match model.emoji {
        EmojiTable::Loading => texts::loading_emoji(),
        EmojiTable::Absent => texts::emoji_not_loaded(),
        EmojiTable::Loaded(_) if is_empty => texts::no_emoji_found(),
        EmojiTable::Loaded(_) => "",
    }
}

/// The selected emoji, for the field that keeps the focus.
fn choice_id(model: &Model) -> Option<&'static str> {
    verdict(model).is_empty().then_some("choice")
}

/// The choice of the skin tone that emoji of people and hands have.
#[component]
fn SkinTone() -> impl IntoView {
    /// Shows a tone.
    const HAND: char = '✋';
    let store = use_store();
    let chosen = store.with_untracked(|model| model.frequent_emoji.tone);
    let tones = [None].into_iter().chain(TONES.map(Some));
    let option = move |tone: Option<char>| {
        let sign: String = [HAND].into_iter().chain(tone).collect();
        let value = tone.map(String::from).unwrap_or_default();
        view! { <option value=value selected=tone == chosen>{sign}</option> }
    };
    view! {
        <select
            data-testid="skin-tone"
            aria-label=texts::skin_tone()
            title=texts::skin_tone()
            on:change:target=move |changed| {
                store.dispatch(Event::ToneChosen(changed.target().value().chars().next()));
            }
        >
            {tones.map(option).collect_view()}
        </select>
    }
}

/// Puts the picker beside the message that is reacted to: below it, or above where there is more
/// room. On a narrow screen the style sheet has it at the bottom.
fn anchor(dialog: &HtmlDivElement, target: Option<MessageId>) {
    let list = document().get_element_by_id("messages");
    let list = list.and_then(|list| list.dyn_into::<HtmlDivElement>().ok());
    let row = target.and_then(|target| find_row(list.as_ref()?, target));
    let height = window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64());
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    let (Some(row), Some(height), Some(width)) = (row, height, width) else {
        return;
    };
    let row = row.get_bounding_client_rect();
    let style = web_sys::HtmlElement::style(dialog);
    let set = |name: &str, px: f64| {
        // A property that a browser does not know leaves the picker at its corner.
        style
            .set_property(name, &format!("{}px", px.max(0.0) as i32))
            .ok();
    };
    let (above, below) = (row.top().max(0.0), height - row.bottom());
    if below > above {
        set("--top", row.bottom());
    } else {
        set("--bottom", height - above);
    }
    set("--right", width - row.right());
    let side = if below > above { "below" } else { "above" };
    // It fails for no attribute of this name.
    dialog.set_attribute("data-side", side).ok();
}
