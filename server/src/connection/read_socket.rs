//! The read half of a socket, shared by the reader of messages and by what ends the connection.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::Shutdown,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use parlor_shared::limits::CLOSE_TIMEOUT_MS;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{tcp, unix},
};

use crate::connection::tls_socket::TlsSocket;

/// Bytes read at once, into a buffer that all connections of a thread share.
pub(crate) const READ_BYTES_MAX: usize = 8 * 1024;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES_MAX].into());
}

/// The read half of one connection's socket.
#[derive(Debug, Clone)]
pub(crate) struct ReadSocket(Rc<RefCell<ReadHalf>>);

/// The read half of each kind of socket.
#[derive(Debug)]
pub(super) enum ReadHalf {
    Tcp(tcp::OwnedReadHalf),
    Unix(unix::OwnedReadHalf),
    /// Shared with the writer.
    Tls(Rc<RefCell<TlsSocket>>),
}

impl ReadHalf {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(read) => Pin::new(read).poll_read(cx, buffer),
            Self::Unix(read) => Pin::new(read).poll_read(cx, buffer),
            Self::Tls(tls) => tls.borrow_mut().poll_read(cx, buffer),
        }
    }

    /// Tells the client that nothing more comes.
    fn shut_down_write(&self) -> io::Result<()> {
        match self {
            Self::Tcp(read) => SockRef::from(read.as_ref()).shutdown(Shutdown::Write),
            Self::Unix(read) => SockRef::from(read.as_ref()).shutdown(Shutdown::Write),
            Self::Tls(tls) => tls.borrow_mut().shut_down_write(),
        }
    }
}

impl ReadSocket {
    pub(super) fn new(socket: ReadHalf) -> Self {
        Self(Rc::new(RefCell::new(socket)))
    }

    /// The client's bytes, beginning with `early`, which came together with its request.
    pub(crate) fn bytes(&self, early: Bytes) -> SocketBytes {
        let socket = self.clone();
        SocketBytes { socket, early }
    }

    /// Reads once and gives `take` what was read; it is empty where the client's bytes end.
    fn poll_read<T>(&self, cx: &mut Context<'_>, take: fn(&[u8]) -> T) -> Poll<io::Result<T>> {
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let mut socket = self.0.borrow_mut();
            ready!(socket.poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(take(buffer.filled())))
        })
    }

    /// Ends the connection after the server's last byte, in the order of RFC 6455, section 7.1.1:
    /// tells the client that nothing more comes, and discards what it still sends until it has
    /// closed as well, for at most [`CLOSE_TIMEOUT_MS`]. If the socket was closed with bytes
    /// unread, the system would reset the connection, and the client could lose the close frame.
    pub(crate) async fn finish(self) {
        if self.0.borrow().shut_down_write().is_err() {
            // The connection is broken already.
            return;
        }
        let discard = async {
            while let Ok(true) = poll_fn(|cx| self.poll_read(cx, |read| !read.is_empty())).await {}
        };
        let timeout = Duration::from_millis(CLOSE_TIMEOUT_MS);
        // A client that does not close in time has had its time.
        tokio::time::timeout(timeout, discard).await.ok();
    }
}

/// See [`ReadSocket::bytes`].
#[derive(Debug)]
pub(crate) struct SocketBytes {
    socket: ReadSocket,
    early: Bytes,
}

impl Stream for SocketBytes {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.early.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.early))));
        }
        let read = ready!(self.socket.poll_read(cx, Bytes::copy_from_slice));
        Poll::Ready(match read {
            Ok(bytes) if bytes.is_empty() => None,
            read => Some(read),
        })
    }
}
