//! The bytes of a WebSocket, from the handshake on: actix-http hands the socket over, and nothing of its HTTP
//! machinery is left between a tail and its socket.
//!
//! actix-web routes and answers the request as any other. While its dispatcher could stream the answer too, it would
//! hold two buffers of 8 KiB for each connection and be asked for everything else it can do at each message.

use std::{
    cell::RefCell,
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
/// written to the request's [`Outlet`] itself is written here, as for a request that is refused.
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
    let (outlet, inbound, mut codec) = take_apart(framed);
    let payload: BoxedPayloadStream = Box::pin(inbound);
    let (request, _) = request.replace_payload(Payload::Stream { payload });

    request.extensions_mut().insert(outlet.clone());

    let response: HttpResponse<B> = app.call(request).await?.into();
    let (head, body) = response.into_parts();
    let mut encode = move |message| {
        let mut out = BytesMut::new();
        codec.encode(message, &mut out).map(|()| out.freeze())
    };
    let head = encode(Message::Item((head.into(), body.size())))?;
    outlet.write_all(head).await?;
    let mut body = pin!(body);
    while let Some(chunk) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        let chunk = encode(Message::Chunk(Some(chunk.map_err(Into::into)?)))?;
        outlet.write_all(chunk).await?;
    }
    Ok(outlet.write_all(encode(Message::Chunk(None))?).await?)
}

/// The socket's two ways, and what encodes the answer. What the request was read into, 8 KiB, is given back.
fn take_apart(framed: Framed<TcpStream, Codec>) -> (Rc<Outlet>, Inbound, Codec) {
    let parts = framed.into_parts();
    let (read, write) = parts.io.into_split();
    let inbound = Inbound {
        read,
        early: Bytes::copy_from_slice(&parts.read_buf),
        pause: false,
    };
    (Rc::new(Outlet(write)), inbound, parts.codec)
}

/// A socket's way out.
#[derive(Debug)]
pub(crate) struct Outlet(OwnedWriteHalf);

impl Outlet {
    /// Writes as much of these bytes as the system takes; waits until it takes some.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.0.as_ref().poll_write_ready(cx))?;
                }
                written => return Poll::Ready(written),
            }
        }
    }

    /// Writes as much of these bytes as the system takes now. A socket that is broken takes none, and says so to
    /// whoever waits for it.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> usize {
        self.0.try_write(bytes).unwrap_or_default()
    }

    async fn write_all(&self, mut bytes: Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = poll_fn(|cx| self.poll_write(cx, &bytes)).await?;
            bytes.advance(count);
        }
        Ok(())
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
