//! `GET /ws`: checks the request, answers the handshake, and hands the socket to the connection.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::ws::HandshakeError;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev,
    error::ErrorForbidden,
    http::header,
    web,
};
use bytes::Bytes;
use futures_util::{FutureExt, future::LocalBoxFuture};
use parlor_shared::{SUB_PROTOCOL, close::CloseCode};

use super::{flush, serve};
use crate::{
    address::{Address, Network},
    connection::{
        inbound::{GuardedBytes, Inbound},
        outbound::Outbound,
        proxy::{ForwardedHeaders, client_address},
        upgrade::UpgradedSocket,
    },
    dispatch::client::Client,
    node::{Connections, Fit, Node},
    repeated_line::log_repeated,
    rooms::registry::SessionRegistry,
};

/// Turns the request into a connection.
///
/// # Errors
/// A response that says why it is not one: an origin that may not connect, or no WebSocket
/// handshake.
pub(crate) async fn open(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse<BoxBody>, Error> {
    let node = node.into_inner();
    check_origin(&request, &node)?;
    let socket = request.extensions_mut().remove::<UpgradedSocket>();
    let registry = request.app_data::<Rc<SessionRegistry>>().cloned();
    let (Some(socket), Some(registry)) = (socket, registry) else {
        return Ok(refusal(HandshakeError::NoWebsocketUpgrade));
    };
    let UpgradedSocket {
        writer,
        reader,
        early,
    } = socket;
    let message_bytes_max = node.limits.frame_bytes_max as usize;
    let payload = GuardedBytes::new(reader.bytes(early), message_bytes_max);
    let mut payload: dev::Payload = dev::Payload::Stream {
        payload: Box::pin(payload),
    };
    let payload = web::Payload::from_request(&request, &mut payload).await?;
    // actix-ws reads. Writing is the connection's own, so the session that actix-ws would write
    // with is not needed.
    let (response, _, frames) =
        match actix_ws::handle_with_protocols(&request, payload, &[SUB_PROTOCOL]) {
            Ok(opened) => opened,
            Err(error) => return error.as_error().copied().map(refusal).ok_or(error),
        };
    let mut inbound = Inbound::new(frames.max_frame_size(message_bytes_max));

    let peer = request.peer_addr().map(|peer| peer.ip());
    let forwarded = ForwardedHeaders::of(request.headers());
    let address = client_address(peer, &forwarded, &node.proxies);
    let outbound = Rc::new(Outbound::new(writer, registry));
    let client = Client::new(node.clone(), outbound, address.map(Network::from));
    let (counted, fit) = Connections::count(&node, client.address.as_ref());
    log_refusal(&client, fit);
    let too_many = match fit {
        Fit::Fits => None,
        Fit::TooMany => Some(CloseCode::TooManyConnections),
        Fit::TooManyFromAddress => Some(CloseCode::TooManyFromAddress),
    };
    let serving = async move {
        let _counted = counted;
        match too_many {
            None => serve(client, &mut inbound).await,
            Some(code) => {
                client.outbound.close(code);
                flush(&client.outbound).await;
            }
        }
        drop(inbound);
        reader.finish().await;
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
    match fit {
        Fit::Fits => {}
        Fit::TooMany => {
            let why = "there are as many connections as --connections-max allows";
            log_repeated!(warn, "refused: {why}");
        }
        Fit::TooManyFromAddress => {
            let address = client.address.as_ref().map(Address::network);
            log_repeated!(
                warn,
                address = address.map(tracing::field::display),
                "refused: an address has as many connections as --connections-per-address \
                 allows; if it is a reverse proxy, name it with --trust-proxy"
            );
        }
    }
}

/// The answer to a request that is no WebSocket handshake, or one that this server does not speak.
fn refusal(error: HandshakeError) -> HttpResponse<BoxBody> {
    let (mut response, why) = match error {
        HandshakeError::GetMethodRequired
        | HandshakeError::NoWebsocketUpgrade
        | HandshakeError::NoConnectionUpgrade => (
            HttpResponse::UpgradeRequired(),
            "This is the address of a WebSocket. The page is at /.\n",
        ),
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => (
            HttpResponse::UpgradeRequired(),
            "This server speaks version 13 of the WebSocket protocol.\n",
        ),
        HandshakeError::BadWebsocketKey => (
            HttpResponse::BadRequest(),
            "Sec-WebSocket-Key must be 16 bytes in base64.\n",
        ),
    };
    response
        .insert_header((header::UPGRADE, "websocket"))
        .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
        .content_type("text/plain; charset=utf-8")
        .body(why)
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
    log_repeated!(
        warn,
        origin = origin.unwrap_or_default(),
        "refused: start with --allow-origin to let pages of that origin connect"
    );
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
