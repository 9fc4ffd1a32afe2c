//! One WebSocket connection: opened, read and written without one waiting for the other, and closed
//! in good order.

use std::{
    collections::VecDeque,
    fmt,
    future::{pending, poll_fn},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Sink, SinkExt, StreamExt, future::BoxFuture};
use tokio_tungstenite::{
    Connector, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{
        Error, Message, Utf8Bytes,
        client::IntoClientRequest,
        http::HeaderMap,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::{
    address::Address,
    dial::Dialer,
    limits::{CLOSE_TIMEOUT_MS, SEND_QUEUE_FRAMES_MAX, SERVER_FRAME_BYTES_MAX},
};

/// A WebSocket, whatever carries it.
pub(crate) trait WebSocket:
    futures_util::Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Send + Unpin
{
}

impl<S> WebSocket for S where
    S: futures_util::Stream<Item = Result<Message, Error>>
        + Sink<Message, Error = Error>
        + Send
        + Unpin
{
}

type Stream = Box<dyn WebSocket>;

/// Why a connection failed. The client reconnects by itself.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// Nothing answers at the address, or not a Parlor server.
    #[error("The server can't be reached: {0}.")]
    Unreachable(Arc<Error>),
    /// The open connection failed.
    #[error("The connection broke: {0}.")]
    Broken(Arc<Error>),
    /// The server does not read what is sent to it.
    #[error("The server reads nothing: {SEND_QUEUE_FRAMES_MAX} frames wait for it.")]
    SendQueueFull,
}

/// Where a client connects to, and how.
pub(crate) struct Target {
    pub(crate) address: Address,
    /// For an address with TLS.
    pub(crate) connector: Option<Connector>,
    /// Sent with the handshake besides its own.
    pub(crate) headers: HeaderMap,
    /// Opens connections in the place of the address.
    pub(crate) dialer: Option<Dialer>,
}

/// The driver's connection.
pub(crate) enum Connection {
    Closed,
    Opening(BoxFuture<'static, Result<Stream, Error>>),
    Open(Box<Socket>),
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    Opened,
    Frame(Utf8Bytes),
    /// The server sent a close frame, with this code.
    CloseReceived(Option<u16>),
    /// The connection ended without a close frame, for this reason if it is known.
    Ended(Option<ConnectionError>),
}

/// Whether the driver reads from the connection at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    On,
    Paused,
}

impl Connection {
    pub(crate) fn open(target: &Target) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .max_message_size(Some(SERVER_FRAME_BYTES_MAX))
            .max_frame_size(Some(SERVER_FRAME_BYTES_MAX));
        if let Some(dialer) = target.dialer.clone() {
            return Self::Opening(Box::pin(async move {
                let carrier = dialer.dial().await?;
                let stream =
                    WebSocketStream::from_raw_socket(carrier, Role::Client, Some(config)).await;
                Ok(Box::new(stream) as Stream)
            }));
        }
        let uri = target.address.uri();
        let connector = target.connector.clone();
        let headers = target.headers.clone();
        // Without Nagle's algorithm a small frame is sent at once.
        let disable_nagle = true;
        Self::Opening(Box::pin(async move {
            let mut request = uri.into_client_request()?;
            request.headers_mut().extend(headers);
            let opened =
                connect_async_tls_with_config(request, Some(config), disable_nagle, connector);
            opened.await.map(|(stream, _)| Box::new(stream) as Stream)
        }))
    }

    /// The next event. Cancel safe.
    pub(crate) async fn next(&mut self, reading: Reading) -> SocketEvent {
        match self {
            Self::Closed => pending().await,
            Self::Opening(opening) => match opening.await {
                Ok(stream) => {
                    *self = Self::Open(Box::new(Socket::new(stream)));
                    SocketEvent::Opened
                }
                Err(error) => {
                    *self = Self::Closed;
                    SocketEvent::Ended(Some(ConnectionError::Unreachable(Arc::new(error))))
                }
            },
            Self::Open(socket) => poll_fn(|cx| socket.poll(cx, reading)).await,
        }
    }

    /// How many frames wait for the socket.
    pub(crate) fn queued_frames(&self) -> usize {
        match self {
            Self::Open(socket) => socket.send_queue.len(),
            Self::Closed | Self::Opening(_) => 0,
        }
    }

    /// Queues a frame. The session sends only on an open connection; on any other the frame is
    /// dropped.
    pub(crate) fn send(&mut self, text: String) {
        if let Self::Open(socket) = self {
            socket.send(text);
        }
    }

    /// Closes the connection. The returned future, if it was open, sends the queued frames and the
    /// close handshake.
    pub(crate) fn close(&mut self) -> Option<BoxFuture<'static, ()>> {
        match std::mem::replace(self, Self::Closed) {
            Self::Open(socket) => Some(Box::pin(socket.close())),
            Self::Closed | Self::Opening(_) => None,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "Closed",
            Self::Opening(_) => "Opening",
            Self::Open(_) => "Open",
        })
    }
}

