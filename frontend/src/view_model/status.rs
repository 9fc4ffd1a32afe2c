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
        Status::Online => texts::connected().to_owned(),
        Status::Connecting { .. } => texts::connecting().to_owned(),
        Status::Waiting { .. } => texts::connection_lost().to_owned(),
        Status::Stopped(StopReason::Asked) => texts::disconnected().to_owned(),
        Status::Stopped(StopReason::Closed(code)) => texts::closed_by_server(&code.to_string()),
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
        Status::Waiting { .. } => texts::retry_now(),
        Status::Stopped(_) | Status::Connecting { .. } | Status::Online => texts::reconnect(),
    }
}

/// Whether the button that disconnects can be pressed.
#[must_use]
pub fn can_disconnect(status: Status) -> bool {
    !matches!(status, Status::Stopped(_))
}

/// What the line below the messages says: for a moment that something was copied, then the notice
/// where there is one, else who is typing.
#[must_use]
pub fn notice_text(model: &Model) -> String {
    if model.now_ms < model.copied_until_ms {
        return texts::copied().to_owned();
    }
    if let Some(left) = model.left_room.as_ref().filter(|_| is_left_shown(model)) {
        return texts::left_room(left.id.as_str());
    }
    let notice = model.notice.clone();
    notice.unwrap_or_else(|| people::typing(model))
}

/// Whether the line says that a room was left, with the button that takes it back. A notice that
/// came since is more urgent.
#[must_use]
pub fn is_left_shown(model: &Model) -> bool {
    model.left_room.is_some() && model.notice.is_none()
}
