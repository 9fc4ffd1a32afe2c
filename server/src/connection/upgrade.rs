//! Takes a WebSocket's socket out of actix-http once the handshake is answered, so that nothing of
//! HTTP is left between a connection and its socket.
//!
//! actix-web routes and answers the request like any other. As actix-ws has it, the answer's body
//! would then stream through actix-http's dispatcher, which keeps two buffers of 8 KiB for each
//! connection for as long as it lives, and polls its timers, the body and a channel at each
//! message. This file replaces that, and earns its place (docs/PERFORMANCE.md, "What makes it
//! fast"): an idle connection costs 9 KiB instead of 14, and deliveries for each second of a
//! processor went from
//! 0.63 of the floor to 0.80. It uses actix-http's own hook for other protocols,
//! `HttpServiceBuilder::upgrade`.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
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
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::tcp::OwnedReadHalf,
};

use crate::connection::socket::SocketWriter;

/// Bytes read at once, into a buffer that all connections of a thread share.
const READ_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES_MAX].into());
}

/// Has the app answer a request for another protocol, and writes the answer to its end. The app
/// finds the socket's [`SocketWriter`] in the request's extensions. A WebSocket's body writes to it
/// by itself and gives no bytes here; the body of a refusal does.
///
/// # Errors
/// The app's error, or what broke the connection.
pub(crate) async fn serve<S, B>(
    app: &S,
    request: Request,
    framed: Framed<TcpStream, Codec>,
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let SocketParts {
        writer,
        inbound,
        mut codec,
    } = SocketParts::from(framed);
    let payload: BoxedPayloadStream = Box::pin(inbound);
    let (request, _) = request.replace_payload(Payload::Stream { payload });

    request.extensions_mut().insert(writer.clone());

    let response: HttpResponse<B> = app.call(request).await?.into();
    let (head, body) = response.into_parts();
    let mut encode = move |message| {
        let mut out = BytesMut::new();
        codec.encode(message, &mut out).map(|()| out.freeze())
    };
    let head = encode(Message::Item((head.into(), body.size())))?;
    write(&writer, head).await?;
    let mut body = pin!(body);
    while let Some(chunk) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        let chunk = encode(Message::Chunk(Some(chunk.map_err(Into::into)?)))?;
        write(&writer, chunk).await?;
    }
    let end = encode(Message::Chunk(None))?;
    Ok(write(&writer, end).await?)
}

async fn write(writer: &SocketWriter, bytes: Bytes) -> io::Result<()> {
    writer.buffer(bytes);
    poll_fn(|cx| writer.poll_flush(cx)).await
}

/// A socket's two directions, and what encodes the answer.
struct SocketParts {
    writer: Rc<SocketWriter>,
    inbound: Inbound,
    codec: Codec,
}

impl From<Framed<TcpStream, Codec>> for SocketParts {
    /// Takes actix's pair of socket and codec apart. The 8 KiB that the request was read into are
    /// given back.
    fn from(framed: Framed<TcpStream, Codec>) -> Self {
        let parts = framed.into_parts();
        let (read, write) = parts.io.into_split();
        Self {
            writer: Rc::new(SocketWriter::new(write)),
            inbound: Inbound {
                read,
                early: Bytes::copy_from_slice(&parts.read_buf),
                yields_next: false,
            },
            codec: parts.codec,
        }
    }
}

/// What arrives on the socket, as the request's payload.
struct Inbound {
    read: OwnedReadHalf,
    /// Bytes that arrived together with the request.
    early: Bytes,
    /// The last read filled the buffer, so there may be more at once: the thread's other tasks get
    /// their turn first.
    yields_next: bool,
}

impl Stream for Inbound {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if !this.early.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut this.early))));
        }
        if std::mem::take(&mut this.yields_next) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(Pin::new(&mut this.read).poll_read(cx, &mut buffer))?;
            this.yields_next = buffer.remaining() == 0;
            let read = buffer.filled();
            Poll::Ready((!read.is_empty()).then(|| Ok(Bytes::copy_from_slice(read))))
        })
    }
}
