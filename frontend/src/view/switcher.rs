//! The switcher: a field, and below it the rooms, people and commands that match. The field keeps
//! the focus, and the arrow keys move the selection on the list.

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{room_card::RoomCardEvent, settings::Theme, switcher::SwitcherEvent},
    texts,
    view_model::switcher::{Command, Item, Target, hint, items, selected},
};
use parlor_session::Status;
use parlor_shared::limits::ROOMS_CHARS_MAX;
use web_sys::{Element, ScrollLogicalPosition};

use crate::{
    browser::{
        dialogs, focus,
        store::{Store, use_store},
    },
    view::{
        effect::effect, focus::focus_on_load, scroll_into_view::scroll_into_view, search::fold,
        unread_badge::UnreadBadge,
    },
};

/// The switcher, while it is open.
#[component]
pub(super) fn Switcher() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.switcher.is_some())>
            <OpenSwitcher/>
        </Show>
    }
}

/// The field, the list, and where the selected item leads.
#[component]
fn OpenSwitcher() -> impl IntoView {
    let store = use_store();
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        // It fails only where the dialog is open already.
        dialog.show_modal().ok();
    });
    let field = NodeRef::<html::Input>::new();
    focus_on_load(field);
    let found = store.memo(|model| items(model, fold));
    let at = Memo::new(move |_| found.with(|items| store.with(|model| selected(model, items))));
    let hint = Memo::new(move |_| found.with(|items| store.with(|model| hint(model, items, fold))));
    let active = Signal::derive(move || {
        let is_empty = found.with(Vec::is_empty);
        (!is_empty).then(|| option_id(at.get()))
    });
    effect(move || {
        let id = active.get();
        if let Some(option) = id.and_then(|id| document().get_element_by_id(&id)) {
            scroll_into_view(&option, ScrollLogicalPosition::Nearest);
        }
    });
    let option = move |(index, item)| view! { <FoundItem index item at/> };
    view! {
        <dialog
            node_ref=dialog
            class="switcher"
            aria-label=texts::find_room()
            data-testid="switcher"
            on:close=move |_| close(store)
            on:click=move |click| {
                if is_backdrop(&click) {
                    close(store);
                }
            }
        >
            <input
                node_ref=field
                data-testid="room-input"
                role="combobox"
                aria-label=texts::find_anything()
                aria-expanded="true"
                aria-haspopup="listbox"
                aria-controls="switcher-list"
                aria-activedescendant=active
                aria-describedby="switcher-hint"
                placeholder=texts::find_anything()
                maxlength=ROOMS_CHARS_MAX.to_string()
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="go"
                on:keydown=move |press| on_keydown(store, &press)
                on:input:target=move |input| {
                    let text = input.target().value();
                    store.dispatch(Event::Switcher(SwitcherEvent::Changed(text)));
                }
            />
            <p class="note" id="switcher-hint" role="status" data-testid="switcher-hint">
                {hint}
            </p>
            <ul
                id="switcher-list"
                role="listbox"
                aria-label=texts::results()
                // The field keeps the focus.
                on:mousedown=|press| press.prevent_default()
            >
                {move || found.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
        </dialog>
    }
}

/// The arrow keys move the selection, and Enter goes where it leads. The views are a frame behind:
/// who types fast presses Enter before they show the text.
fn on_keydown(store: Store, press: &ev::KeyboardEvent) {
    let (found, here) = store.with_untracked(|model| {
        let found = items(model, fold);
        let here = selected(model, &found);
        (found, here)
    });
    let count = found.len();
    let to = match press.key().as_str() {
        "ArrowDown" => (here + 1) % count.max(1),
        "ArrowUp" => here.checked_sub(1).unwrap_or(count.saturating_sub(1)),
        "Enter" => {
            press.prevent_default();
            let item = found.into_iter().nth(here);
            return item.into_iter().for_each(|item| choose(store, item.target));
        }
        _ => return,
    };
    press.prevent_default();
    if let Some(item) = found.get(to) {
        store.dispatch(Event::Switcher(SwitcherEvent::Selected(item.key())));
    }
}

