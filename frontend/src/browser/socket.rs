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

use crate::browser::address::file;

/// A connection, open or opening. Dropping it closes it, after what was queued is sent.
pub(crate) struct Socket(Rc<RefCell<WebSocket>>);

impl Socket {
    /// Connects to the server that the page came from, and passes the socket's events to
    /// `dispatch`. `None` where the browser refuses to connect.
    pub(crate) fn connect(dispatch: impl Fn(Event) + 'static) -> Option<Self> {
        let socket = Rc::new(RefCell::new(WebSocket::open(&address()?).ok()?));
        spawn_local(read_frames(Rc::downgrade(&socket), dispatch));
        Some(Self(socket))
    }

    /// Sends a frame, if the socket is open.
    pub(crate) fn send(&self, frame: String) {
        let mut socket = self.0.borrow_mut();
        if is_open(&socket) {
            // A socket that fails reports that as an event.
            socket.start_send_unpin(Message::Text(frame)).ok();
        }
    }
}

/// The address of the server's socket.
pub(crate) fn address() -> Option<String> {
    let location = web_sys::window()?.location();
    let is_secure = location.protocol().ok()? == "https:";
    let scheme = if is_secure { "wss" } else { "ws" };
    let path = file("/ws");
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}

/// Dispatches what the socket receives, until it closes or is dropped. It holds the socket only
/// while polling, since dropping the last reference is what closes it.
async fn read_frames(socket: Weak<RefCell<WebSocket>>, dispatch: impl Fn(Event)) {
    let opened = poll_fn(|cx| match socket.upgrade() {
        Some(socket) => {
            let mut socket = socket.borrow_mut();
            let ready = socket.poll_ready_unpin(cx);
            ready.map(|_| is_open(&socket))
        }
        None => Poll::Ready(false),
    });
    if opened.await {
        dispatch(Event::SocketOpened);
    }
    let mut code = None;
    loop {
        let received = poll_fn(|cx| match socket.upgrade() {
            Some(socket) => socket.borrow_mut().poll_next_unpin(cx).map(Some),
            None => Poll::Ready(None),
        });
        match received.await {
            Some(Some(Ok(Message::Text(text)))) => dispatch(Event::FrameReceived(text)),
            Some(Some(Err(WebSocketError::ConnectionClose(close)))) => code = Some(close.code),
            Some(None) => return dispatch(Event::SocketClosed(code)),
            Some(Some(Ok(Message::Bytes(_)) | Err(_))) => {}
            None => return,
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}
