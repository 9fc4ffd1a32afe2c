//! Where a menu is that belongs to something on the page.

use parlor_frontend::model::menu::MenuPlace;
use web_sys::Element;

/// About as wide as a menu is: it begins this far before the right edge of what it belongs to.
const MENU_WIDTH_PX: i32 = 200;

/// Below the end of this element.
pub(super) fn below_end_of(element: &Element) -> MenuPlace {
    let edges = element.get_bounding_client_rect();
    MenuPlace::Beside {
        left_px: edges.right() as i32 - MENU_WIDTH_PX,
        top_px: edges.bottom() as i32,
    }
}