/// An item of the list.
#[component]
fn FoundItem(
    /// Its place in the list.
    index: usize,
    /// The item.
    item: Item,
    /// The place of the selected item.
    at: Memo<usize>,
) -> impl IntoView {
    let store = use_store();
    let target = item.target.clone();
    let (sign, is_room) = match &item.target {
        Target::Room(_) => ("#", true),
        Target::NewRoom(..) => ("+", false),
        Target::Person(_) => ("@", false),
        Target::Command(_) | Target::More => ("›", false),
    };
    view! {
        <li
            id=option_id(index)
            role="option"
            data-testid="option"
            aria-selected=Signal::derive(move || (at.get() == index).to_string())
            on:click=move |_| choose(store, target.clone())
        >
            <span class="sign" aria-hidden="true">{sign}</span>
            <bdi class="title" title=item.title.clone() class:unread=move || is_room && item.unread != 0>
                {item.title.clone()}
            </bdi>
            <span class="details" dir="auto">{item.detail.clone()}</span>
            <UnreadBadge count=item.unread/>
        </li>
    }
}

fn option_id(index: usize) -> String {
    format!("option-{index}")
}

/// Whether a click is on the dialog itself, which is beside what it shows.
pub(super) fn is_backdrop(click: &ev::MouseEvent) -> bool {
    let clicked = click.target().and_then(|at| at.dyn_into::<Element>().ok());
    clicked.is_some_and(|clicked| clicked.tag_name() == "DIALOG")
}

fn close(store: Store) {
    store.dispatch(Event::Switcher(SwitcherEvent::Closed));
}

/// Goes where the item leads.
fn choose(store: Store, target: Target) {
    match target {
        Target::More => store.dispatch(Event::Switcher(SwitcherEvent::MoreRequested)),
        Target::NewRoom(room, name) => {
            store.dispatch(Event::Switcher(SwitcherEvent::Created(room, name)));
        }
        Target::Room(room) => {
            close(store);
            store.dispatch(Event::RoomOpened(room.to_string()));
        }
        Target::Person(name) => {
            close(store);
            mention(store, &name);
        }
        Target::Command(command) => {
            close(store);
            run(store, command);
        }
    }
}

/// Mentions a person at the end of the draft.
fn mention(store: Store, name: &str) {
    let mut draft = store.with_untracked(|model| model.room().draft.text.clone());
    if !draft.is_empty() && !draft.ends_with(char::is_whitespace) {
        draft.push(' ');
    }
    draft.push_str(&format!("@{name} "));
    let field = document().get_element_by_id("composer");
    if let Some(field) = field {
        let field: web_sys::HtmlTextAreaElement = field.unchecked_into();
        field.set_value(&draft);
        focus::move_to(&field);
    }
    store.dispatch(Event::Typed(draft));
}

fn run(store: Store, command: Command) {
    match command {
        Command::Search => store.dispatch(Event::SearchOpened),
        Command::MarkAllRead => store.dispatch(Event::MarkedRead(None)),
        Command::RoomDetails => store.dispatch(Event::RoomCard(RoomCardEvent::Opened)),
        Command::Settings => dialogs::show_settings(store),
        Command::Shortcuts => dialogs::show_shortcuts(store),
        Command::Inspector => store.dispatch(Event::Inspector(InspectorEvent::Opened)),
        Command::Connection => {
            let is_stopped = |status| matches!(status, Status::Stopped(_));
            let is_stopped = store.with_untracked(|model| is_stopped(model.session.status()));
            store.dispatch(match is_stopped {
                true => Event::ConnectRequested,
                false => Event::DisconnectRequested,
            });
        }
        Command::Theme(theme) => set_theme(store, theme),
    }
}

fn set_theme(store: Store, theme: Theme) {
    let mut settings = store.with_untracked(|model| model.settings);
    settings.theme = theme;
    store.dispatch(Event::SettingsChanged(settings));
}
