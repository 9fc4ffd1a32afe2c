//! The number of unread messages where the page itself is not seen: in the tab's icon, and on the
//! icon of the installed page.

use std::cell::RefCell;

use js_sys::{Function, Promise, Reflect};
use leptos::{
    prelude::{document, window},
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};

use crate::browser::address::file;

/// The tab's icon while something is unread.
const UNREAD_ICON: &str = "/icon-unread.svg";

thread_local! {
    /// The tab's icon at other times, as the page names it.
    static ICON: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Takes a promise's refusal: there is nothing to be done about it.
    static IGNORE: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
}

/// Shows that so many messages are unread.
pub(crate) fn show(unread: usize) {
    show_in_tab(unread > 0);
    show_on_app(unread);
}

fn show_in_tab(is_unread: bool) {
    let Ok(Some(icon)) = document().query_selector("link[rel=icon]") else {
        return;
    };
    ICON.with_borrow_mut(|read| {
        let read = read.get_or_insert_with(|| icon.get_attribute("href").unwrap_or_default());
        let href = if is_unread {
            file(UNREAD_ICON)
        } else {
            read.clone()
        };
        // An attribute with this name can be set on any element.
        icon.set_attribute("href", &href).ok();
    });
}

/// Not every browser has such badges, and web-sys does not know them.
fn show_on_app(unread: usize) {
    let navigator = window().navigator();
    let set = Reflect::get(&navigator, &"setAppBadge".into());
    let Some(set) = set.ok().and_then(|set| set.dyn_into::<Function>().ok()) else {
        return;
    };
    // A badge of 0 is none. A browser refuses it for a page that is not installed.
    if let Ok(promise) = set.call1(&navigator, &(unread as f64).into()) {
        let promise = Promise::resolve(&promise);
        IGNORE.with(|ignore| drop(promise.catch(ignore)));
    }
}
