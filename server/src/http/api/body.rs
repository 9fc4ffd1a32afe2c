//! The body of a request.

use actix_web::{HttpRequest, http::header, web::Payload};
use bytes::Bytes;
use parlor_shared::ErrorCode;

use super::{
    asked,
    problem::{HttpRefusal, Problem},
};
use crate::connection::http_socket::Exchange;

/// The media types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// One object.
    Json,
    /// An object a line.
    NdJson,
    /// A text.
    Plain,
}

impl MediaType {
    /// The media type of a request's body, without its parameters.
    ///
    /// # Errors
    /// [`Problem`] if it is another one, or not said.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let value = asked::header(request, header::CONTENT_TYPE);
        let essence = value.and_then(|value| value.split(';').next());
        let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-ndjson" | "application/jsonl" => Ok(Self::NdJson),
            "text/plain" => Ok(Self::Plain),
            _other => {
                let why = "Send application/json, application/x-ndjson or text/plain, and say which \
                           in Content-Type.";
                Err(Problem::of_http(HttpRefusal::MediaTypeUnknown, why))
            }
        }
    }
}

/// Reads the whole body, of up to `bytes_max` bytes.
///
/// # Errors
/// [`Problem`] if it is larger, or does not arrive whole.
pub(super) async fn read(
    request: &HttpRequest,
    payload: Payload,
    bytes_max: usize,
) -> Result<Bytes, Problem> {
    let _receiving = asked::exchange(request).map(Exchange::receive);
    match payload.to_bytes_limited(bytes_max).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let why = "The request's body has not arrived whole.";
            Err(Problem::new(ErrorCode::Malformed, why))
        }
        Err(_) => {
            let why = format!("The request's body may have up to {bytes_max} bytes.");
            Err(Problem::of_http(HttpRefusal::TooLarge, why))
        }
    }
}

/// The body as text.
///
/// # Errors
/// [`Problem`] if it is not UTF-8.
pub(super) fn text(body: &Bytes) -> Result<&str, Problem> {
    str::from_utf8(body)
        .map_err(|_| Problem::new(ErrorCode::Malformed, "The request's body is not UTF-8."))
}
