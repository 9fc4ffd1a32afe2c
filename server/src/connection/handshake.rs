//! `GET /ws`: checks the request, answers the handshake, and hands the socket to the connection.

use std::{rc::Rc, sync::Arc};

use actix_http::ws::HandshakeError;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, body::BoxBody, dev,
    error::ErrorForbidden, http::header, web,
};
use parlor_shared::{SUB_PROTOCOL, close::CloseCode};

use crate::{
    access::Account,
    address::{Address, Network},
    connection::{
        Connection,
        bridge::{Bridged, bridge},
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

impl Thread {
    /// What connections on this thread share from now on. Its tasks are local ones.
    pub(crate) fn start(node: &Node) -> Self {
        let registry = SessionRegistry::new(|task| {
            tokio::task::spawn_local(task);
        });
        let (sessions, answering) = ThreadSessions::start(&node.operation.threads);
        tokio::task::spawn_local(answering);
        Self { registry, sessions }
    }
}

/// In the app's data where the sockets are those of another program's HTTP server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForeignSockets;

/// Turns the request into a connection.
///
/// # Errors
/// A response that says why it is not one: an origin that may not connect, or no WebSocket
/// handshake.
pub(crate) async fn open(
    request: HttpRequest,
    node: web::Data<Node>,
    sent: web::Payload,
) -> Result<HttpResponse<BoxBody>, Error> {
    let node = node.into_inner();
    check_origin(&request, &node)?;
    if node.operation.phase() != Phase::Open {
        return Ok(restarting());
    }
    let handed_over = request.extensions_mut().remove::<UpgradedSocket>();
    let is_foreign = request.app_data::<ForeignSockets>().is_some();
    let Some(thread) = request
        .app_data::<Thread>()
        .filter(|_| handed_over.is_some() || is_foreign)
    else {
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
    let from = ConnectedFrom {
        network: address.map(Network::from),
        account: request.extensions().get::<Account>().cloned(),
    };
    let Some(socket) = handed_over else {
        let Bridged { socket, body } = bridge(sent)?;
        tokio::task::spawn_local(connection(node, socket, thread.clone(), from));
        return Ok(response.map_body(|_, _| body));
    };
    let mut response = response.map_body(|_, _| BoxBody::new(()));
    let serving = connection(node, socket, thread.clone(), from);
    response.extensions_mut().insert(Upgraded::to(serving));
    Ok(response)
}

/// Where a connection comes from.
#[derive(Debug)]
pub(crate) struct ConnectedFrom {
    /// The network, if it came over one.
    pub(crate) network: Option<Network>,
    /// Who it is, where the program around the server says so.
    pub(crate) account: Option<Account>,
}

/// The life of a connection, from the end of its handshake on.
pub(crate) fn connection(
    node: Arc<Node>,
    socket: UpgradedSocket,
    thread: Thread,
    from: ConnectedFrom,
) -> impl Future<Output = ()> + 'static {
    let UpgradedSocket {
        writer,
        reader,
        early,
    } = socket;
    let inbound = Inbound::new(reader.bytes(early), node.limits.frame_bytes_max as usize);
    let outbound = Rc::new(Outbound::new(writer, thread.registry));
    let mut client = Client::new(node.clone(), outbound, from.network);
    client.set_account(from.account);
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
