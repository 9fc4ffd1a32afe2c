//! Takes a WebSocket's socket out of actix-http once the handshake is answered, so that nothing of
//! HTTP is left between a connection and its socket.
//!
//! actix-web routes and answers the request like any other. As actix-ws has it, the answer's body
//! would then stream through actix-http's dispatcher, which keeps two buffers of 8 KiB for each
//! connection for as long as it lives, and polls its timers, the body and a channel at each
//! message. This file replaces that, and earns its place (docs/PERFORMANCE.md, "What makes it
//! fast"). It uses actix-http's own hook for other protocols, `HttpServiceBuilder::upgrade`, and
//! the connection runs as a task of its own: that of the request ends with the handshake, and with
//! it go the dispatcher, the request and the futures of its handlers, 4 KiB together.

use std::{future::poll_fn, io, pin::pin, rc::Rc, time::Duration};

use actix_codec::{Encoder, Framed, FramedParts};
use actix_http::{
    Request,
    h1::{Codec, Message},
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
};
use bytes::{Bytes, BytesMut};
use parlor_shared::limits::{HTTP_REQUEST_MS_MAX, HTTP_STALL_MS_MAX};

use crate::connection::{
    http_socket::HttpSocket, read_socket::ReadSocket, socket::SocketWriter, transport::Transport,
};

/// The protocol that a WebSocket's handshake names in `Upgrade`.
const WEBSOCKET: &str = "websocket";

/// The socket of a request for another protocol; in the request's extensions.
pub(crate) struct UpgradedSocket {
    pub(crate) writer: Rc<SocketWriter>,
    pub(crate) reader: ReadSocket,
    /// Bytes that arrived together with the request.
    pub(crate) early: Bytes,
}

/// What begins once the answer to a request is written: the life of a WebSocket's connection. In
/// the response's extensions.
pub(crate) struct Upgraded(Box<dyn FnOnce()>);

impl Upgraded {
    /// A connection that is served by this future, in a task of its own on this thread.
    pub(crate) fn to(serving: impl Future<Output = ()> + 'static) -> Self {
        Self(Box::new(|| {
            tokio::task::spawn_local(serving);
        }))
    }
}

/// Has the app answer a request for another protocol, and writes the answer to its end. The app
/// finds the [`UpgradedSocket`] in the request's extensions. If it puts an [`Upgraded`] into the
/// response's, that begins then.
///
/// # Errors
/// The app's error. A connection that breaks has only ended.
pub(crate) async fn serve<S, B>(
    app: &S,
    request: Request,
    framed: Framed<HttpSocket<Transport>, Codec>,
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    match answer(app, request, framed).await {
        Err(error) if error.as_error::<io::Error>().is_some() => Ok(()),
        answered => answered,
    }
}

async fn answer<S, B>(
    app: &S,
    mut request: Request,
    framed: Framed<HttpSocket<Transport>, Codec>,
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    name_websocket_alone(request.head_mut().headers_mut());
    // The buffers of 8 KiB are given back: what is not named here goes with this statement.
    let FramedParts {
        io,
        codec,
        read_buf,
        ..
    } = framed.into_parts();
    let (socket, counted) = io.into_parts();
    let (reader, writer) = socket.split();
    request.extensions_mut().insert(UpgradedSocket {
        writer: writer.clone(),
        reader,
        early: Bytes::copy_from_slice(&read_buf),
    });
    drop(read_buf);

    let mut response: HttpResponse<B> = app.call(request).await?.into();
    let upgraded = response.extensions_mut().remove::<Upgraded>();
    // Any path can be asked for in this way. What is no WebSocket is an answer like any other: its
    // socket counts until it is written, and has as long as the others.
    let timeout = Duration::from_millis(HTTP_REQUEST_MS_MAX);
    let written = tokio::time::timeout(timeout, write_response(&writer, codec, response));
    written.await.map_err(io::Error::from)??;
    // From here on a WebSocket counts as a connection.
    drop(counted);
    if let Some(Upgraded(begin)) = upgraded {
        begin();
    }
    Ok(())
}

/// Writes a response to its end.
async fn write_response<B: MessageBody>(
    writer: &SocketWriter,
    mut codec: Codec,
    response: HttpResponse<B>,
) -> Result<(), Error> {
    let (head, body) = response.into_parts();
    let mut encode = move |message| {
        let mut out = BytesMut::new();
        codec.encode(message, &mut out).map(|()| out.freeze())
    };
    let head = encode(Message::Item((head.into(), body.size())))?;
    write(writer, head).await?;
    let mut body = pin!(body);
    while let Some(chunk) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        let chunk = encode(Message::Chunk(Some(chunk.map_err(Into::into)?)))?;
        write(writer, chunk).await?;
    }
    let end = encode(Message::Chunk(None))?;
    Ok(write(writer, end).await?)
}

/// Leaves `Upgrade: websocket` alone where it stands among other protocols, in one header or
/// several (RFC 9110, section 7.8).
fn name_websocket_alone(headers: &mut HeaderMap) {
    let is_named = headers
        .get_all(header::UPGRADE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case(WEBSOCKET));
    if is_named {
        headers.insert(header::UPGRADE, HeaderValue::from_static(WEBSOCKET));
    }
}

/// Writes these bytes, unless the client does not take them in time.
async fn write(writer: &SocketWriter, bytes: Bytes) -> io::Result<()> {
    writer.buffer(bytes);
    let flushed = poll_fn(|cx| writer.poll_flush(cx));
    let timeout = Duration::from_millis(HTTP_STALL_MS_MAX);
    tokio::time::timeout(timeout, flushed).await?
}
