//! What the composer offers while the user types a name or an emoji: a list above the field, which
//! keeps the focus.

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::Event,
    model::{
        Model,
        completion::{Completion, Item, Kind},
        picker::Step,
    },
    texts,
};

use crate::{
    browser::store::{Store, use_store},
    view::face::Face,
};

/// The id of the list, which the field controls.
pub(super) const LIST: &str = "completions";

/// The list, while something is offered.
#[component]
pub(super) fn Completions() -> impl IntoView {
    let store = use_store();
    let count = store.memo(|model| model.completions.open.as_ref().map(|open| open.items.len()));
    let said = move || count.get().map(texts::suggestions);
    view! {
        <p class="unseen" role="status">{said}</p>
        <Show when=store.is(|model| model.completions.open.is_some())>
            <OpenList/>
        </Show>
    }
}

/// What is offered, whatever is selected of it.
fn offered(model: &Model) -> Option<Completion> {
    let open = model.completions.open.clone()?;
    Some(Completion {
        selected: None,
        ..open
    })
}

/// The list.
#[component]
fn OpenList() -> impl IntoView {
    let open = use_store().memo(offered);
    move || open.get().map(|open| view! { <List open/> })
}

#[component]
fn List(
    /// What is offered.
    open: Completion,
) -> impl IntoView {
    let store = use_store();
    let selected = store.memo(|model| model.completions.open.as_ref()?.selected);
    let label = match open.kind {
        Kind::Mention => texts::people_to_mention(),
        Kind::Emoji => texts::emoji_to_insert(),
    };
    let item = |(index, item)| view! { <Choice index item selected/> };
    let items = open.items.into_iter().enumerate().map(item).collect_view();
    view! {
        <div
            id=LIST
            class="completions"
            role="listbox"
            aria-label=label
            data-testid="completions"
            // The field keeps the focus.
            on:mousedown=|press: ev::MouseEvent| press.prevent_default()
        >
            {items}
        </div>
    }
}

/// A completion.
#[component]
fn Choice(
    /// Its index.
    index: usize,
    /// What it is.
    item: Item,
    /// The index of the selected one.
    selected: Memo<Option<usize>>,
) -> impl IntoView {
    let store = use_store();
    let is_selected = Signal::derive(move || (selected.get() == Some(index)).to_string());
    let sign = match item.member {
        Some(_) => view! { <Face name=&item.label hue=item.hue/> }.into_any(),
        None => view! { <span class="sign" aria-hidden="true">{item.text}</span> }.into_any(),
    };
    let note = (!item.is_here).then(|| view! { <span class="note">{texts::not_here()}</span> });
    view! {
        <div
            id=option_id(index)
            role="option"
            class="completion"
            data-testid="completion"
            aria-selected=is_selected
            on:click=move |_| store.dispatch(Event::CompletionChosen(index))
        >
            {sign}
            <bdi title=item.label.clone()>{item.label.clone()}</bdi>
            {note}
        </div>
    }
}

fn option_id(index: usize) -> String {
    [LIST, &index.to_string()].join("-")
}

/// The id of the list while it is open, for the field.
pub(super) fn list_id(model: &Model) -> Option<&'static str> {
    model.completions.open.as_ref().map(|_| LIST)
}

/// The id of the selected completion, for the field.
pub(super) fn selected_id(model: &Model) -> Option<String> {
    model.completions.open.as_ref()?.selected.map(option_id)
}

/// A key was pressed in the field. Returns whether it was for the list: Enter only where something
/// is selected, since it sends the message otherwise.
pub(super) fn on_keydown(store: Store, press: &ev::KeyboardEvent) -> bool {
    let open = store.with_untracked(|model| {
        let open = model.completions.open.as_ref()?;
        Some(open.selected)
    });
    let (Some(selected), false) = (open, press.shift_key()) else {
        return false;
    };
    let event = match (press.key().as_str(), selected) {
        ("ArrowUp", _) => Event::CompletionMoved(Step::Up),
        ("ArrowDown", _) => Event::CompletionMoved(Step::Down),
        ("Enter" | "Tab", Some(index)) => Event::CompletionChosen(index),
        ("Tab", None) => Event::CompletionChosen(0),
        ("Escape", _) => Event::CompletionDismissed,
        _ => return false,
    };
    press.prevent_default();
    store.dispatch(event);
    true
}
