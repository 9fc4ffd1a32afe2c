//! The model's clocks.

use crate::{event::Env, model::Model};

/// Sets them to the time of an event.
pub(super) fn set(model: &mut Model, env: Env) {
    model.now_ms = env.now_ms;
    model.unix_ms = env.unix_ms.saturating_add_signed(model.server_ahead_ms);
}
