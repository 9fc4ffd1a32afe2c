//! A socket while it speaks HTTP: bounds what actix-http keeps for it, and for how long.
//!
//! actix-http reads on while an answer is being written, up to sixteen requests with heads of 128
//! KiB, and has no time-out for a client that takes its answer slowly or not at all, nor for the
//! head of a second request. Here nothing is read while a request is being answered, and a socket
//! without progress is closed.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use parlor_shared::limits::{HTTP_REQUEST_MS_MAX, HTTP_STALL_MS_MAX};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::node::HttpCounted;

/// A socket that speaks HTTP, until it is taken out for another protocol.
#[derive(Debug)]
pub(crate) struct HttpSocket<S> {
    socket: S,
    exchange: Rc<Exchange>,
    timer: Pin<Box<Sleep>>,
    /// Its place among the sockets that speak HTTP.
    counted: Option<HttpCounted>,
}

/// What the requests of one socket and the socket know of each other; in the requests' data.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The address of this machine that the client has reached.
    pub(crate) local: Option<SocketAddr>,
    /// Whether the socket speaks TLS.
    pub(crate) security: Security,
    is_answering: Cell<bool>,
    /// The connection, while it waits for the end of an answer to read on.
    reader: RefCell<Option<Waker>>,
    /// When the last request began; before the first one, when the socket was opened.
    request_at: Cell<Instant>,
    /// When the client last sent or took anything.
    progress_at: Cell<Instant>,
}

/// Whether others can read what a socket carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    Plain,
    Tls,
}

/// A request that is being answered until this is dropped.
#[derive(Debug)]
pub(crate) struct Answering(Rc<Exchange>);

impl<S> HttpSocket<S> {
    /// A socket that was opened now, at this address of the machine.
    pub(crate) fn new(
        socket: S,
        local: Option<SocketAddr>,
        security: Security,
        counted: Option<HttpCounted>,
    ) -> Self {
        let now = Instant::now();
        let exchange = Rc::new(Exchange {
            local,
            security,
            is_answering: Cell::new(false),
            reader: RefCell::default(),
            request_at: Cell::new(now),
            progress_at: Cell::new(now),
        });
        Self {
            timer: Box::pin(sleep_until(exchange.deadline())),
            socket,
            exchange,
            counted,
        }
    }

    pub(crate) fn exchange(&self) -> Rc<Exchange> {
        self.exchange.clone()
    }

    /// The socket, for another protocol, and its place among the sockets that speak HTTP.
    pub(crate) fn into_parts(self) -> (S, Option<HttpCounted>) {
        (self.socket, self.counted)
    }

    /// Pending until the socket has had its time.
    fn poll_timeout<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let deadline = self.exchange.deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(deadline);
        }
    }
}

impl Exchange {
    /// Begins to answer a request: nothing more is read until the result is dropped.
    pub(crate) fn answer(self: &Rc<Self>) -> Answering {
        let now = Instant::now();
        self.request_at.set(now);
        self.progress_at.set(now);
        self.is_answering.set(true);
        Answering(self.clone())
    }

    fn deadline(&self) -> Instant {
        let request = self.request_at.get() + Duration::from_millis(HTTP_REQUEST_MS_MAX);
        let progress = self.progress_at.get() + Duration::from_millis(HTTP_STALL_MS_MAX);
        request.min(progress)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.is_answering.set(false);
        if let Some(reader) = self.0.reader.take() {
            reader.wake();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HttpSocket<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.exchange.is_answering.get() {
            this.exchange.reader.replace(Some(cx.waker().clone()));
            return this.poll_timeout(cx);
        }
        let before = buffer.filled().len();
        if Pin::new(&mut this.socket)
            .poll_read(cx, buffer)?
            .is_pending()
        {
            return this.poll_timeout(cx);
        }
        this.exchange.progress_at.set(Instant::now());
        name_websocket_alone(&mut buffer.filled_mut()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HttpSocket<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write(cx, bytes);
        if written.is_pending() {
            return this.poll_timeout(cx);
        }
        this.exchange.progress_at.set(Instant::now());
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

const UPGRADE: &[u8] = b"upgrade:";
const WEBSOCKET: &[u8] = b"websocket";

/// Leaves `websocket` alone in each line `Upgrade: foo, websocket` of a request's head, and blanks
/// the other protocols: the client takes any of them (RFC 9110, section 7.8), and actix-http hands
/// the socket over only for a value that is this word. A line that is not read at once stays as it
/// is.
fn name_websocket_alone(head: &mut [u8]) {
    for line in head.split_mut(|&byte| byte == b'\n') {
        let is_upgrade = line
            .get(..UPGRADE.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(UPGRADE));
        let Some(value) = is_upgrade.then(|| &mut line[UPGRADE.len()..]) else {
            continue;
        };
        let is_named = value
            .split(|&byte| byte == b',')
            .any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(WEBSOCKET));
        if is_named && value.contains(&b',') {
            let end = value.len() - usize::from(value.ends_with(b"\r"));
            value[..end].fill(b' ');
            value[..WEBSOCKET.len()].copy_from_slice(WEBSOCKET);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn rewritten(head: &str) -> String {
        let mut bytes = head.as_bytes().to_vec();
        name_websocket_alone(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_lists_with_websocket_in_them_are_rewritten() {
        for head in [
            "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nupgrade: foo, notwebsocket\r\nx: websocket,\r\n",
            "upgrade",
            "upgrade:",
            "upgrade:,\r\n",
        ] {
            assert_eq!(rewritten(head), head);
        }
        let list = "a: b\r\nUpgrade: foo/1, WebSocket\r\nc: d\r\n";
        let alone = "a: b\r\nUpgrade:websocket        \r\nc: d\r\n";
        assert_eq!(rewritten(list), alone);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_of_its_answer_is_given_up() {
        let (ours, _theirs) = duplex(16);
        let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
        let _answering = socket.exchange().answer();
        let start = Instant::now();
        let error = socket.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_millis() as u64, HTTP_STALL_MS_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_its_answer_drop_by_drop_is_given_up() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
        let _answering = socket.exchange().answer();
        let start = Instant::now();
        let slow_reader = tokio::spawn(async move {
            let wait = Duration::from_millis(HTTP_STALL_MS_MAX / 2);
            while theirs.read_u8().await.is_ok() {
                tokio::time::sleep(wait).await;
            }
        });
        let error = socket.write_all(&[0; 100_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_millis() as u64, HTTP_REQUEST_MS_MAX);
        drop(socket);
        slow_reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_drop_by_drop_is_given_up() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
        let start = Instant::now();
        let slow_writer = tokio::spawn(async move {
            let wait = Duration::from_millis(HTTP_STALL_MS_MAX / 2);
            while theirs.write_all(b"x").await.is_ok() {
                tokio::time::sleep(wait).await;
            }
        });
        let error = socket.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_millis() as u64, HTTP_REQUEST_MS_MAX);
        drop(socket);
        slow_writer.await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_read_while_a_request_is_answered() {
        let (ours, mut theirs) = duplex(16);
        let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
        theirs.write_all(b"next").await.unwrap();
        let answering = socket.exchange().answer();
        let mut next = [0; 4];
        let mut read = std::pin::pin!(socket.read_exact(&mut next));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(read.as_mut().poll(&mut cx).is_pending());
        drop(answering);
        read.await.unwrap();
        assert_eq!(&next, b"next");
    }
}
