//! What the page asks for where the server does not let the user in.

use parlor_session::{Status, StopReason};
use parlor_shared::{Access, AccessSecret, AccessToken, ErrorCode};

use crate::{model::Model, texts};

/// What the user is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The server's password.
    Password,
    /// The link of an invitation.
    Invitation,
    /// The code that another device shows.
    Code,
    /// A login elsewhere, or the link of an invitation.
    Login,
    /// Only a name: the address has an invitation.
    Name,
    /// Nothing: the address has the code of another device.
    Device,
}

/// What the user is asked for to come in; `None` where nothing is asked.
#[must_use]
pub fn asked(model: &Model) -> Option<Asked> {
    match &model.invited {
        Some(Access::Device(_)) => return Some(Asked::Device),
        Some(_) => return Some(Asked::Name),
        None if model.enters_code => return Some(Asked::Code),
        None => {}
    }
    match model.session.status() {
        Status::Stopped(StopReason::Refused(
            ErrorCode::PasswordRequired | ErrorCode::PasswordWrong,
        )) => Some(Asked::Password),
        Status::Stopped(StopReason::Refused(ErrorCode::LoginRequired)) => Some(Asked::Login),
        Status::Stopped(StopReason::Refused(_)) => Some(Asked::Invitation),
        Status::Stopped(StopReason::Asked | StopReason::Closed(_))
        | Status::Connecting { .. }
        | Status::Online
        | Status::Waiting { .. } => None,
    }
}

/// What is said above the field.
#[must_use]
pub fn reason(model: &Model) -> String {
    match asked(model) {
        Some(Asked::Name) => texts::invited_about().to_owned(),
        Some(Asked::Device) => texts::device_about().to_owned(),
        Some(Asked::Code) if model.access_reason.is_empty() => {
            texts::device_code_about().to_owned()
        }
        Some(Asked::Password | Asked::Invitation | Asked::Login | Asked::Code) | None => {
            model.access_reason.clone()
        }
    }
}

/// What the user has entered, as it is shown to the server; `None` where it can't be that. Of the
/// link of an invitation only the code counts.
#[must_use]
pub fn entered(asked: Asked, text: &str) -> Option<Access> {
    let secret = |text: &str| AccessSecret::try_from(text.to_owned()).ok();
    match asked {
        Asked::Password => secret(text).map(Access::Password),
        Asked::Invitation | Asked::Login => of_fragment(text.trim()).or_else(|| {
            let code = text.trim();
            secret(code).map(Access::Invitation)
        }),
        Asked::Code => of_fragment(text.trim()).or_else(|| {
            let code = text.trim();
            secret(code).map(Access::Device)
        }),
        Asked::Name | Asked::Device => None,
    }
}

/// What the part of an address behind its `#` shows to the server, if it does.
#[must_use]
pub fn of_fragment(address: &str) -> Option<Access> {
    let (_, fragment) = address.split_once('#')?;
    let secret = |code: &str| AccessSecret::try_from(code.to_owned()).ok();
    match fragment.split_once('=')? {
        ("invite", code) => secret(code).map(Access::Invitation),
        ("login", token) => AccessToken::try_from(token.to_owned())
            .ok()
            .map(Access::Token),
        ("device", code) => secret(code).map(Access::Device),
        _ => None,
    }
}
