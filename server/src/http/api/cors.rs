//! What every request to the API passes: the check of its origin, and the headers of its answer.
//!
//! Pages of listed origins (`--allow-origin`), and the server's own, may use the API; a page of
//! another one gets nothing. No cookie lets anybody in here, so a page acts for nobody whose token
//! it does not have.

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use parlor_shared::ErrorCode;

use super::{
    client::Left,
    problem::{Problem, Refused},
};
use crate::{node::Node, rate::left::RateLeft, repeated_line::log_repeated};

/// The methods of the API.
const METHODS: &str = "GET, HEAD, POST";
/// The headers that its requests may have.
const REQUEST_HEADERS: &str = "authorization, content-type, idempotency-key, if-match, \
    if-none-match, last-event-id";
/// The headers of its answers that pages may read.
const ANSWER_HEADERS: &str = "etag, retry-after, ratelimit, ratelimit-policy, parlor-head, \
    parlor-epoch, parlor-position";
/// For how long a browser need not ask again, in seconds.
const MAX_AGE_S: u32 = 600;
/// What the answers depend on beside the address.
const VARY: HeaderValue = HeaderValue::from_static("authorization, accept, origin");

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Has a request answered, unless it is of a page that may not make it, or asks whether it may.
///
/// # Errors
/// Those of the app itself.
pub(super) async fn check(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(node) = request.app_data::<web::Data<Node>>().cloned() else {
        return next.call(request).await;
    };
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match &origin {
        Some(origin) if !is_allowed(&request, &node, origin) => {
            let why = "Pages of this origin may not use the API here.";
            let refusal = Problem::new(ErrorCode::NotAllowed, why);
            return Ok(request.into_response(refusal.error_response()));
        }
        Some(_) if is_preflight(&request) => request.into_response(preflight()),
        Some(_) | None => next.call(request).await?,
    };
    let left = response.request().extensions().get::<Left>().copied();
    let refused = response.response().extensions().get::<Refused>().copied();
    if let Some(Refused(code)) = refused {
        node.operation.refusals.count_request(code);
    }
    let headers = response.headers_mut();
    headers.insert(header::VARY, VARY);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let readable = HeaderValue::from_static(ANSWER_HEADERS);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
    }
    if let Some(Left(left)) = left {
        add_rate(headers, left);
    }
    Ok(response)
}

fn is_allowed(request: &ServiceRequest, node: &Node, origin: &HeaderValue) -> bool {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let origin = origin.to_str().unwrap_or("null");
    let is_allowed = node.origins.allow(Some(origin), host.unwrap_or_default());
    if !is_allowed {
        log_repeated!(
            warn,
            origin,
            "refused: start with --allow-origin to let pages of that origin use the API"
        );
    }
    is_allowed
}

fn is_preflight(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    *request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_S))
        .finish()
}

/// Says what is left of the client's tokens, as the draft "RateLimit header fields for HTTP" has
/// it.
fn add_rate(headers: &mut HeaderMap, left: RateLeft) {
    let policy = format!("\"tokens\";q={};w={}", left.burst, seconds(left.fills_in));
    let state = format!("\"tokens\";r={};t={}", left.left, seconds(left.full_in));
    for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        // Digits are always a header's value.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(time: std::time::Duration) -> u128 {
    time.as_millis().div_ceil(1_000)
}
