//! The service worker, `sw.js`: it serves the page offline and shows notifications.

use std::cell::RefCell;

use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use web_sys::{MessageEvent, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration};

use crate::browser::address::file;

thread_local! {
    static REGISTRATION: RefCell<Option<ServiceWorkerRegistration>> = const { RefCell::new(None) };
}

/// A message of the service worker.
pub(crate) enum WorkerMessage {
    /// The user clicked a notification of this room.
    RoomClicked(String),
    /// A sound is due in this window.
    SoundDue,
}

/// Registers the service worker and passes its messages on.
pub(crate) fn register(on_message: impl Fn(WorkerMessage) + 'static) {
    let Some(container) = container() else {
        return;
    };
    let registered = Closure::once_into_js(|registration: ServiceWorkerRegistration| {
        REGISTRATION.replace(Some(registration));
    });
    // Where it cannot be registered the page works without it.
    let refused = Closure::once_into_js(|_: JsValue| {});
    let registration = container.register(&file("/sw.js"));
    let then = js_sys::Reflect::get(&registration, &"then".into());
    if let Ok(then) = then.and_then(|then| then.dyn_into::<js_sys::Function>()) {
        // A promise's `then` does not fail.
        then.call2(&registration, &registered, &refused).ok();
    }
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        on_message(match event.data().as_string() {
            Some(room) if !room.is_empty() => WorkerMessage::RoomClicked(room),
            Some(_) | None => WorkerMessage::SoundDue,
        });
    });
    container.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the page is open.
    listener.forget();
}

/// The service worker, once it is active: also for a page that was loaded past it, as with
/// Shift+Reload.
pub(crate) fn active() -> Option<ServiceWorker> {
    REGISTRATION.with_borrow(|registration| registration.as_ref()?.active())
}

/// Whether this page may have a service worker.
pub(crate) fn is_supported() -> bool {
    container().is_some()
}

/// `None` in an insecure context, such as a page without TLS on another machine, and where the
/// browser refuses access.
fn container() -> Option<ServiceWorkerContainer> {
    let container = js_sys::Reflect::get(&window().navigator(), &"serviceWorker".into());
    let container = container.ok().filter(|container| container.is_object());
    container.map(JsCast::unchecked_into)
}
