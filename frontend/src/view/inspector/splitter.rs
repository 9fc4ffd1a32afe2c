//! The edge of the inspector, with which the user changes its size: dragged by mouse, pen or
//! finger, moved by the arrow keys, or clicked twice.

use leptos::{ev, html, prelude::*};
use parlor_frontend::event::{Event, InspectorEvent};
use parlor_frontend::texts;
use parlor_shared::limits::{INSPECTOR_SIZE_DEFAULT, INSPECTOR_SIZE_MAX, INSPECTOR_SIZE_MIN};

use crate::browser::{splitter::size_at, store::use_store};

/// How much an arrow key changes, in percent of the window.
const STEP: u8 = 2;

/// The edge on one side of the inspector.
#[component]
pub(super) fn Splitter(
    /// How the edge runs: `horizontal` where the inspector is below the room, `vertical` where it
    /// is beside it.
    orientation: &'static str,
) -> impl IntoView {
    let store = use_store();
    let edge = NodeRef::<html::Div>::new();
    let size = store.memo(super::size);
    let resize = move |percent| store.dispatch(Event::Inspector(InspectorEvent::Resized(percent)));
    let is_horizontal = orientation == "horizontal";
    let on_keydown = move |press: ev::KeyboardEvent| {
        let size = size.get_untracked();
        let to = match press.key().as_str() {
            "ArrowUp" | "ArrowLeft" => size.saturating_add(STEP),
            "ArrowDown" | "ArrowRight" => size.saturating_sub(STEP),
            "Home" => INSPECTOR_SIZE_MIN,
            "End" => INSPECTOR_SIZE_MAX,
            _ => return,
        };
        press.prevent_default();
        resize(to);
    };
    let on_pointerdown = move |press: ev::PointerEvent| {
        if let Some(edge) = edge.get_untracked() {
            // Without the capture it moves only while the pointer is over it.
            edge.set_pointer_capture(press.pointer_id()).ok();
        }
    };
    let on_pointermove = move |moved: ev::PointerEvent| {
        let edge = edge.get_untracked();
        let dragged = edge.filter(|edge| edge.has_pointer_capture(moved.pointer_id()));
        if let Some(to) = dragged.and_then(|edge| size_at(&edge, is_horizontal, &moved)) {
            resize(to);
        }
    };
    let on_dblclick = move |_| {
        let is_default = size.get_untracked() == INSPECTOR_SIZE_DEFAULT;
        resize(if is_default {
            INSPECTOR_SIZE_MAX
        } else {
            INSPECTOR_SIZE_DEFAULT
        });
    };
    view! {
        <div
            node_ref=edge
            class="splitter"
            role="separator"
            tabindex="0"
            data-testid="splitter"
            aria-label=texts::resize()
            title=texts::resize_hint()
            aria-controls="inspector"
            aria-orientation=orientation
            aria-valuenow=move || size.get().to_string()
            aria-valuemin=INSPECTOR_SIZE_MIN.to_string()
            aria-valuemax=INSPECTOR_SIZE_MAX.to_string()
            on:keydown=on_keydown
            on:pointerdown=on_pointerdown
            on:pointermove=on_pointermove
            on:dblclick=on_dblclick
        ></div>
    }
}
