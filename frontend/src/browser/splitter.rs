//! The edge of the inspector, with which the user changes its size: dragged by mouse, pen or
//! finger, moved by the arrow keys, or clicked twice.

use leptos::{prelude::window, wasm_bindgen::JsCast};
use parlor_frontend::event::{Event, InspectorEvent};
use parlor_shared::limits::{INSPECTOR_SIZE_DEFAULT, INSPECTOR_SIZE_MAX, INSPECTOR_SIZE_MIN};
use web_sys::{DomRect, Element, KeyboardEvent, PointerEvent};

use crate::browser::{listen::listen, store::Store};

/// How much an arrow key changes, in percent of the window.
const STEP: u8 = 2;

/// Listens to what the user does with the edge of a panel.
pub(crate) fn set_up(edge: &Element, store: Store) {
    let of = edge.clone();
    let names = ["keydown", "pointerdown", "pointermove", "dblclick", "focus"];
    listen(edge, &names, move |event| {
        let size = store.with_untracked(|model| {
            let inspector = model.inspector.as_ref();
            inspector.map_or(INSPECTOR_SIZE_DEFAULT, |inspector| inspector.size())
        });
        let to = match &*event.type_() {
            "keydown" => {
                let to = size_after(&event.unchecked_ref::<KeyboardEvent>().key(), size);
                if to.is_some() {
                    event.prevent_default();
                }
                to
            }
            "pointerdown" => {
                // Without the capture it moves only while the pointer is over it.
                let pointer = event.unchecked_ref::<PointerEvent>().pointer_id();
                of.set_pointer_capture(pointer).ok();
                None
            }
            "pointermove" => size_at(&of, event.unchecked_ref()),
            "dblclick" if size == INSPECTOR_SIZE_DEFAULT => Some(INSPECTOR_SIZE_MAX),
            "dblclick" => Some(INSPECTOR_SIZE_DEFAULT),
            _ => None,
        };
        // The style sheet decides on which side of the panel the edge is.
        let orientation = match is_horizontal(&of.get_bounding_client_rect()) {
            true => "horizontal",
            false => "vertical",
        };
        // It fails for no valid name.
        of.set_attribute("aria-orientation", orientation).ok();
        if let Some(to) = to {
            store.dispatch(Event::Inspector(InspectorEvent::Resized(to)));
        }
    });
}

fn size_after(key: &str, size: u8) -> Option<u8> {
    match key {
        "ArrowUp" | "ArrowLeft" => Some(size.saturating_add(STEP)),
        "ArrowDown" | "ArrowRight" => Some(size.saturating_sub(STEP)),
        "Home" => Some(INSPECTOR_SIZE_MIN),
        "End" => Some(INSPECTOR_SIZE_MAX),
        _ => None,
    }
}

/// The size of the panel, in percent of the window, if the edge was under the pointer that drags
/// it. The other edge of the panel stays where it is. `None` while it is not dragged.
fn size_at(edge: &Element, pointer: &PointerEvent) -> Option<u8> {
    if !edge.has_pointer_capture(pointer.pointer_id()) {
        return None;
    }
    let panel = edge.parent_element()?.get_bounding_client_rect();
    let at = edge.get_bounding_client_rect();
    let (x, y) = (f64::from(pointer.client_x()), f64::from(pointer.client_y()));
    let (length, of) = if is_horizontal(&at) {
        (panel.bottom() - y, window().inner_height())
    } else if at.left() < panel.left() + panel.width() / 2.0 {
        (panel.right() - x, window().inner_width())
    } else {
        (x - panel.left(), window().inner_width())
    };
    let percent = length * 100.0 / of.ok()?.as_f64()?;
    // Out of the range of a `u8` it is the nearest that is in it.
    Some(percent.round() as u8)
}

fn is_horizontal(edge: &DomRect) -> bool {
    edge.width() > edge.height()
}
