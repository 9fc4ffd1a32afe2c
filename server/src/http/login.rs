//! The two links of a login: to the provider, and back from it.

use std::fmt::Display;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use parlor_shared::{
    RoomId,
    limits::{LOGIN_MS_MAX, LOGIN_REQUESTS},
};
use url::form_urlencoded;

use crate::{
    http::{
        checks::{RequestSource, pace, refuse_rate},
        html::Escaped,
    },
    login::{Env, Login, LoginError, Returned},
    node::Node,
};

/// What a browser keeps of a login until its end.
const COOKIE: &str = "parlor-login";

/// Sends a browser to the provider.
pub(crate) async fn begin(request: HttpRequest, node: web::Data<Node>) -> HttpResponse {
    let Some(login) = &node.login else {
        return none();
    };
    if let Some(refusal) = refuse_pace(&request, &node).await {
        return refusal;
    }
    let room = parameter(&request, "room");
    let room = room.and_then(|room| RoomId::try_from(room).ok());
    match login.begin(room, now(&node)).await {
        Ok((attempt, address)) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, address))
            .insert_header((
                header::SET_COOKIE,
                cookie(&node, login, attempt.cookie(), LOGIN_MS_MAX / 1_000),
            ))
            .finish(),
        Err(error) => refuse(&node, error),
    }
}

/// Takes a browser that the provider has sent back, and sends it into its room.
pub(crate) async fn finish(request: HttpRequest, node: web::Data<Node>) -> HttpResponse {
    let Some(login) = &node.login else {
        return none();
    };
    if let Some(refusal) = refuse_pace(&request, &node).await {
        return refusal;
    }
    let returned = Returned {
        state: parameter(&request, "state"),
        code: parameter(&request, "code"),
        error: parameter(&request, "error"),
        issuer: parameter(&request, "iss"),
    };
    let kept = kept(&request);
    let finished = login.finish(kept.as_deref(), returned, now(&node)).await;
    let (account, room) = match finished {
        Ok(finished) => finished,
        Err(error) => return refuse(&node, error),
    };
    let now_ms = node.hub.clock().unix_ms();
    let Some(ticket) = node.access.sign_ticket(account, now_ms) else {
        return refuse(&node, LoginError::Busy);
    };
    let path = room.map_or_else(String::new, |room| format!("r/{room}"));
    // Behind the `#`, which browsers send to nobody; the page takes it out at once.
    let address = format!("{}/{path}#login={}", node.base, ticket.as_str());
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .insert_header((header::SET_COOKIE, cookie(&node, login, "", 0)))
        .finish()
}

/// The answer where nobody can log in.
fn none() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/plain; charset=utf-8")
        .body("There are no logins here.\n")
}

async fn refuse_pace(request: &HttpRequest, node: &Node) -> Option<HttpResponse> {
    let source = RequestSource::of(request, node);
    let paced = pace(node, source, LOGIN_REQUESTS).await;
    paced.err().map(refuse_rate)
}

/// Says why a login did not end here, and how to begin another one.
fn refuse(node: &Node, error: LoginError) -> HttpResponse {
    let status = match error {
        LoginError::NotBegun | LoginError::TooLate | LoginError::Refused => StatusCode::BAD_REQUEST,
        LoginError::Denied | LoginError::NotAllowed => StatusCode::FORBIDDEN,
        LoginError::Unavailable => StatusCode::BAD_GATEWAY,
        LoginError::Busy => StatusCode::SERVICE_UNAVAILABLE,
    };
    let (base, code) = (&node.base, error.code());
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width\">\n<meta name=\"parlor-error\" content=\"{code}\">\n\
             <title>Not signed in</title>\n<h1>You are not signed in</h1>\n<p>{}</p>\n\
             <p><a href=\"{base}/login\">Sign in again</a>, or go <a href=\"{base}/\">back to the rooms</a>.</p>\n",
            Escaped(&error.to_string())
        ))
}

/// What the browser is to keep for so many seconds. It comes back to the login's own path alone,
/// and no script can read it. `Lax`: the provider's page is what sends the browser back.
fn cookie(node: &Node, login: &Login, value: impl Display, seconds: u64) -> String {
    let secure = if login.is_encrypted() { "; Secure" } else { "" };
    let base = &node.base;
    format!(
        "{COOKIE}={value}; Path={base}/login; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    )
}

/// What the browser has kept.
fn kept(request: &HttpRequest) -> Option<String> {
    let headers = request.headers().get_all(header::COOKIE);
    let texts = headers.filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    })
}

fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let found = pairs.find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}

fn now(node: &Node) -> Env {
    let clock = node.hub.clock();
    Env {
        unix_ms: clock.unix_ms(),
        rate_ms: clock.now_ms(),
    }
}
