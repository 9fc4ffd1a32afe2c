//! The facts about the connection that the inspector shows.

use parlor_session::Status;

use crate::{
    model::{Model, inspector::Inspector},
    texts,
};

/// The state of the connection, and how often it was opened since the inspector was.
#[must_use]
pub fn state(model: &Model, inspector: &Inspector) -> String {
    let began_ms = model.connection.began_ms;
    let state = match model.session.status() {
        Status::Online => texts::online_for(model.now_ms.saturating_sub(began_ms) / 1_000),
        Status::Connecting { attempt } => texts::attempt_connecting(attempt + 1),
        Status::Waiting { attempt, .. } => texts::attempt_waiting(attempt + 1),
        Status::Stopped(_) => texts::state_disconnected().to_owned(),
    };
    texts::reconnected(state, inspector.opened)
}

/// How long the handshake took.
#[must_use]
pub fn handshake(model: &Model) -> String {
    let connection = &model.connection;
    match connection.opened_after_ms {
        Some(ms) => texts::handshake(ms, connection.welcomed_after_ms),
        None => texts::unknown().to_owned(),
    }
}

/// The server's version, and how often it pings.
#[must_use]
pub fn server(model: &Model) -> String {
    let connection = &model.connection;
    match connection.heartbeat_ms {
        0 => texts::unknown().to_owned(),
        ms => texts::server(&connection.server, ms / 1_000),
    }
}

/// How the last connection ended.
#[must_use]
pub fn last_close(model: &Model) -> String {
    let end = model.connection.last_end.map(texts::connection_end);
    end.unwrap_or_else(|| texts::unknown().to_owned())
}

/// How many posts are not acked.
#[must_use]
pub fn outbox(model: &Model) -> String {
    texts::unsent(model.session.outbox().count())
}

/// The session's cursor in the current room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The newest entry that the page has.
    pub seq: u64,
    /// The newest entry that it knows of.
    pub head: u64,
    /// The epoch that both belong to.
    pub epoch: String,
}

/// The session's cursor in the current room; `None` until the room is joined.
#[must_use]
pub fn cursor(model: &Model) -> Option<Cursor> {
    let position = model.session.position(&model.current_room)?;
    Some(Cursor {
        seq: position.seq.0,
        head: model.session.head(&model.current_room).0,
        epoch: position.epoch.to_string(),
    })
}
