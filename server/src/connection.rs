//! One connection: the loop that reads what the client sends, hands it to dispatch, and ends when
//! there is a reason to.

pub(crate) mod frame;
pub(crate) mod frame_guard;
pub(crate) mod handshake;
pub(crate) mod heartbeat;
mod inbound;
pub(crate) mod origin;
pub(crate) mod outbound;
pub(crate) mod proxy;
mod read_socket;
pub(crate) mod socket;
pub(crate) mod upgrade;
mod utf8;

use std::{future::poll_fn, task::Poll, time::Duration};

use futures_util::{Stream, StreamExt};
use parlor_shared::{ErrorCode, Refusal, ServerMessage, close::CloseCode, limits::PONG_TIMEOUT_MS};

use self::{
    frame_guard::FrameFault,
    heartbeat::{HeartbeatAction, HeartbeatTimer},
    inbound::{Message, ReadError},
    outbound::Outbound,
};
use crate::dispatch::client::Client;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The socket is closed already.
    Gone,
    /// The client is told why, then the socket is closed.
    Close(CloseCode),
    /// The client has closed, with this code if it gave one. It gets the same code back.
    Closed(Option<u16>),
}

/// Serves one connection to its end.
async fn serve(client: Client, messages: impl Messages) {
    let outbound = client.outbound.clone();
    let mut connection = Connection {
        client,
        messages,
        heartbeat: HeartbeatTimer::start(),
    };
    let ending = tokio::select! {
        ending = connection.run() => ending,
        _ = poll_fn(|cx| outbound.poll_write(cx)) => Ending::Gone,
    };
    outbound.clear();
    match ending {
        Ending::Gone => return,
        Ending::Close(code) => outbound.close(code),
        Ending::Closed(code) => outbound.answer_close(code),
    }
    flush(&outbound).await;
}

