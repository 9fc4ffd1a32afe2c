//! The WebSocket.

use futures_channel::mpsc;
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use leptos::task::spawn_local;
use parlor_frontend::event::Event;

/// Frames that may wait for the connection to open or to take them.
const FRAMES_WAITING_MAX: usize = 4_096;

/// An open or opening connection. Dropping it closes it.
pub(crate) struct Socket {
    frames: mpsc::Sender<String>,
}

impl Socket {
    /// Connects to the page's own server; what happens goes to `tell`.
    pub(crate) fn connect(tell: impl Fn(Event) + Clone + 'static) -> Option<Self> {
        let location = web_sys::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let url = format!("{scheme}://{}/ws", location.host().ok()?);
        let (mut sink, mut stream) = WebSocket::open(&url).ok()?.split();
        let (frames, mut waiting) = mpsc::channel::<String>(FRAMES_WAITING_MAX);
        spawn_local(async move {
            while let Some(frame) = waiting.next().await {
                if sink.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
            // An error says that it is closed already.
            sink.close().await.unwrap_or_default();
        });
        spawn_local(async move {
            let mut code = None;
            while let Some(message) = stream.next().await {
                match message {
                    Ok(Message::Text(text)) => tell(Event::Received(text)),
                    Ok(Message::Bytes(_)) => {}
                    Err(WebSocketError::ConnectionClose(close)) => code = Some(close.code),
                    Err(_) => {}
                }
            }
            tell(Event::Closed(code));
        });
        Some(Self { frames })
    }

    /// Sends a frame once the connection is open.
    pub(crate) fn send(&mut self, frame: String) {
        // A full queue means that nothing gets through; the session will find the line dead and start over.
        self.frames.try_send(frame).unwrap_or_default();
    }
}
