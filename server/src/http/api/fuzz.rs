//! What must hold of any request to the API (feature `fuzz`, in no release).

use actix_web::{
    HttpRequest,
    http::{
        Uri,
        header::{self, HeaderName, HeaderValue},
    },
    test::TestRequest,
};
use parlor_shared::{Access, Epoch, MessageId, Position, Seq};

use super::{
    append, bearer,
    body::MediaType,
    etag::{self, Expected},
    page,
    problem::Problem,
};
use crate::dispatch::admit::ShownToComeIn;

/// Reads a request with this query, and with this text in each of the headers that are read.
pub(crate) fn request(query: &str, text: &str) {
    let Ok(uri) = format!("/api/v1/rooms/lobby/entries?{query}").parse::<Uri>() else {
        return;
    };
    let Ok(value) = HeaderValue::from_str(text) else {
        return;
    };
    let names = [
        header::ACCEPT,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("last-event-id"),
    ];
    let plain = TestRequest::default().uri(&uri.to_string());
    page::fuzz::query(&plain.to_http_request());
    let mut request = TestRequest::default().uri(&uri.to_string());
    for name in names {
        request = request.insert_header((name, value.clone()));
    }
    let request = request.to_http_request();
    page::fuzz::query(&request);
    append::fuzz::key(&request);
    let current = Position {
        epoch: Epoch::from_bytes([1; 16]),
        seq: Seq(1),
    };
    match etag::expected(&request, &current) {
        Ok(Expected::Head(Seq(seq))) => assert!(text.contains(&seq.to_string())),
        Ok(Expected::Any) => assert_eq!(text.trim(), "*"),
        Ok(Expected::Other) => {}
        Err(problem) => problem.check(),
    }
    if let Err(problem) = MediaType::of(&request) {
        problem.check();
    }
    tokens(text);
}

/// Reads a text as the body of a request with a key.
pub(crate) fn body(text: &str) {
    append::fuzz::body(text, MessageId::new(1, [1; 10]));
}

/// Tokens that are read from a header are read again from what they are joined to.
fn tokens(text: &str) {
    let Ok(ShownToComeIn {
        token: Some(token),
        access,
        ..
    }) = shown(text)
    else {
        return;
    };
    let access = access.and_then(|access| match access {
        Access::Token(token) => Some(token),
        Access::Password(_) | Access::Invitation(_) | Access::Device(_) => None,
    });
    let again = shown(&bearer::joined(&token, access.as_ref()));
    let again = again.unwrap_or_else(|_| panic!("{text:?} is read once only"));
    assert_eq!(again.token, Some(token));
    assert_eq!(again.access, access.map(Access::Token));
}

/// What a bearer of this shows.
fn shown(text: &str) -> Result<ShownToComeIn, Problem> {
    let authorization = (header::AUTHORIZATION, format!("Bearer {text}"));
    let request: HttpRequest = TestRequest::default()
        .insert_header(authorization)
        .to_http_request();
    let shown = bearer::shown(&request);
    if let Err(problem) = &shown {
        problem.check();
    }
    shown
}
