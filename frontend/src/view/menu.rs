//! The menu of a message or of the page: a sheet at the lower edge of the screen for touch, a list
//! beside its button for a mouse. It is a modal dialog, so the browser keeps the focus in it, closes
//! it with Escape and gives the focus back.

mod closer;
mod message;
mod page;

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    model::menu::{Menu, MenuPlace, MenuSubject},
    texts,
};
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use self::{closer::Closer, message::MessageMenu, page::PageMenu};
use crate::browser::{focus, store::use_store};

/// The menu, while it is open.
#[component]
pub(super) fn OpenMenu() -> impl IntoView {
    let store = use_store();
    let menu = store.memo(|model| model.menu);
    view! { {move || menu.get().map(|menu| view! { <MenuDialog menu/> })} }
}

/// The dialog.
#[component]
fn MenuDialog(
    /// What it is about, and where it is.
    menu: Menu,
) -> impl IntoView {
    let store = use_store();
    let dialog = NodeRef::<html::Dialog>::new();
    let closer = Closer { store, dialog };
    dialog.on_load(move |dialog| open(&dialog, menu.place));
    let is_sheet = menu.place == MenuPlace::Sheet;
    let on_click = move |click: ev::MouseEvent| {
        // What is behind the dialog belongs to it; its content fills the rest of it.
        let clicked = click.target().and_then(|at| at.dyn_into::<Element>().ok());
        if clicked.is_some_and(|at| at.tag_name() == "DIALOG") {
            closer.close();
        }
    };
    let content = match menu.subject {
        MenuSubject::Page => view! { <PageMenu closer/> }.into_any(),
        MenuSubject::Message(id) => {
            view! { <MessageMenu id is_sheet is_asking=false closer/> }.into_any()
        }
        MenuSubject::Deletion(id) => {
            view! { <MessageMenu id is_sheet is_asking=true closer/> }.into_any()
        }
    };
    let label = match menu.subject {
        MenuSubject::Page => texts::menu(),
        MenuSubject::Message(_) | MenuSubject::Deletion(_) => texts::message_actions(),
    };
    view! {
        <dialog
            node_ref=dialog
            class="menu"
            class:sheet=is_sheet
            data-testid="menu"
            aria-label=label
            on:click=on_click
            on:close=move |_| store.dispatch(Event::MenuClosed)
            on:keydown=on_arrow
        >
            <div class="menu-content">{content}</div>
        </dialog>
    }
}

/// Opens the dialog at its place. Beside a button it stays within the window.
fn open(dialog: &HtmlDialogElement, place: MenuPlace) {
    // It fails only where the dialog is open already.
    dialog.show_modal().ok();
    if let MenuPlace::Beside { left_px, top_px } = place {
        let (width, height) = (dialog.offset_width(), dialog.offset_height());
        let root = document().document_element();
        let (inner_width, inner_height) =
            root.map_or((0, 0), |root| (root.client_width(), root.client_height()));
        let left = left_px.min(inner_width - width - MARGIN_PX).max(MARGIN_PX);
        let top = top_px.min(inner_height - height - MARGIN_PX).max(MARGIN_PX);
        let style = HtmlElement::style(dialog);
        // Both values are lengths.
        style.set_property("left", &format!("{left}px")).ok();
        style.set_property("top", &format!("{top}px")).ok();
    }
}

/// How far a menu stays from the window's edges.
const MARGIN_PX: i32 = 8;

/// The arrow keys go from button to button.
fn on_arrow(press: ev::KeyboardEvent) {
    let step = match press.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let within = press
        .current_target()
        .and_then(|at| at.dyn_into::<HtmlElement>().ok());
    if let Some(within) = within {
        press.prevent_default();
        focus::step(&within, ".menu-item", step);
    }
}
