//! The part of the window that is visible: a keyboard on the screen covers the rest.
//!
//! Where the browser makes the page smaller itself (`interactive-widget` in `index.html`), nothing
//! is left to do. Safari on iOS moves the whole page up instead: there the page gets the visible
//! height, so that the header stays where it is and the composer stands on the keyboard.

use leptos::{
    ev,
    prelude::{document, window, window_event_listener},
    wasm_bindgen::JsCast,
};
use parlor_frontend::event::Event;
use web_sys::{HtmlElement, VisualViewport};

use crate::browser::{listen, media, store::Store};

/// Follows the window's size for as long as the page is open.
pub(crate) fn listen(store: Store) {
    if let Some(viewport) = window().visual_viewport() {
        let watched = viewport.clone();
        listen::listen(&viewport, &["resize", "scroll"], move |_| fit(&watched));
    }
    // On a wide screen the panel stands beside the room and covers nothing.
    let on_resize = window_event_listener(ev::resize, move |_| {
        if store.with_untracked(|model| model.panel_open) && !media::is_narrow() {
            store.dispatch(Event::PanelClosed);
        }
    });
    // Dropping the handle leaves the listener in place.
    drop(on_resize);
}

/// Gives the page the visible height while a keyboard covers a part of the window. A page that was
/// zoomed into shows a part of itself on purpose.
fn fit(viewport: &VisualViewport) {
    let root = document().document_element();
    let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let window_height = f64::from(root.client_height());
    let is_covered = viewport.scale() < 1.01 && viewport.height() < window_height - 1.0;
    if is_covered {
        let height = format!("{}px", viewport.height() as i32);
        // A length is always valid.
        root.style().set_property("--visible-height", &height).ok();
        window().scroll_to_with_x_and_y(0.0, 0.0);
    } else {
        // There may be none to remove.
        root.style().remove_property("--visible-height").ok();
    }
}
