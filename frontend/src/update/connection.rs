//! The socket and the clock: feeds the session, and turns its outputs into effects.

use parlor_session::{Event as SessionEvent, Output, Status};
use parlor_shared::ServerMessage;

use crate::{
    event::{Effect, Env},
    model::{Model, connection::ConnectionEnd, inspector::frames::Direction},
    texts,
    update::{forget, inspector, reading, rooms, session_event::on_session_event},
};

/// The socket is open.
pub(super) fn opened(model: &mut Model) {
    let took_ms = model.connection.opened(model.now_ms);
    inspector::record_step(model, "open", &texts::opened_after(took_ms));
    model.session.handle_open();
}

/// The socket received a frame.
pub(super) fn frame_received(model: &mut Model, frame: &str, env: Env) {
    inspector::record_frame(model, Direction::Received, frame);
    let random = env.random_u64();
    model.session.handle_frame(env.now_ms, frame, random);
}

/// The socket closed.
pub(super) fn closed(model: &mut Model, code: Option<u16>, env: Env) {
    let end = code.map_or(ConnectionEnd::Broken, ConnectionEnd::WithCode);
    inspector::record_end(model, end);
    let random = env.random_u64();
    model.session.handle_closed(env.now_ms, code, random);
}

/// Time passed: handles the session's timeouts, and what the page itself does after a while.
pub(super) fn tick(model: &mut Model, env: Env, effects: &mut Vec<Effect>) {
    let now_ms = env.now_ms;
    let due_ms = model.session.poll_timeout();
    if due_ms.is_some_and(|due_ms| due_ms <= now_ms) {
        model.session.handle_timeout(now_ms, env.random_u64());
    }
    for (_, room) in model.rooms.iter_mut() {
        room.typing.retain(|_, until_ms| *until_ms > now_ms);
    }
    forget::save_forgotten(model, effects);
    inspector::save_changed(model, effects);
    rooms::forget_left_in_time(model, effects);
    rooms::name_new_room(model, env.message_id(), effects);
    if model.session.status() == Status::Online
        && let Some(inspector) = &mut model.inspector
        && inspector.schedule_ping(now_ms)
    {
        model.session.probe(now_ms);
    }
    reading::save(model, effects);
}

/// Turns the session's outputs into effects and changes of the model. `received` is the frame that
/// they follow from, if there was one: its entry is cached as it arrived.
pub(super) fn drain_outputs(
    model: &mut Model,
    mut received: Option<String>,
    effects: &mut Vec<Effect>,
) {
    while let Some(output) = model.session.poll_output() {
        match output {
            Output::Connect => {
                model.connection.begin(model.now_ms);
                inspector::record_step(model, "connecting", texts::HANDSHAKE_REQUEST);
                effects.push(Effect::Connect);
            }
            Output::Send(frame) => {
                inspector::record_frame(model, Direction::Sent, &frame);
                effects.push(Effect::Send(frame));
            }
            Output::Close => {
                inspector::record_end(model, ConnectionEnd::ByPage);
                effects.push(Effect::Close);
            }
            Output::Event(event) => {
                if let SessionEvent::Message(ServerMessage::Entry { room, .. }) = &event
                    && let Some(room) = model.rooms.get_mut(room)
                    && let Some(frame) = received.take()
                {
                    room.cached_entries.push(frame);
                }
                on_session_event(model, event, effects);
            }
        }
    }
}
