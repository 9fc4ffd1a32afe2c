//! The WebSocket.

use futures_channel::mpsc::{self, Receiver, Sender};
use futures_util::{
    SinkExt, StreamExt,
    future::{Either, poll_fn, select},
};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use leptos::task::spawn_local;
use parlor_frontend::event::Event;

/// Frames that may wait for the connection to take them.
const FRAMES_WAITING_MAX: usize = 4_096;

/// An open or opening connection. Dropping it closes it, once what was to be sent is.
pub(crate) struct Socket {
    frames: Sender<String>,
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
        let socket = WebSocket::open(&url).ok()?;
        let (frames, waiting) = mpsc::channel(FRAMES_WAITING_MAX);
        spawn_local(carry(socket, waiting, tell));
        Some(Self { frames })
    }

    /// Sends a frame.
    pub(crate) fn send(&mut self, frame: String) {
        // A full queue means that nothing gets through; the session will find the line dead and start over.
        self.frames.try_send(frame).unwrap_or_default();
    }
}

/// Carries frames both ways until the connection ends or nobody wants it any more. The socket closes where it is
/// dropped, so it is never shared.
async fn carry(mut socket: WebSocket, mut frames: Receiver<String>, tell: impl Fn(Event)) {
    let opened = poll_fn(|cx| socket.poll_ready_unpin(cx));
    if let Either::Right(_) = select(opened, frames.next()).await {
        return; // Dropped while it was opening: nothing is sent before it is open.
    }
    if is_open(&socket) {
        tell(Event::Opened);
    }
    let mut code = None;
    loop {
        let (to_send, came) = match select(frames.next(), socket.next()).await {
            Either::Left((to_send, _)) => (Some(to_send), None),
            Either::Right((came, _)) => (None, Some(came)),
        };
        match to_send {
            // A socket that is closing says so in a moment.
            Some(Some(frame)) if is_open(&socket) => {
                socket.send(Message::Text(frame)).await.unwrap_or_default();
            }
            Some(None) => return,
            Some(Some(_)) | None => {}
        }
        match came {
            Some(Some(Ok(Message::Text(text)))) => tell(Event::Received(text)),
            Some(Some(Err(WebSocketError::ConnectionClose(close)))) => code = Some(close.code),
            Some(None) => return tell(Event::Closed(code)),
            Some(Some(Ok(Message::Bytes(_)) | Err(_))) | None => {}
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}
