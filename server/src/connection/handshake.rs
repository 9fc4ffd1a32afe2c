//! `GET /ws`: checks the request, answers the handshake, and hands the socket to the connection.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev,
    error::{ErrorBadRequest, ErrorForbidden, PayloadError},
    http::header,
    web,
};
use bytes::Bytes;
use futures_util::{FutureExt, Stream, future::LocalBoxFuture};
use parlor_shared::{SUB_PROTOCOL, close::CloseCode, limits::FRAME_BYTES_MAX};

use super::{close, serve};
use crate::{
    address::{Address, Network},
    connection::{
        frame_guard::FrameGuard, outbound::Outbound, proxy::client_address, socket::SocketWriter,
    },
    dispatch::client::Client,
    node::{Connections, Fit, Node},
    rooms::registry::SessionRegistry,
};

/// Turns the request into a connection.
///
/// # Errors
/// A response that says why it is not one: an origin that may not connect, or no WebSocket
/// handshake.
pub(crate) async fn open(
    request: HttpRequest,
    payload: web::Payload,
    node: web::Data<Node>,
) -> Result<HttpResponse<BoxBody>, Error> {
    let node = node.into_inner();
    check_origin(&request, &node)?;
    let guarded = GuardedPayload {
        payload: payload.into_inner(),
        guard: FrameGuard::default(),
    };
    let mut guarded: dev::Payload = dev::Payload::Stream {
        payload: Box::pin(guarded),
    };
    let payload = web::Payload::from_request(&request, &mut guarded).await?;
    // actix-ws reads. Writing is the connection's own, so the session that actix-ws would write
    // with is not needed.
    let (response, _, stream) =
        actix_ws::handle_with_protocols(&request, payload, &[SUB_PROTOCOL])?;
    let stream = stream
        .max_frame_size(FRAME_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(FRAME_BYTES_MAX);

    let forwarded = request.headers().get_all(header::X_FORWARDED_FOR);
    let address = client_address(
        request.peer_addr().map(|peer| peer.ip()),
        forwarded.map(|value| value.to_str().unwrap_or_default()),
        &node.proxies,
    );
    let socket = request.extensions().get::<Rc<SocketWriter>>().cloned();
    let registry = request.app_data::<Rc<SessionRegistry>>().cloned();
    let (socket, registry) = socket
        .zip(registry)
        .ok_or_else(|| ErrorBadRequest("this connection can't be upgraded"))?;
    let outbound = Rc::new(Outbound::new(socket, registry));
    let client = Client::new(node.clone(), outbound, address.map(Network::from));
    let (counted, fit) = Connections::count(&node, client.address.as_ref());
    log_refusal(&client, fit);
    let serving = async move {
        let _counted = counted;
        match fit {
            Fit::Fits => serve(client, stream).await,
            Fit::TooMany => close(&client.outbound, CloseCode::TooManyConnections).await,
            Fit::TooManyFromAddress => close(&client.outbound, CloseCode::TooManyFromAddress).await,
        }
    };
    Ok(response.map_body(|_, body| {
        BoxBody::new(ConnectionBody {
            serving: serving.boxed_local(),
            _body: body,
        })
    }))
}

/// Logs that a connection is one too many.
fn log_refusal(client: &Client, fit: Fit) {
    let (lines, now_ms) = (&client.node.lines, client.now_ms());
    match fit {
        Fit::Fits => {}
        Fit::TooMany => {
            if let Some(times) = lines.server_full.count(now_ms) {
                let why = "there are as many connections as --connections-max allows";
                tracing::warn!(times, "refused: {why}");
            }
        }
        Fit::TooManyFromAddress => {
            if let Some(times) = lines.address_full.count(now_ms) {
                let address = client.address.as_ref().map(Address::network);
                tracing::warn!(
                    address = address.map(tracing::field::display),
                    times,
                    "refused: an address has as many connections as --connections-per-address \
                     allows; if it is a reverse proxy, name it with --trust-proxy"
                );
            }
        }
    }
}

fn check_origin(request: &HttpRequest, node: &Node) -> Result<(), Error> {
    let header = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("null"))
    };
    let origin = header(header::ORIGIN);
    let host = header(header::HOST).unwrap_or_default();
    if node.origins.allow(origin, host) {
        return Ok(());
    }
    let now_ms = node.hub.clock().now_ms();
    if let Some(times) = node.lines.origin_refused.count(now_ms) {
        let origin = origin.unwrap_or_default();
        tracing::warn!(
            origin,
            times,
            "refused: start with --allow-origin to let pages of that origin connect"
        );
    }
    Err(ErrorForbidden("pages of this origin may not connect here"))
}

/// The response's body. It runs the connection, which writes to the socket itself, and ends when
/// the connection does.
struct ConnectionBody {
    serving: LocalBoxFuture<'static, ()>,
    /// The body that actix-ws made. It is not polled, but once it is dropped, the stream of
    /// messages ends.
    _body: BoxBody,
}

impl MessageBody for ConnectionBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.serving.poll_unpin(cx).map(|()| None)
    }
}

/// The bytes from the socket, with the frame guard in front.
struct GuardedPayload {
    payload: dev::Payload,
    guard: FrameGuard,
}

impl Stream for GuardedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &next
            && self.guard.inspect(bytes).is_err()
        {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        next
    }
}
