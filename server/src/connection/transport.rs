//! What carries a connection: TCP, with or without TLS, or a Unix socket. Here alone they differ.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream, tcp, unix},
};
use tokio_rustls::server::TlsStream;

use crate::connection::{
    http_socket::Security,
    read_socket::{ReadHalf, ReadSocket},
    socket::{SocketWriter, WriteSocket, poll_try},
    tls_socket::TlsSocket,
};

/// A socket to a client.
#[derive(Debug)]
pub(crate) enum Transport {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

impl Transport {
    /// The client's address, if it came over a network.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.tcp().and_then(|tcp| tcp.peer_addr().ok())
    }

    /// The address of this machine that the client has reached over a network.
    pub(crate) fn local(&self) -> Option<SocketAddr> {
        self.tcp().and_then(|tcp| tcp.local_addr().ok())
    }

    /// Whether it speaks TLS.
    pub(crate) fn security(&self) -> Security {
        match self {
            Self::Tls(_) => Security::Tls,
            Self::Tcp(_) | Self::Unix(_) => Security::Plain,
        }
    }

    fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(tcp) => Some(tcp),
            Self::Tls(tls) => Some(tls.get_ref().0),
            Self::Unix(_) => None,
        }
    }

    /// What reads it and what writes to it, for a WebSocket.
    pub(crate) fn split(self) -> (ReadSocket, Rc<SocketWriter>) {
        match self {
            Self::Tcp(tcp) => {
                let (read, write) = tcp.into_split();
                (ReadSocket::new(ReadHalf::Tcp(read)), writer(write))
            }
            Self::Unix(unix) => {
                let (read, write) = unix.into_split();
                (ReadSocket::new(ReadHalf::Unix(read)), writer(write))
            }
            Self::Tls(tls) => {
                let tls = Rc::new(RefCell::new(TlsSocket::new(*tls)));
                let read = ReadSocket::new(ReadHalf::Tls(tls.clone()));
                (read, writer(tls))
            }
        }
    }
}

fn writer(socket: impl WriteSocket + 'static) -> Rc<SocketWriter> {
    Rc::new(SocketWriter::new(socket))
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
            Self::Unix(unix) => Pin::new(unix).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
            Self::Unix(unix) => Pin::new(unix).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
            Self::Unix(unix) => Pin::new(unix).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
            Self::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
        }
    }
}

/// The write half of a socket of tokio's. Its two kinds have the same methods and no trait that has
/// them.
macro_rules! write_socket {
    ($half:ty) => {
        impl WriteSocket for $half {
            /// A plain `send`. tokio would first look up whether the socket is known to be
            /// writable; it nearly always is.
            fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                SockRef::from(self.as_ref()).send(bytes)
            }

            fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                let socket = self.as_ref();
                poll_try(
                    || socket.try_write(bytes),
                    |cx| socket.poll_write_ready(cx),
                    cx,
                )
            }
        }
    };
}

write_socket!(tcp::OwnedWriteHalf);
write_socket!(unix::OwnedWriteHalf);
