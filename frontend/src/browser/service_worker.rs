//! The service worker, `sw.js`: it serves the page offline and shows notifications.

use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::{MessageEvent, ServiceWorker, ServiceWorkerContainer};

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
    // Where it cannot be registered the page works without it, so nobody waits for this promise.
    drop(container.register("/sw.js"));
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

/// The service worker of this page, once it is active.
pub(crate) fn active() -> Option<ServiceWorker> {
    container()?.controller()
}

/// `None` in an insecure context, such as a page without TLS on another machine.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let has_container = js_sys::Reflect::has(&navigator, &"serviceWorker".into());
    // Reading a property's presence fails only for what is not an object.
    let has_container = has_container.unwrap_or_default();
    has_container.then(|| navigator.service_worker())
}
