//! The page's whole behaviour: one closed match over what can happen.
//!
//! Each arm calls at most a few functions of the modules below, each of which handles one group of
//! events. After every event the session's outputs are drained, so nothing it asks for is left
//! behind.

mod alerts;
mod compose;
mod connection;
mod forget;
mod history;
mod inspector;
mod outbox;
mod picker;
mod profile;
mod rooms;
mod search;
mod session_event;

use crate::{
    event::{Effect, Env, Event},
    model::Model,
};

/// Applies an event to the model. Returns what the browser is to do, in order.
#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows everything that can happen"
)]
pub fn update(model: &mut Model, event: Event, env: Env) -> Vec<Effect> {
    model.now_ms = env.now_ms;
    model.unix_ms = env.unix_ms.saturating_add_signed(model.server_ahead_ms);
    let mut effects = Vec::new();
    let mut received = None;
    match event {
        // Until the list has scrolled to the requested message, its scroll events are not the
        // user's.
        Event::OlderRequested | Event::NewerRequested | Event::EndReached | Event::EndLeft
            if model.room().scroll_target.is_some() => {}

        Event::ConnectRequested => model.session.start(env.now_ms),
        Event::DisconnectRequested => model.session.stop(),
        Event::SocketOpened => connection::opened(model),
        Event::FrameReceived(frame) => {
            connection::frame_received(model, &frame, env);
            received = Some(frame);
        }
        Event::SocketClosed(code) => connection::closed(model, code, env),
        Event::Ticked => connection::tick(model, env, &mut effects),

        Event::Submitted => compose::submit(model, env.message_id(), &mut effects),
        Event::Typed(text) => compose::set_text(model, text, &mut effects),
        Event::EditStarted(target) => compose::start_edit(model, target),
        Event::ReplyStarted(target) => compose::start_reply(model, target, &mut effects),
        Event::Cancelled => compose::cancel(model, &mut effects),
        Event::Deleted(target) => compose::delete(model, env.message_id(), target, &mut effects),
        Event::Reacted { target, emoji } => {
            compose::react(model, env.message_id(), target, emoji, &mut effects);
        }
        Event::Retried(id) => outbox::retry(model, id, &mut effects),
        Event::Discarded(id) => outbox::discard(model, id, &mut effects),
        Event::OutboxInherited(posts) => outbox::inherit(model, posts, &mut effects),
        Event::OutboxTaken(ids) => outbox::release(model, &ids),
        Event::PostNotSaved(id) => outbox::mark_not_saved(model, id),
        Event::NotSaved => profile::notify_not_saved(model),

        Event::PickerOpened(target) => picker::open(model, target),
        Event::PickerFiltered(query) => picker::change(model, |picker| picker.filter(query)),
        Event::PickerMoved(step) => picker::change(model, |picker| picker.step(step)),
        Event::PickerClosed => model.picker = None,

        Event::Renamed(name) => profile::rename(model, &name, &mut effects),
        Event::NameChangedElsewhere(name) => profile::set_name(model, name),
        Event::SettingsChanged(settings) => profile::set_settings(model, settings, &mut effects),

        Event::OlderRequested => history::show_older(model),
        Event::NewerRequested => history::show_newer(model),
        Event::LatestRequested => history::show_latest(model),
        Event::MessageRequested(id) => history::show_message(model, id),
        Event::MessageShown => model.room_mut().scroll_target = None,
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),

        Event::RoomOpened(name) => rooms::open_by_name(model, &name, &mut effects),
        Event::AddressChanged(room) => rooms::enter(model, room, &mut effects),
        Event::RoomLeft(room) => rooms::leave(model, room, &mut effects),
        Event::PageShown => rooms::page_shown(model),
        Event::PageHidden => rooms::page_hidden(model, &mut effects),

        Event::SearchOpened => search::search(model, String::new()),
        Event::SearchChanged(query) => search::search(model, query),
        Event::SearchClosed => model.search = None,

        Event::NoticeDismissed => model.notice = None,
        Event::Inspector(event) => inspector::on_event(model, event, &mut effects),
    }
    connection::drain_outputs(model, received, &mut effects);
    effects
}
