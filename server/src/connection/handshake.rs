//! `GET /ws`: checks the request, answers the handshake, and hands the socket to the connection.

use std::{rc::Rc, sync::Arc};

use actix_http::ws::HandshakeError;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, body::BoxBody, dev,
    error::ErrorForbidden, http::header, web,
};
use parlor_shared::{SUB_PROTOCOL, close::CloseCode};

use crate::{
    address::{Address, Network},
    connection::{
        Connection,
        inbound::Inbound,
        outbound::Outbound,
        proxy::{ForwardedHeaders, client_address},
        upgrade::{Upgraded, UpgradedSocket},
    },
    dispatch::client::Client,
    node::{Connections, Fit, Node},
    operation::Phase,
    repeated_line::log_repeated,
    rooms::registry::SessionRegistry,
    threads::ThreadSessions,
};

/// What the connections of one thread share; in the app's data.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) registry: Rc<SessionRegistry>,
    pub(crate) sessions: Rc<ThreadSessions>,
}

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
    if node.operation.phase() != Phase::Open {
        return Ok(restarting());
    }
    let socket = request.extensions_mut().remove::<UpgradedSocket>();
    let thread = request.app_data::<Thread>().cloned();
    let (Some(socket), Some(thread)) = (socket, thread) else {
        return Ok(refusal(HandshakeError::NoWebsocketUpgrade));
    };
    // actix-ws answers. The connection reads and writes its socket itself, so what actix-ws would
    // do that with goes with this statement.
    let payload = web::Payload::from_request(&request, &mut dev::Payload::None).await?;
    let opened = actix_ws::handle_with_protocols(&request, payload, &[SUB_PROTOCOL]);
    let response = match opened {
        Ok((response, ..)) => response,
        Err(error) => return error.as_error().copied().map(refusal).ok_or(error),
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    let forwarded = ForwardedHeaders::of(request.headers());
    let address = client_address(peer, &forwarded, &node.proxies);
    let mut response = response.map_body(|_, _| BoxBody::new(()));
    let serving = connection(node, socket, thread, address.map(Network::from));
    response.extensions_mut().insert(Upgraded::to(serving));
    Ok(response)
}

/// The life of a connection, from the end of its handshake on.
fn connection(
    node: Arc<Node>,
    socket: UpgradedSocket,
    thread: Thread,
    network: Option<Network>,
) -> impl Future<Output = ()> + 'static {
    let UpgradedSocket {
        writer,
        reader,
        early,
    } = socket;
    let inbound = Inbound::new(reader.bytes(early), node.limits.frame_bytes_max as usize);
    let outbound = Rc::new(Outbound::new(writer, thread.registry));
    let client = Client::new(node.clone(), outbound, network);
    let (counted, fit) = Connections::count(&node, client.address.as_ref());
    log_refusal(&client, fit);
    let listed = thread
        .sessions
        .add(client.facts.clone(), client.outbound.clone());
    let too_many = match fit {
        Fit::Fits => None,
        Fit::TooMany => Some(CloseCode::TooManyConnections),
        Fit::TooManyFromAddress => Some(CloseCode::TooManyFromAddress),
    };
    let mut connection = Connection::new(client, inbound);
    async move {
        let (_counted, _listed) = (counted, listed);
        match too_many {
            None => connection.serve().await,
            Some(code) => connection.refuse(code).await,
        }
        drop(connection);
        reader.finish().await;
    }
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
            "This is the address of a WebSocket, not of the page.\n",
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

/// The answer while the server sends its clients away: they try again later, here or elsewhere.
fn restarting() -> HttpResponse<BoxBody> {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, 1))
        .content_type("text/plain; charset=utf-8")
        .body("The server is restarting. Try again in a moment.\n")
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
