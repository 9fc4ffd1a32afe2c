//! The token of a request: `Authorization: Bearer …`.
//!
//! It is a member's token, which proves who the member is; an access token, which lets its bearer
//! in; or both with a `~` between them, as `POST /members` makes one where the server asks for a
//! password. None of the three has a `~` of its own.

use actix_web::{HttpMessage, HttpRequest, http::header};
use parlor_shared::{Access, AccessToken, ErrorCode, Token};

use super::problem::Problem;
use crate::{access::Account, dispatch::admit::ShownToComeIn};

/// How the tokens of members begin.
const MEMBER_PREFIXES: [&str; 2] = ["p1.", "p2."];

/// What stands between a member's token and an access token.
const SEPARATOR: char = '~';

/// What a request shows.
///
/// # Errors
/// [`Problem`] if its `Authorization` is something else than a bearer's.
pub(super) fn shown(request: &HttpRequest) -> Result<ShownToComeIn, Problem> {
    let mut shown = ShownToComeIn {
        token: None,
        access: None,
        account: account(request),
    };
    if shown.account.is_some() {
        // What it shows is the business of the program around the server.
        return Ok(shown);
    }
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(shown);
    };
    let header = header.to_str().unwrap_or_default();
    let bearer = header.split_once(' ').filter(|(scheme, _)| {
        // Schemes are compared in any case (RFC 9110, section 11.1).
        scheme.eq_ignore_ascii_case("bearer")
    });
    let Some((_, text)) = bearer else {
        let why = "Send your token as `Authorization: Bearer …`.";
        return Err(Problem::new(ErrorCode::TokenInvalid, why));
    };
    for part in text.trim().split(SEPARATOR) {
        if MEMBER_PREFIXES
            .iter()
            .any(|prefix| part.starts_with(prefix))
        {
            let token = Token::try_from(part.to_owned());
            shown.token =
                Some(token.map_err(|invalid| {
                    Problem::new(ErrorCode::TokenInvalid, invalid.to_string())
                })?);
        } else {
            let token = AccessToken::try_from(part.to_owned());
            let token = token
                .map_err(|invalid| Problem::new(ErrorCode::AccessInvalid, invalid.to_string()))?;
            shown.access = Some(Access::Token(token));
        }
    }
    Ok(shown)
}

/// Who makes the request, where the program around the server says so.
pub(super) fn account(request: &HttpRequest) -> Option<Account> {
    request.extensions().get::<Account>().cloned()
}

/// The one token for a program that has both.
pub(super) fn joined(token: &Token, access: Option<&AccessToken>) -> String {
    match access {
        Some(access) => format!("{}{SEPARATOR}{}", token.as_str(), access.as_str()),
        None => token.as_str().to_owned(),
    }
}
