//! The WebSocket.

use leptos::wasm_bindgen::{JsCast, closure::Closure};
use parlor_frontend::event::Event;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// Bytes that may wait for the connection to take them.
const WAITING_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// An open or opening connection. Dropping it closes it, once what was to be sent is.
pub(crate) struct Socket {
    socket: WebSocket,
    /// Called by the browser for as long as this is here.
    _heard: Closure<dyn FnMut(web_sys::Event)>,
}

impl Socket {
    /// Connects to the page's own server; what happens goes to `tell`. `None` where it can't even begin.
    pub(crate) fn connect(tell: impl Fn(Event) + 'static) -> Option<Self> {
        let location = web_sys::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let url = format!("{scheme}://{}/ws", location.host().ok()?);
        let socket = WebSocket::new(&url).ok()?;
        let heard = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            if let Some(event) = meaning(&event) {
                tell(event);
            }
        });
        let hear = Some(heard.as_ref().unchecked_ref());
        socket.set_onopen(hear);
        socket.set_onmessage(hear);
        socket.set_onclose(hear);
        Some(Self {
            socket,
            _heard: heard,
        })
    }

    /// Sends a frame.
    pub(crate) fn send(&self, frame: &str) {
        // So much waits where nothing gets through; the session will find the line dead and start over. And a socket
        // that is closing says so in a moment.
        if self.socket.buffered_amount() < WAITING_BYTES_MAX {
            self.socket.send_with_str(frame).unwrap_or_default();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Without a code there is nothing it could object to.
        self.socket.close().unwrap_or_default();
    }
}

fn meaning(event: &web_sys::Event) -> Option<Event> {
    if let Some(message) = event.dyn_ref::<MessageEvent>() {
        // All frames of the protocol are text.
        message.data().as_string().map(Event::Received)
    } else if let Some(close) = event.dyn_ref::<CloseEvent>() {
        Some(Event::Closed(Some(close.code())))
    } else {
        Some(Event::Opened)
    }
}
