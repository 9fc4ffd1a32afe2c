//! Where the pointer is, as a size.

use leptos::prelude::window;
use web_sys::{HtmlDivElement, PointerEvent};

/// The size of the panel that this edge belongs to, in percent of the window, if the edge was under
/// the pointer. The other edge of the panel stays where it is. `None` where the browser does not
/// know the window's size.
pub(crate) fn size_at(
    edge: &HtmlDivElement,
    is_horizontal: bool,
    pointer: &PointerEvent,
) -> Option<u8> {
    let panel = edge.parent_element()?.get_bounding_client_rect();
    let (x, y) = (f64::from(pointer.client_x()), f64::from(pointer.client_y()));
    let (length, of) = if is_horizontal {
        (panel.bottom() - y, window().inner_height())
    } else if edge.get_bounding_client_rect().left() < panel.left() + panel.width() / 2.0 {
        (panel.right() - x, window().inner_width())
    } else {
        (x - panel.left(), window().inner_width())
    };
    let percent = length * 100.0 / of.ok()?.as_f64()?;
    // Out of the range of a `u8` it is the nearest that is in it.
    Some(percent.round() as u8)
}
