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
    span: Cell<Span>,
    /// Since when the client takes nothing of what there is to write, if it does not.
    blocked_at: Cell<Option<Instant>>,
    /// Its place among the sockets that speak HTTP.
    counted: RefCell<Option<HttpCounted>>,
}

/// How long an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    /// As long as the client takes to send the request and to take the answer.
    Brief,
    /// As long as there may be something to say: only a client that takes nothing of it is given
    /// up.
    Lasting,
}

/// A request whose body is read until this is dropped.
#[derive(Debug)]
pub(crate) struct Receiving(Rc<Exchange>);

/// An answer that has no end, or waits for something, until this is dropped.
#[derive(Debug)]
pub(crate) struct Lasting(Rc<Exchange>);

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
            span: Cell::new(Span::Brief),
            blocked_at: Cell::new(None),
            counted: RefCell::new(counted),
        });
        Self {
            timer: Box::pin(sleep_until(exchange.deadline().unwrap_or(now))),
            socket,
            exchange,
        }
    }

    pub(crate) fn exchange(&self) -> Rc<Exchange> {
        self.exchange.clone()
    }

    /// The socket, for another protocol, and its place among the sockets that speak HTTP.
    pub(crate) fn into_parts(self) -> (S, Option<HttpCounted>) {
        (self.socket, self.exchange.take_counted())
    }

    /// Pending until the socket has had its time.
    fn poll_timeout<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            let Some(deadline) = self.exchange.deadline() else {
                return Poll::Pending;
            };
            if deadline < self.timer.deadline() {
                self.timer.as_mut().reset(deadline);
            }
            ready!(self.timer.as_mut().poll(cx));
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

    /// Reads the body of the request that is being answered, until the result is dropped.
    pub(crate) fn receive(self: &Rc<Self>) -> Receiving {
        self.is_answering.set(false);
        self.wake_reader();
        Receiving(self.clone())
    }

    /// Gives the answer as long as it takes, until the result is dropped.
    pub(crate) fn last(self: &Rc<Self>) -> Lasting {
        self.span.set(Span::Lasting);
        Lasting(self.clone())
    }

    /// Its place among the sockets that speak HTTP: from now on it counts for something else.
    pub(crate) fn take_counted(&self) -> Option<HttpCounted> {
        self.counted.take()
    }

    /// When the client is given up; `None` while only the server has something to do.
    fn deadline(&self) -> Option<Instant> {
        let stall = Duration::from_millis(HTTP_STALL_MS_MAX);
        match self.span.get() {
            Span::Brief => {
                let request = self.request_at.get() + Duration::from_millis(HTTP_REQUEST_MS_MAX);
                Some(request.min(self.progress_at.get() + stall))
            }
            Span::Lasting => self.blocked_at.get().map(|since| since + stall),
        }
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.is_answering.set(false);
        self.0.wake_reader();
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.is_answering.set(true);
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        let now = Instant::now();
        self.0.request_at.set(now);
        self.0.progress_at.set(now);
        self.0.span.set(Span::Brief);
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
        let exchange = &this.exchange;
        if written.is_pending() {
            let since = exchange.blocked_at.get().unwrap_or_else(Instant::now);
            exchange.blocked_at.set(Some(since));
            return this.poll_timeout(cx);
        }
        exchange.blocked_at.set(None);
        exchange.progress_at.set(Instant::now());
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
mod tests;
