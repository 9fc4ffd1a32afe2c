//! The connection's status, and the line below the messages.

use parlor_session::{Status, StopReason};

use crate::{model::Model, texts, view_model::people};

/// The status as style sheet and tests name it.
#[must_use]
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Online => "online",
        Status::Connecting { .. } => "connecting",
        Status::Waiting { .. } => "waiting",
        Status::Stopped(_) => "stopped",
    }
}

/// The status in words. It changes only with the status, so a screen reader announces it once.
#[must_use]
pub fn status_text(status: Status) -> String {
    match status {
        Status::Online => texts::CONNECTED.to_owned(),
        Status::Connecting { .. } => texts::CONNECTING.to_owned(),
        Status::Waiting { .. } => texts::CONNECTION_LOST.to_owned(),
        Status::Stopped(StopReason::Asked) => texts::DISCONNECTED.to_owned(),
        Status::Stopped(StopReason::Closed(code)) => texts::closed_by_server(code),
    }
}

/// The status in words, with the seconds until the next attempt.
#[must_use]
pub fn countdown_text(model: &Model) -> String {
    match model.countdown_s() {
        Some(seconds) => texts::retrying_in(seconds),
        None => status_text(model.session.status()),
    }
}

/// Whether the button that connects can be pressed.
#[must_use]
pub fn can_connect(status: Status) -> bool {
    matches!(status, Status::Stopped(_) | Status::Waiting { .. })
}

/// What the button that connects says.
#[must_use]
pub fn connect_label(status: Status) -> &'static str {
    match status {
        Status::Waiting { .. } => texts::RETRY_NOW,
        Status::Stopped(_) | Status::Connecting { .. } | Status::Online => texts::RECONNECT,
    }
}

/// Whether the button that disconnects can be pressed.
#[must_use]
pub fn can_disconnect(status: Status) -> bool {
    !matches!(status, Status::Stopped(_))
}

/// What the line below the messages says: the notice where there is one, else who is typing.
#[must_use]
pub fn notice_text(model: &Model) -> String {
    let notice = model.notice.clone();
    notice.unwrap_or_else(|| people::typing(model))
}
