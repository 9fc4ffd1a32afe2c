//! What every request passes, whatever answers it: the rate of its address, the check of its host
//! name, and the headers that every answer has, a refusal as well.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use bytes::Bytes;

use crate::{
    address::Network,
    connection::{
        hosts::{Arrival, arrival},
        http_socket::{Answering, Exchange, Security},
        proxy::{ForwardedHeaders, client_address, is_trusted_peer},
    },
    node::Node,
    rate::TooFast,
    repeated_line::log_repeated,
};

/// The headers of every answer that does not have them of its own.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// For half a year the browser asks this host with TLS alone.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=15768000");

/// The policy of a refusal, whatever its text is taken for.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Bytes of an answer that actix-http is given at once. It copies what it is given.
const ANSWER_CHUNK_BYTES: usize = 16 * 1024;

/// Has a request answered, unless its address makes too many, or its host is none that the server
/// answers to.
///
/// # Errors
/// Those of the app itself.
pub(crate) async fn check(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let exchange = request.conn_data::<Rc<Exchange>>().cloned();
    let answering = exchange.as_ref().map(Exchange::answer);
    let refusal = refuse(&request, exchange.as_deref()).await;
    let mut response = match refusal {
        Some(refusal) => request.into_response(refusal),
        // A handler's error has become an answer before it gets here.
        None => next.call(request).await?,
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response);
    }
    add_headers(&mut response);
    if exchange.is_some_and(|exchange| exchange.security == Security::Tls) {
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    Ok(response.map_body(|_, body| {
        BoxBody::new(AnswerBody {
            body,
            chunk: Bytes::new(),
            _answering: answering,
        })
    }))
}

/// Gives an answer the headers that it does not have of its own.
pub(crate) fn add_headers(response: &mut ServiceResponse) {
    let status = response.status();
    let headers = response.headers_mut();
    if status.is_client_error() || status.is_server_error() {
        headers.insert(header::CONTENT_SECURITY_POLICY, NOTHING);
    }
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
}

/// Where a request comes from, as its socket and the headers of its proxies say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestSource {
    /// The network that it counts for, if it came over one.
    pub(crate) network: Option<Network>,
    /// Whether the socket's other end is a trusted proxy.
    pub(crate) is_proxied: bool,
    /// Whether that proxy named whom it forwards for.
    is_forwarded: bool,
}

impl RequestSource {
    /// Reads the headers: once a request, wherever possible.
    pub(crate) fn of(request: &HttpRequest, node: &Node) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let forwarded = ForwardedHeaders::of(request.headers());
        let is_proxied = is_trusted_peer(peer, &node.proxies);
        Self {
            network: client_address(peer, &forwarded, &node.proxies).map(Network::from),
            is_proxied,
            is_forwarded: is_proxied && !forwarded.is_empty(),
        }
    }
}

/// The refusal of a request, if it is one: by its address's rate, or by its host.
async fn refuse(request: &ServiceRequest, exchange: Option<&Exchange>) -> Option<HttpResponse> {
    let node = request.app_data::<web::Data<Node>>()?;
    let source = RequestSource::of(request.request(), node);
    if let Err(too_fast) = pace(node, source, 1).await {
        return Some(refuse_rate(too_fast));
    }
    let local = exchange.and_then(|exchange| exchange.local);
    let arrival = arrival(local.map(|local| local.ip()), source.is_forwarded);
    refuse_host(request, node, arrival)
}

/// Waits until a request from there may be made, where it counts as this many.
///
/// # Errors
/// [`TooFast`] if that would take too long.
pub(crate) async fn pace(node: &Node, source: RequestSource, count: u32) -> Result<(), TooFast> {
    let now_ms = node.hub.clock().now_ms();
    let wait = node.rates.take_requests(source.network, count, now_ms)?;
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// The refusal of a request that its address may not make now.
pub(crate) fn refuse_rate(TooFast { retry_after }: TooFast) -> HttpResponse {
    HttpResponse::TooManyRequests()
        .insert_header((header::RETRY_AFTER, retry_after.as_secs() + 1))
        .content_type("text/plain; charset=utf-8")
        .body("Too many requests from your address. Try again in a moment.\n")
}

/// The refusal of a request whose host is none that the server answers to.
pub(crate) fn refuse_host(
    request: &ServiceRequest,
    node: &Node,
    arrival: Arrival,
) -> Option<HttpResponse> {
    let header = request.headers().get(header::HOST);
    let header = header.map(|value| value.to_str().unwrap_or_default());
    // A request may name its host in its first line as well.
    let named = request.uri().authority().map(|named| named.as_str());
    let refused = [header, named]
        .into_iter()
        .flatten()
        .find(|host| !node.hosts.allow(Some(host), arrival))?;
    log_repeated!(
        warn,
        host = refused,
        "refused: start with --allow-host to answer to that name"
    );
    Some(
        HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body(format!(
                "This server does not answer to the name {refused:?}. If it is the server's, start \
                 the server with --allow-host and that name.\n"
            )),
    )
}

/// The body of an answer. Until it is written, nothing more is read from its socket.
struct AnswerBody {
    body: BoxBody,
    /// What is left of the bytes that the body gave last.
    chunk: Bytes,
    _answering: Option<Answering>,
}

impl MessageBody for AnswerBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.chunk.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) => self.chunk = chunk,
                end => return Poll::Ready(end),
            }
        }
        let length = self.chunk.len().min(ANSWER_CHUNK_BYTES);
        Poll::Ready(Some(Ok(self.chunk.split_to(length))))
    }
}
