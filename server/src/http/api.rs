//! The HTTP API, below `/api/v1`: for programs that speak HTTP and no WebSocket.
//!
//! It works on the same log, rooms and rights as the WebSocket, and is paid from the same buckets:
//! what a request may do is asked where a frame's is (`server/src/dispatch`). Refusals are problem
//! details (RFC 9457) with the wire's codes. docs/HTTP.md has the reference.

mod append;
mod asked;
mod bearer;
mod body;
mod client;
mod cors;
mod etag;
mod events;
#[cfg(feature = "fuzz")]
pub(crate) mod fuzz;
mod members;
mod openapi;
mod page;
mod place;
mod position;
pub(crate) mod problem;
mod rooms;
mod wait;
mod watch;

use actix_web::{
    Error, HttpRequest, HttpResponse, Resource, ResponseError, Route, Scope,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::header,
    middleware::from_fn,
    web,
};

use self::problem::{HttpRefusal, Problem};

/// The API's routes.
pub(crate) fn scope() -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::scope(asked::PATH)
        .wrap(from_fn(cors::check))
        .service(methods("/members", "POST").route(web::post().to(members::create)))
        .service(methods("/me", "GET, HEAD").route(reading().to(members::own)))
        .service(methods("/openapi.json", "GET, HEAD").route(reading().to(openapi::serve)))
        .service(methods("/rooms", "GET, HEAD").route(reading().to(rooms::list)))
        .service(methods("/rooms/{room}", "GET, HEAD").route(reading().to(rooms::show)))
        .service(
            methods("/rooms/{room}/entries", "GET, HEAD, POST")
                .route(reading().to(page::read))
                .route(web::post().to(append::append)),
        )
        .service(methods("/rooms/{room}/members", "GET, HEAD").route(reading().to(rooms::members)))
        .service(methods("/rooms/{room}/search", "GET, HEAD").route(reading().to(rooms::search)))
        .service(methods("/rooms/{room}/announce", "POST").route(web::post().to(rooms::announce)))
        .default_service(web::to(not_found))
}

/// A path that answers these methods, and refuses the others.
fn methods(path: &str, allowed: &'static str) -> Resource {
    let refuse = move |request: HttpRequest| async move { refuse_method(&request, allowed) };
    web::resource(path).default_service(web::to(refuse))
}

/// A route for GET and HEAD.
fn reading() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn refuse_method(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    let why = format!(
        "This address answers {allowed}, and not {}.",
        request.method()
    );
    let mut response = Problem::of_http(HttpRefusal::MethodUnknown, why).error_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}

async fn not_found() -> Result<HttpResponse, Problem> {
    let why = "There is nothing at this address. docs/HTTP.md lists those that there are.";
    Err(Problem::of_http(HttpRefusal::NotFound, why))
}