/// An open socket and the frames that wait for it.
pub(crate) struct Socket {
    stream: Stream,
    send_queue: VecDeque<String>,
    write_state: WriteState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WriteState {
    /// Everything written so far is flushed.
    Flushed,
    /// The stream's buffer holds frames that are not flushed.
    Unflushed,
    /// A write failed; reading will tell how the connection ended.
    Failed,
    /// The send queue overflowed.
    Overflowed,
}

impl Socket {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            send_queue: VecDeque::new(),
            write_state: WriteState::Flushed,
        }
    }

    fn send(&mut self, text: String) {
        if self.send_queue.len() < SEND_QUEUE_FRAMES_MAX {
            self.send_queue.push_back(text);
        } else {
            self.write_state = WriteState::Overflowed;
        }
    }

    /// Writes as much as the socket takes, then reads. Neither waits for the other, because a
    /// server that waits for its own writes may have stopped reading.
    fn poll(&mut self, cx: &mut Context<'_>, reading: Reading) -> Poll<SocketEvent> {
        self.poll_write(cx);
        if self.write_state == WriteState::Overflowed {
            return Poll::Ready(SocketEvent::Ended(Some(ConnectionError::SendQueueFull)));
        }
        if reading == Reading::Paused {
            return Poll::Pending;
        }
        loop {
            let event = match self.stream.poll_next_unpin(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => SocketEvent::Ended(None),
                Poll::Ready(Some(Err(error))) => {
                    SocketEvent::Ended(Some(ConnectionError::Broken(Arc::new(error))))
                }
                Poll::Ready(Some(Ok(Message::Text(text)))) => SocketEvent::Frame(text),
                Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                    SocketEvent::CloseReceived(frame.map(|frame| frame.code.into()))
                }
                // The stream answers pings by itself, and messages are text frames.
                Poll::Ready(Some(Ok(
                    Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
                ))) => continue,
            };
            return Poll::Ready(event);
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        if matches!(
            self.write_state,
            WriteState::Failed | WriteState::Overflowed
        ) {
            return;
        }
        let written = loop {
            match self.stream.poll_ready_unpin(cx) {
                Poll::Pending => return,
                Poll::Ready(Err(error)) => break Err(error),
                Poll::Ready(Ok(())) => {}
            }
            let Some(text) = self.send_queue.pop_front() else {
                break Ok(());
            };
            self.write_state = WriteState::Unflushed;
            if let Err(error) = self.stream.start_send_unpin(Message::text(text)) {
                break Err(error);
            }
        };
        let flushed = match (written, self.write_state) {
            (Ok(()), WriteState::Unflushed) => self.stream.poll_flush_unpin(cx),
            (written, _) => Poll::Ready(written),
        };
        match flushed {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.write_state = WriteState::Flushed,
            Poll::Ready(Err(_)) => {
                self.send_queue.clear();
                self.write_state = WriteState::Failed;
            }
        }
    }

    /// Sends the queued frames and a close frame, and waits for the server's, all within
    /// [`CLOSE_TIMEOUT_MS`].
    async fn close(mut self: Box<Self>) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "bye".into(),
        };
        let handshake = async {
            for text in std::mem::take(&mut self.send_queue) {
                self.stream.feed(Message::text(text)).await?;
            }
            self.stream.send(Message::Close(Some(frame))).await?;
            while let Some(message) = self.stream.next().await {
                message?;
            }
            Ok::<(), Error>(())
        };
        let timeout = Duration::from_millis(CLOSE_TIMEOUT_MS);
        // Whether the handshake completed, failed or took too long, the connection has ended.
        tokio::time::timeout(timeout, handshake).await.ok();
    }
}

/// Awaits the future in `running`, if there is one, and takes it out. Without one it never
/// completes.
pub(crate) async fn completion(running: &mut Option<BoxFuture<'static, ()>>) {
    match running {
        Some(future) => {
            future.await;
            *running = None;
        }
        None => pending().await,
    }
}
