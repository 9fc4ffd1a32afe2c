//! The connection's status, and the line below the messages.

use parlor_session::{Status, StopReason};

use crate::{event::Event, model::Model, texts, view_model::people};

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
        Status::Stopped(StopReason::Refused(_)) => texts::not_let_in().to_owned(),
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

/// What the button beside the status says: it connects or disconnects, whichever is possible.
#[must_use]
pub fn connection_label(status: Status) -> &'static str {
    match status {
        Status::Online | Status::Connecting { .. } => texts::disconnect(),
        Status::Waiting { .. } => texts::retry_now(),
        Status::Stopped(_) => texts::reconnect(),
    }
}

/// Everything that the button can say. It is as wide as the widest, so that nothing moves.
#[must_use]
pub fn connection_labels() -> [&'static str; 3] {
    [texts::disconnect(), texts::retry_now(), texts::reconnect()]
}

/// Whether the button disconnects.
#[must_use]
pub fn can_disconnect(status: Status) -> bool {
    matches!(status, Status::Online | Status::Connecting { .. })
}

/// What the button does.
#[must_use]
pub fn connection_event(status: Status) -> Event {
    match can_disconnect(status) {
        true => Event::DisconnectRequested,
        false => Event::ConnectRequested,
    }
}

/// Whether the connection is down, or being opened again after it was lost: a small screen says so
/// only then.
#[must_use]
pub fn is_interrupted(status: Status) -> bool {
    match status {
        Status::Online | Status::Connecting { attempt: 0 } => false,
        Status::Connecting { .. } | Status::Waiting { .. } | Status::Stopped(_) => true,
    }
}

/// What the line below the messages says: for a moment that something was copied, then the notice
/// where there is one, else what becomes of messages while the user has disconnected, or who is
/// typing.
#[must_use]
pub fn notice_text(model: &Model) -> String {
    if model.now_ms < model.copied_until_ms {
        return texts::copied().to_owned();
    }
    if let Some(left) = model.left_room.as_ref().filter(|_| is_left_shown(model)) {
        return texts::left_room(left.id.as_str());
    }
    if let Some(notice) = &model.notice {
        return notice.clone();
    }
    match model.session.status() {
        // Who is invited has not come in yet.
        Status::Stopped(StopReason::Asked) if model.invited.is_none() => {
            texts::disconnected_hint().to_owned()
        }
        Status::Stopped(StopReason::Asked | StopReason::Closed(_) | StopReason::Refused(_))
        | Status::Waiting { .. }
        | Status::Connecting { .. }
        | Status::Online => people::typing(model),
    }
}

/// Whether the line says who is typing, or nothing. That stays on one line, so that the list does
/// not move.
#[must_use]
pub fn is_typing_shown(model: &Model) -> bool {
    model.notice.is_none() && !is_left_shown(model)
}

/// Whether the line says that a room was left, with the button that takes it back. A notice that
/// came since is more urgent.
#[must_use]
pub fn is_left_shown(model: &Model) -> bool {
    model.left_room.is_some() && model.notice.is_none()
}
