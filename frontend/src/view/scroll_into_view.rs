//! Scrolling an element into view.

use parlor_shared::MessageId;
use web_sys::{Element, HtmlDivElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// The row of this message in the list.
pub(super) fn find_row(list: &HtmlDivElement, id: MessageId) -> Option<Element> {
    let row = list.query_selector(&format!("[data-id='{id}']"));
    row.ok().flatten()
}

/// Scrolls the element into view.
pub(super) fn scroll_into_view(element: &Element, to: ScrollLogicalPosition) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(to);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}
