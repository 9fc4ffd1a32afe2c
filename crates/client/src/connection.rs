//! The socket: opened, read, written without waiting for either, and left in good order.

use std::{
    collections::VecDeque,
    fmt,
    future::{pending, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error, Message, Utf8Bytes,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::{
    address::Address,
    limits::{CLOSE_TIMEOUT_MS, SENDING_FRAMES_MAX, SERVER_FRAME_BYTES_MAX},
};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What went wrong with a line. The client connects again all the same.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectionError {
    /// Nobody is there, or not a Parlor server.
    #[error("the server can't be reached: {0}")]
    Unreachable(Arc<Error>),
    /// The line broke.
    #[error("the line broke: {0}")]
    Broken(Arc<Error>),
    /// The server takes nothing of what is to be sent.
    #[error("the server takes nothing; {SENDING_FRAMES_MAX} frames wait for it")]
    Clogged,
}

/// The connection as the driver has it.
pub(crate) enum Line {
    Down,
    Opening(BoxFuture<'static, Result<Stream, Error>>),
    Open(Box<Socket>),
}

/// What a line has to tell.
#[derive(Debug)]
pub(crate) enum Happened {
    Opened,
    Frame(Utf8Bytes),
    /// The server said goodbye, with this code.
    Goodbye(Option<u16>),
    /// The line has ended, for this reason where it is known.
    Ended(Option<ConnectionError>),
}

/// Whether a line is read at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    On,
    OnHold,
}

impl Line {
    pub(crate) fn open(address: &Address) -> Self {
        let uri = address.uri();
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .max_message_size(Some(SERVER_FRAME_BYTES_MAX))
            .max_frame_size(Some(SERVER_FRAME_BYTES_MAX));
        // Each message counts at once: no Nagle.
        let without_delay = true;
        Self::Opening(Box::pin(async move {
            let opened = connect_async_with_config(uri, Some(config), without_delay);
            opened.await.map(|(stream, _)| stream)
        }))
    }

    /// The next thing that happens; cancelled, nothing is lost.
    pub(crate) async fn next(&mut self, reading: Reading) -> Happened {
        match self {
            Self::Down => pending().await,
            Self::Opening(opening) => match opening.await {
                Ok(stream) => {
                    *self = Self::Open(Box::new(Socket::new(stream)));
                    Happened::Opened
                }
                Err(error) => {
                    *self = Self::Down;
                    Happened::Ended(Some(ConnectionError::Unreachable(Arc::new(error))))
                }
            },
            Self::Open(socket) => poll_fn(|cx| socket.poll(cx, reading)).await,
        }
    }

    /// Frames that wait for the socket.
    pub(crate) fn sending(&self) -> usize {
        match self {
            Self::Open(socket) => socket.sending.len(),
            Self::Down | Self::Opening(_) => 0,
        }
    }

    /// Sends this frame after those before it. Where no line is open nobody could take it.
    pub(crate) fn send(&mut self, text: String) {
        if let Self::Open(socket) = self {
            socket.send(text);
        }
    }

    /// Puts the line down; where it is open, gives what is still to do: send what waits, and say goodbye.
    pub(crate) fn leave(&mut self) -> Option<BoxFuture<'static, ()>> {
        match std::mem::replace(self, Self::Down) {
            Self::Open(socket) => Some(Box::pin(socket.farewell())),
            Self::Down | Self::Opening(_) => None,
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "Down",
            Self::Opening(_) => "Opening",
            Self::Open(_) => "Open",
        })
    }
}

/// An open socket and the frames that wait for it.
pub(crate) struct Socket {
    stream: Stream,
    sending: VecDeque<String>,
    writing: Writing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// All that was written has gone.
    Done,
    /// Something is in the stream's buffer.
    Unflushed,
    /// Nothing can be written any more; reading tells how the line ended.
    Failed,
    /// Too much waits.
    Clogged,
}

impl Socket {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            sending: VecDeque::new(),
            writing: Writing::Done,
        }
    }

    fn send(&mut self, text: String) {
        if self.sending.len() < SENDING_FRAMES_MAX {
            self.sending.push_back(text);
        } else {
            self.writing = Writing::Clogged;
        }
    }

    /// Writes what the socket takes, and reads. Neither waits for the other: a server that is not read stops reading.
    fn poll(&mut self, cx: &mut Context<'_>, reading: Reading) -> Poll<Happened> {
        self.poll_write(cx);
        if self.writing == Writing::Clogged {
            return Poll::Ready(Happened::Ended(Some(ConnectionError::Clogged)));
        }
        if reading == Reading::OnHold {
            return Poll::Pending;
        }
        loop {
            let happened = match self.stream.poll_next_unpin(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => Happened::Ended(None),
                Poll::Ready(Some(Err(error))) => {
                    Happened::Ended(Some(ConnectionError::Broken(Arc::new(error))))
                }
                Poll::Ready(Some(Ok(Message::Text(text)))) => Happened::Frame(text),
                Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                    Happened::Goodbye(frame.map(|frame| frame.code.into()))
                }
                // Pings are answered by the stream itself; messages are text.
                Poll::Ready(Some(Ok(
                    Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
                ))) => continue,
            };
            return Poll::Ready(happened);
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        if matches!(self.writing, Writing::Failed | Writing::Clogged) {
            return;
        }
        let written = loop {
            match self.stream.poll_ready_unpin(cx) {
                Poll::Pending => return,
                Poll::Ready(Err(error)) => break Err(error),
                Poll::Ready(Ok(())) => {}
            }
            let Some(text) = self.sending.pop_front() else {
                break Ok(());
            };
            self.writing = Writing::Unflushed;
            if let Err(error) = self.stream.start_send_unpin(Message::text(text)) {
                break Err(error);
            }
        };
        let flushed = match (written, self.writing) {
            (Ok(()), Writing::Unflushed) => self.stream.poll_flush_unpin(cx),
            (written, _) => Poll::Ready(written),
        };
        match flushed {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.writing = Writing::Done,
            Poll::Ready(Err(_)) => {
                self.sending.clear();
                self.writing = Writing::Failed;
            }
        }
    }

    /// Sends what waits, says goodbye and hears the answer, all within [`CLOSE_TIMEOUT_MS`].
    async fn farewell(mut self: Box<Self>) {
        let goodbye = CloseFrame {
            code: CloseCode::Normal,
            reason: "bye".into(),
        };
        let said = async {
            for text in std::mem::take(&mut self.sending) {
                self.stream.feed(Message::text(text)).await?;
            }
            self.stream.close(Some(goodbye)).await?;
            while let Some(last) = self.stream.next().await {
                last?;
            }
            Ok::<(), Error>(())
        };
        // A line that breaks now has ended all the same.
        drop(tokio::time::timeout(Duration::from_millis(CLOSE_TIMEOUT_MS), said).await);
    }
}

/// A future that may not be there, and is then never done.
pub(crate) async fn done(future: &mut Option<Pin<Box<dyn Future<Output = ()> + Send>>>) {
    match future {
        Some(running) => {
            running.await;
            *future = None;
        }
        None => pending().await,
    }
}
