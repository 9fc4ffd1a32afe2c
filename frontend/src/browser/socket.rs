//! The WebSocket.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::{Rc, Weak},
    task::Poll,
};

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use leptos::task::spawn_local;
use parlor_frontend::event::Event;

/// An open or opening connection. Dropping it closes it, once what was to be sent is.
pub(crate) struct Socket(Rc<RefCell<WebSocket>>);

impl Socket {
    /// Connects to the page's own server; what happens goes to `tell`. `None` where it can't even begin.
    pub(crate) fn connect(tell: impl Fn(Event) + 'static) -> Option<Self> {
        let socket = Rc::new(RefCell::new(WebSocket::open(&address()?).ok()?));
        spawn_local(read_frames(Rc::downgrade(&socket), tell));
        Some(Self(socket))
    }

    /// Sends a frame.
    pub(crate) fn send(&self, frame: String) {
        let mut socket = self.0.borrow_mut();
        // A socket that is closing says so in a moment.
        if is_open(&socket) {
            let frame = Message::Text(frame);
            socket.start_send_unpin(frame).unwrap_or_default();
        }
    }
}

/// Where the page's own server takes connections.
pub(crate) fn address() -> Option<String> {
    let location = web_sys::window()?.location();
    let is_secure = location.protocol().ok()? == "https:";
    let scheme = if is_secure { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}

/// Tells what the connection says, until it ends or nobody wants it any more. The socket closes where it is dropped, so
/// it is held only while it is asked.
async fn read_frames(socket: Weak<RefCell<WebSocket>>, tell: impl Fn(Event)) {
    let opened = poll_fn(|cx| match socket.upgrade() {
        Some(socket) => {
            let mut socket = socket.borrow_mut();
            let done = socket.poll_ready_unpin(cx);
            done.map(|_| is_open(&socket))
        }
        None => Poll::Ready(false),
    });
    if opened.await {
        tell(Event::SocketOpened);
    }
    let mut code = None;
    loop {
        let came = poll_fn(|cx| match socket.upgrade() {
            Some(socket) => socket.borrow_mut().poll_next_unpin(cx).map(Some),
            None => Poll::Ready(None),
        });
        match came.await {
            Some(Some(Ok(Message::Text(text)))) => tell(Event::FrameReceived(text)),
            Some(Some(Err(WebSocketError::ConnectionClose(close)))) => code = Some(close.code),
            Some(None) => return tell(Event::SocketClosed(code)),
            Some(Some(Ok(Message::Bytes(_)) | Err(_))) => {}
            None => return,
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}
