//! The day of the first message on screen, and its author where the head of their messages is above
//! the screen.

use leptos::{html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{texts, view_model::rows::row};
use parlor_shared::MessageId;
use web_sys::{Element, HtmlDivElement};

use crate::{
    browser::{listen::listen, store::use_store},
    view::locale::{day_since, day_start, is_same_day},
};

/// How far below the top of the list the first message on screen is looked for.
const INTO_LIST_PX: f64 = 6.0;
/// A message whose beginning is this far above the screen no longer shows its head.
const HEAD_PX: f64 = 12.0;

/// The first message on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Top {
    id: MessageId,
    /// Whether its beginning is above the screen.
    is_cut: bool,
}

/// The day and the author, over the top of the list while it is scrolled. The rows say the same, so
/// no screen reader reads it.
#[component]
pub(crate) fn TopLine(
    /// The list of messages.
    list: NodeRef<html::Div>,
) -> impl IntoView {
    let store = use_store();
    let top = RwSignal::new(None::<Top>);
    list.on_load(move |list| {
        // The list may have been scrolled before this code was there.
        top.set(first_on_screen(&list));
        let scrolled = list.clone();
        listen(&list, &["scroll"], move |_| {
            let now = first_on_screen(&scrolled);
            if now != top.get_untracked() {
                top.set(now);
            }
        });
    });
    let shown = Memo::new(move |_| {
        let top = top.get()?;
        store.with(|model| {
            let row = row(model, top.id, is_same_day)?;
            let day = day_since(row.at_ms?, day_start(model.unix_ms));
            Some(match top.is_cut || !row.has_header {
                true => texts::day_and_author(&day, &row.name),
                false => day,
            })
        })
    });
    view! {
        <p
            class="top-line"
            aria-hidden="true"
            hidden=move || shown.with(Option::is_none)
            data-testid="top-line"
        >
            {shown}
        </p>
    }
}

/// The message at the top of the list; `None` where the list's beginning or a day stands there.
fn first_on_screen(list: &HtmlDivElement) -> Option<Top> {
    let list = list.get_bounding_client_rect();
    let (x, y) = (list.left() + list.width() / 2.0, list.top() + INTO_LIST_PX);
    // What is unread above may lie over the row.
    let mut all = document()
        .elements_from_point(x as f32, y as f32)
        .into_iter();
    let row = all.find_map(|at| {
        let at: Element = at.unchecked_into();
        at.closest("[data-id]").ok()?
    })?;
    Some(Top {
        id: row.get_attribute("data-id")?.parse().ok()?,
        is_cut: row.get_bounding_client_rect().top() < list.top() - HEAD_PX,
    })
}
