//! The entity tag of a room's entries: it changes with each entry, so with each deletion, when
//! retention removes entries, and with each epoch, which the positions in answers name.

use actix_web::{HttpRequest, http::header};
use parlor_shared::{ErrorCode, Position, Seq};

use super::{asked, client::EnteredRoom, problem::Problem};

/// The tag, in its quotes.
pub(super) fn of(head: &Position, entered: &EnteredRoom) -> String {
    let first = entered.room.read.bounds.first;
    format!("\"{head}.{first}\"")
}

/// Whether the client has what this tag stands for.
pub(super) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let Some(known) = asked::header(request, header::IF_NONE_MATCH) else {
        return false;
    };
    known.split(',').map(str::trim).any(|known| {
        // Tags of a GET are compared weakly (RFC 9110, section 13.1.2).
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// What the room's head must be for anything to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Anything.
    Any,
    /// This one.
    Head(Seq),
    /// One of a history that is not the log's.
    Other,
}

/// What `If-Match` expects: a seq, or the tag of the room's entries; `current` is the position of
/// the room's head.
///
/// # Errors
/// [`Problem`] if it is neither.
pub(super) fn expected(request: &HttpRequest, current: &Position) -> Result<Expected, Problem> {
    let Some(header) = asked::header(request, header::IF_MATCH) else {
        return Ok(Expected::Any);
    };
    let text = header.trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let mut parts = inner.unwrap_or(text).splitn(3, '.');
    let seq = parts.next().unwrap_or_default();
    let is_number = (1..=16).contains(&seq.len()) && seq.bytes().all(|b| b.is_ascii_digit());
    let Some(seq) = is_number.then(|| seq.parse().ok()).flatten() else {
        let why = "`If-Match` is the seq of the room's newest entry, or the ETag of its entries.";
        return Err(Problem::new(ErrorCode::OutOfRange, why));
    };
    let epoch = parts.next();
    let named = epoch.map(|epoch| format!("{seq}.{epoch}").parse::<Position>());
    match named {
        Some(named) if !named.is_ok_and(|named| named.epoch == current.epoch) => {
            Ok(Expected::Other)
        }
        Some(_) | None => Ok(Expected::Head(Seq(seq))),
    }
}