/// Writes all replies that are queued. Gives up after [`PONG_TIMEOUT_MS`].
async fn flush(outbound: &Outbound) {
    let flushed = poll_fn(|cx| {
        let is_broken = outbound.poll_write(cx).is_ready();
        if is_broken || outbound.is_flushed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let timeout = Duration::from_millis(PONG_TIMEOUT_MS);
    // A client that takes nothing for so long will not miss the rest.
    tokio::time::timeout(timeout, flushed).await.ok();
}

/// The WebSocket messages of one client.
trait Messages: Stream<Item = Result<Message, ReadError>> + Unpin {}

impl<S: Stream<Item = Result<Message, ReadError>> + Unpin> Messages for S {}

struct Connection<S> {
    client: Client,
    messages: S,
    heartbeat: HeartbeatTimer,
}

impl<S: Messages> Connection<S> {
    /// Reads and answers until there is a reason to end.
    async fn run(&mut self) -> Ending {
        let mut stopping = self.client.node.stopping.clone();
        loop {
            let can_read = self.client.can_handle_more();
            let ending = tokio::select! {
                message = self.messages.next(), if can_read => self.handle_message(message).await,
                Some(append) = self.client.appends.next(), if !self.client.appends.is_empty() => {
                    self.client.handle_appended(append);
                    None
                }
                () = self.client.outbound.progress() => self.handle_progress(),
                () = self.heartbeat.due() => self.check_heartbeat(),
                _ = stopping.wait_for(|stopping| *stopping) => {
                    let text = "The server is restarting. You'll be reconnected.".to_owned();
                    self.client.outbound.reply(&ServerMessage::Notice { text });
                    Some(Ending::Close(CloseCode::ShuttingDown))
                }
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    async fn handle_message(
        &mut self,
        message: Option<Result<Message, ReadError>>,
    ) -> Option<Ending> {
        self.heartbeat.on_received();
        match message {
            None => Some(Ending::Gone),
            Some(Err(error)) => Some(ending_of(&error)),
            Some(Ok(Message::Text(text))) => {
                let close = self.client.handle_frame(&text).await;
                if self.client.is_welcomed() {
                    self.heartbeat.mark_welcomed();
                }
                close.map(Ending::Close)
            }
            Some(Ok(Message::Binary(_))) => {
                let refusal = Refusal::new(ErrorCode::Malformed, "Messages are text frames.");
                self.client.outbound.reply(&ServerMessage::Error(refusal));
                None
            }
            Some(Ok(Message::Ping(payload))) => {
                self.client.outbound.pong(&payload);
                None
            }
            Some(Ok(Message::Pong | Message::Fragment)) => None,
            Some(Ok(Message::Close(code))) => Some(Ending::Closed(code)),
        }
    }

    /// The client took a reply, or a cursor is lost.
    fn handle_progress(&mut self) -> Option<Ending> {
        // Draining replies counts as a sign of life: while the reply queue is full, nothing is read
        // from the client.
        self.heartbeat.on_received();
        let why = self.client.outbound.take_lost()?;
        tracing::error!(error = %why, "a connection can't continue");
        Some(Ending::Close(CloseCode::Internal))
    }

    fn check_heartbeat(&mut self) -> Option<Ending> {
        match self.heartbeat.check() {
            HeartbeatAction::Wait => None,
            HeartbeatAction::Ping => {
                self.client.outbound.ping();
                None
            }
            HeartbeatAction::Close(code) => Some(Ending::Close(code)),
        }
    }
}

/// How a connection ends that can't be read on.
fn ending_of(error: &ReadError) -> Ending {
    match error {
        ReadError::Lost => Ending::Gone,
        ReadError::Fault(FrameFault::Protocol) => Ending::Close(CloseCode::Protocol),
        ReadError::Fault(FrameFault::NotUtf8) => Ending::Close(CloseCode::NotUtf8),
        ReadError::Fault(FrameFault::TooBig) => Ending::Close(CloseCode::FrameTooBig),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use futures_util::stream;
    use parlor_shared::{
        ClientInfo, ClientMessage, Limits, Name, PROTOCOL_VERSION, codec, limits::PING_INTERVAL_MS,
    };
    use tokio::{sync::watch, time::Instant};

    use super::*;
    use crate::{
        clock::SystemClock,
        connection::{origin::Origins, socket::memory::MemorySocket},
        engine::{Engine, embedded::Embedded},
        node::{Connections, Node},
        rate::Rates,
        rooms::{hub::Hub, registry::SessionRegistry, room::RoomBounds},
        tokens::TokenSigner,
    };

    /// A client with an open log, the socket it is written to, and what ends the server.
    fn client(folder: &tempfile::TempDir) -> (Client, MemorySocket, watch::Sender<bool>) {
        let hub = std::sync::Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let engine = Embedded::open(folder.path(), hub.clone()).unwrap();
        let (stop, stopping) = watch::channel(false);
        let node = Node {
            hub,
            tokens: TokenSigner::new(engine.secret()),
            engine: std::sync::Arc::new(engine),
            rates: Rates::new(None, std::num::NonZeroU32::MIN),
            origins: Origins::new(Vec::new()),
            proxies: Vec::new(),
            limits: Limits::default(),
            connections: Connections::new(1),
            stopping,
        };
        let (memory, socket) = MemorySocket::idle();
        let outbound = Rc::new(Outbound::new(socket, SessionRegistry::new(drop)));
        (Client::new(node.into(), outbound, None), memory, stop)
    }

    fn hello() -> Message {
        let hello = codec::encode_client(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: Name::parse("ann").unwrap(),
            token: None,
            client: ClientInfo::default(),
        });
        Message::Text(hello.into())
    }

    /// A dead peer's socket takes what the system buffers, the server's ping among it. Only what
    /// the peer does counts.
    #[tokio::test(start_paused = true)]
    async fn a_ping_that_the_socket_takes_is_no_sign_of_life() {
        let folder = tempfile::tempdir().unwrap();
        let (client, memory, _stop) = client(&folder);
        let start = Instant::now();
        serve(client, stream::iter([Ok(hello())]).chain(stream::pending())).await;
        let served_ms = start.elapsed().as_millis() as u64;
        assert_eq!(served_ms, PING_INTERVAL_MS + PONG_TIMEOUT_MS);
        let written = memory.take();
        let close = frame::close_frame(CloseCode::HeartbeatLost);
        assert!(
            written.ends_with(&[&[0x89, 0], &close[..]].concat()),
            "a ping, then the close"
        );
    }
}
