//! What a request asks for: its path, its query and its headers.

use std::rc::Rc;

use actix_web::{HttpRequest, http::header::AsHeaderName};
use parlor_shared::{ErrorCode, RoomId};
use url::form_urlencoded;

use super::problem::Problem;
use crate::connection::http_socket::Exchange;

/// Where the API is, below the path at which the server is hosted.
pub(super) const PATH: &str = "/api/v1";

/// The room in the path.
///
/// # Errors
/// [`Problem`] if it is no room's id.
pub(super) fn room(request: &HttpRequest) -> Result<RoomId, Problem> {
    let room = request.match_info().get("room").unwrap_or_default();
    RoomId::parse(room).map_err(|invalid| Problem::new(ErrorCode::RoomInvalid, invalid.to_string()))
}

/// A parameter of the query.
pub(super) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let found = pairs.find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}

/// A parameter of the query that is a whole number up to `max`.
///
/// # Errors
/// [`Problem`] if it is something else.
pub(super) fn number(request: &HttpRequest, name: &str, max: u64) -> Result<Option<u64>, Problem> {
    let Some(text) = parameter(request, name) else {
        return Ok(None);
    };
    let is_number = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten();
    match number.filter(|number| *number <= max) {
        Some(number) => Ok(Some(number)),
        None => {
            let why = format!("`{name}` is a whole number from 0 to {max}.");
            Err(Problem::new(ErrorCode::OutOfRange, why))
        }
    }
}

/// A header, if it is there. A value that is not visible ASCII is read as the empty text, which is
/// no condition, place or key: it is refused, and not ignored.
pub(super) fn header(request: &HttpRequest, name: impl AsHeaderName) -> Option<&str> {
    Some(request.headers().get(name)?.to_str().unwrap_or_default())
}

/// The socket of a request, which may have to wait.
pub(super) fn exchange(request: &HttpRequest) -> Option<&Rc<Exchange>> {
    request.conn_data::<Rc<Exchange>>()
}
