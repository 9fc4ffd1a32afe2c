//! The bytes of a WebSocket, from the handshake on: actix-http hands the socket over, and nothing of its HTTP
//! machinery is left between a tail and its socket.
//!
//! actix-web routes and answers the request as any other. While its dispatcher could stream the answer too, it would
//! hold two buffers of 8 KiB for each connection and be asked for everything else it can do at each message.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io::{self, ErrorKind},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_codec::{Encoder, Framed};
use actix_http::{
    BoxedPayloadStream, Request,
    h1::{Codec, Message},
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{Payload, Service, ServiceResponse},
    error::PayloadError,
    rt::net::TcpStream,
};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::Stream;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
};

/// What is read at once, into memory that all connections of a thread share.
const READ_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES_MAX].into());
}

/// Has the app answer a request for another protocol, and writes the answer to its end. What the answer's body has not
/// written to the request's [`SocketWriter`] itself is written here, as for a request that is refused.
///
/// # Errors
/// What the app, or the socket, has to say.
pub(crate) async fn serve<S, B>(
    app: &S,
    request: Request,
    framed: Framed<TcpStream, Codec>,
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let (socket, inbound, mut codec) = take_apart(framed);
    let payload: BoxedPayloadStream = Box::pin(inbound);
    let (request, _) = request.replace_payload(Payload::Stream { payload });

    request.extensions_mut().insert(socket.clone());

    let response: HttpResponse<B> = app.call(request).await?.into();
    let (head, body) = response.into_parts();
    let mut encode = move |message| {
        let mut out = BytesMut::new();
        codec.encode(message, &mut out).map(|()| out.freeze())
    };
    let head = encode(Message::Item((head.into(), body.size())))?;
    socket.write(head).await?;
    let mut body = pin!(body);
    while let Some(chunk) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        let chunk = encode(Message::Chunk(Some(chunk.map_err(Into::into)?)))?;
        socket.write(chunk).await?;
    }
    Ok(socket.write(encode(Message::Chunk(None))?).await?)
}

/// The socket's two ways, and what encodes the answer. What the request was read into, 8 KiB, is given back.
fn take_apart(framed: Framed<TcpStream, Codec>) -> (Rc<SocketWriter>, Inbound, Codec) {
    let parts = framed.into_parts();
    let (read, write) = parts.io.into_split();
    let inbound = Inbound {
        read,
        early: Bytes::copy_from_slice(&parts.read_buf),
        pause: false,
    };
    (Rc::new(SocketWriter::new(write)), inbound, parts.codec)
}

/// A socket's way out, and what is on it.
#[derive(Debug)]
pub(crate) struct SocketWriter {
    socket: OwnedWriteHalf,
    /// Nothing is under way, and nothing waits to be: whoever has something may write it.
    quiet: Cell<bool>,
    /// What the socket did not take yet.
    rest: RefCell<Bytes>,
}

impl SocketWriter {
    pub(crate) fn new(socket: OwnedWriteHalf) -> Self {
        Self {
            socket,
            quiet: Cell::new(false),
            rest: RefCell::default(),
        }
    }

    /// Whether nothing is under way: what is written now is next.
    pub(crate) fn is_idle(&self) -> bool {
        self.quiet.get()
    }

    /// Says that nothing is under way.
    pub(crate) fn mark_idle(&self) {
        self.quiet.set(true);
    }

    /// Says that something is about to be written, before anything else.
    pub(crate) fn mark_busy(&self) {
        self.quiet.set(false);
    }

    /// Whether the system has all that was kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.borrow().is_empty()
    }

    /// Writes as much of these bytes as the system takes now. A socket that is broken takes none, and says so to
    /// whoever flushes.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> usize {
        // Not through the runtime, which would first look up what it knows of the socket: mostly it is writable.
        SockRef::from(self.socket.as_ref())
            .send(bytes)
            .unwrap_or_default()
    }

    /// Keeps these bytes, to be flushed; all before them are.
    pub(crate) fn keep(&self, bytes: Bytes) {
        self.quiet.set(false);
        self.rest.replace(bytes);
    }

    /// Resolves when the system has all that was kept.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut rest = self.rest.borrow_mut();
        while !rest.is_empty() {
            match self.socket.try_write(&rest) {
                Ok(count) => rest.advance(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.socket.as_ref().poll_write_ready(cx))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        // A buffer is not kept for what is left of it.
        *rest = Bytes::new();
        Poll::Ready(Ok(()))
    }

    async fn write(&self, bytes: Bytes) -> io::Result<()> {
        self.keep(bytes);
        poll_fn(|cx| self.poll_flush(cx)).await
    }
}

/// What comes in on the socket, as the request's payload.
struct Inbound {
    read: OwnedReadHalf,
    /// What came together with the request.
    early: Bytes,
    /// There may be more to read at once: others first.
    pause: bool,
}

impl Stream for Inbound {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if !this.early.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut this.early))));
        }
        if std::mem::take(&mut this.pause) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        READ.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(Pin::new(&mut this.read).poll_read(cx, &mut buffer))?;
            this.pause = buffer.remaining() == 0;
            let read = buffer.filled();
            Poll::Ready((!read.is_empty()).then(|| Ok(Bytes::copy_from_slice(read))))
        })
    }
}
