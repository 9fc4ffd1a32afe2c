//! A WebSocket's socket with TLS, which its reader and its writer share.
//!
//! Writing encrypts into the session's buffer, up to [`TLS_BUFFER_BYTES_MAX`], and sends from
//! there. So the socket may have taken a message of which the system has not taken all: it is not
//! flushed then, and the connection's task sends the rest.

use std::{
    cell::RefCell,
    io::{self, Write},
    net::Shutdown,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use parlor_shared::limits::TLS_BUFFER_BYTES_MAX;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{rustls::ServerConnection, server::TlsStream};

use crate::connection::socket::{WriteSocket, poll_try};

/// See the module.
#[derive(Debug)]
pub(crate) struct TlsSocket(TlsStream<TcpStream>);

impl TlsSocket {
    /// The socket once the handshake is done.
    pub(super) fn new(mut stream: TlsStream<TcpStream>) -> Self {
        let (_, session) = stream.get_mut();
        session.set_buffer_limit(Some(TLS_BUFFER_BYTES_MAX));
        Self(stream)
    }

    /// Reads what the client has sent, decrypted.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }

    /// Says that nothing more comes, in TLS and below it.
    pub(super) fn shut_down_write(&mut self) -> io::Result<()> {
        let (tcp, session) = self.0.get_mut();
        session.send_close_notify();
        send(session, |bytes| SockRef::from(&*tcp).send(bytes))?;
        SockRef::from(&*tcp).shutdown(Shutdown::Write)
    }

    /// Encrypts as many of these bytes as fit into the buffer once it is sent, and sends them.
    fn write(
        &mut self,
        bytes: &[u8],
        socket: impl Fn(&TcpStream, &[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let (tcp, session) = self.0.get_mut();
        let tcp = &*tcp;
        send(session, |bytes| socket(tcp, bytes))?;
        let taken = session.writer().write(bytes)?;
        match send(session, |bytes| socket(tcp, bytes)) {
            // The rest is sent by a flush.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(taken),
            sent => sent.map(|()| taken),
        }
    }
}

/// Sends what the session has encrypted.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] if the socket does not take all of it now.
fn send(
    session: &mut ServerConnection,
    socket: impl Fn(&[u8]) -> io::Result<usize>,
) -> io::Result<()> {
    struct RawSend<F>(F);
    impl<F: Fn(&[u8]) -> io::Result<usize>> Write for RawSend<F> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            (self.0)(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut raw = RawSend(socket);
    while session.wants_write() {
        if session.write_tls(&mut raw)? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

impl WriteSocket for Rc<RefCell<TlsSocket>> {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |tcp: &TcpStream, bytes: &[u8]| SockRef::from(tcp).send(bytes);
        self.borrow_mut().write(bytes, send)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        poll_try(
            || self.borrow_mut().write(bytes, TcpStream::try_write),
            |cx| self.borrow().0.get_ref().0.poll_write_ready(cx),
            cx,
        )
    }

    fn is_flushed(&self) -> bool {
        !self.borrow().0.get_ref().1.wants_write()
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_try(
            || {
                let mut socket = self.borrow_mut();
                let (tcp, session) = socket.0.get_mut();
                let tcp = &*tcp;
                send(session, |bytes| tcp.try_write(bytes))
            },
            |cx| self.borrow().0.get_ref().0.poll_write_ready(cx),
            cx,
        )
    }
}
