//! Lets somebody in who says hello, or who makes a request over HTTP.

use parlor_shared::{Access, ErrorCode, Name, Token};

use crate::{
    access::{Account, Admission, Shown},
    address::Network,
    dispatch::error::RequestError,
    node::Node,
    repeated_line::log_repeated,
};

/// What somebody shows who wants to come in.
#[derive(Debug)]
pub(crate) struct ShownToComeIn {
    /// Proves which member it is.
    pub(crate) token: Option<Token>,
    /// What lets it in.
    pub(crate) access: Option<Access>,
    /// Who it is, where the program around the server says so. Then nothing else counts.
    pub(crate) account: Option<Account>,
}

/// Lets somebody in, as the member that its token proves, or as a new one. `network` is where it
/// connects from, if one address has limits.
///
/// # Errors
/// Why it may not come in.
pub(crate) async fn admit(
    node: &Node,
    shown: ShownToComeIn,
    name: Option<Name>,
    network: Option<Network>,
) -> Result<Admission, RequestError> {
    if let Some(account) = shown.account {
        return Ok(account.into());
    }
    let tokens = &node.tokens;
    let verify = |token: Token| {
        tokens.verify(&token).ok_or_else(|| {
            let why = "The token is not from this server. Come in without one.";
            RequestError::new(ErrorCode::TokenInvalid, why)
        })
    };
    let new_member = || {
        tokens.new_member().map_err(|error| {
            log_repeated!(error, %error, "no random bytes for a new member");
            let why = "The server can't take new members now. Try again later.";
            RequestError::new(ErrorCode::Busy, why)
        })
    };
    let shown = Shown {
        member: shown.token.map(verify).transpose()?,
        name,
        access: shown.access,
        network,
        now_ms: node.hub.clock().unix_ms(),
        rate_ms: node.hub.clock().now_ms(),
    };
    node.access.admit(shown, new_member).await
}
