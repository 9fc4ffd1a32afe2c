//! The page's whole behaviour: one closed match over what can happen.
//!
//! Each arm calls at most a few functions of the modules below, each of which handles one group of
//! events. After every event the session's outputs are drained, so nothing it asks for is left
//! behind.

mod alerts;
mod complete;
mod completion;
mod compose;
mod connection;
mod emoji;
mod forget;
mod history;
mod inspector;
mod menu;
mod outbox;
mod picker;
mod places;
mod profile;
mod reading;
mod room_card;
mod rooms;
mod search;
mod session_event;
mod switcher;

use parlor_shared::Place;

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
    let was_menu_open = menu::close_after_choice(model, &event, &mut effects);
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

        Event::PickerOpened(target) => picker::open(model, target, &mut effects),
        Event::PickerFiltered(query) => picker::filter(model, query),
        Event::PickerMoved(step) => picker::step(model, step),
        Event::PickerClosed => model.picker = None,
        Event::EmojiLoaded(files) => {
            emoji::loaded(model, files);
            picker::fill(model);
            completion::refresh(model);
        }
        Event::ToneChosen(tone) => picker::set_tone(model, tone, &mut effects),
        Event::EmojiUsed(emoji) => emoji::record_use(model, &emoji, &mut effects),

        Event::CaretMoved(caret) => completion::caret_moved(model, caret, &mut effects),
        Event::CompletionMoved(step) => completion::step(model, step),
        Event::CompletionChosen(index) => completion::choose(model, index, &mut effects),
        Event::CompletionDismissed => completion::dismiss(model),
        Event::CopyRequested(text) => effects.push(Effect::Copy(text)),

        Event::Renamed(name) => profile::rename(model, &name, &mut effects),
        Event::NameChangedElsewhere(name) => profile::set_name(model, name),
        Event::SettingsChanged(settings) => profile::set_settings(model, settings, &mut effects),

        Event::OlderRequested => history::show_older(model),
        Event::NewerRequested => history::show_newer(model),
        Event::LatestRequested => places::leave_message(model, &mut effects),
        Event::MessageRequested(id) => history::show_message(model, id),
        Event::TextRequested(id) => menu::copy_text(model, id, &mut effects),
        Event::LinkFollowed(room, at) => places::follow_link(model, room, at, &mut effects),
        Event::MessageAddressed(at) => places::show_addressed(model, &at),
        Event::TimeRequested(at_ms) => history::show_place(model, Place::Time(at_ms)),
        Event::LinkRequested(message) => places::copy_link(model, message, &mut effects),
        Event::Copied => places::copied(model),
        Event::MessageShown => model.room_mut().scroll_target = None,
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),

        Event::RowsInView { first, last } => reading::rows_in_view(model, first, last),
        Event::FirstUnreadRequested => reading::show_first_unread(model),
        Event::MarkedRead(room) => reading::mark_read(model, room.as_ref(), &mut effects),
        Event::MarkedUnread(id) => reading::mark_unread(model, id, &mut effects),

        Event::RoomOpened(name) => rooms::open_by_name(model, &name, &mut effects),
        Event::AddressChanged(room) => rooms::enter(model, room, &mut effects),
        Event::RoomLeft(room) => rooms::leave(model, room, &mut effects),
        Event::RoomStepped(step) => rooms::step(model, step, &mut effects),
        Event::PageShown => rooms::page_shown(model),
        Event::PageHidden => rooms::page_hidden(model, &mut effects),
        Event::WindowFocused => rooms::window_focused(model),
        Event::WindowBlurred => model.focused = false,

        Event::Switcher(event) => switcher::on_event(model, event, &mut effects),
        Event::RoomCard(event) => {
            room_card::on_event(model, event, env.message_id(), &mut effects);
        }

        Event::SearchOpened => search::open(model),
        Event::SearchChanged(query) => search::search(model, query),
        Event::SearchClosed => model.search = None,
        Event::Results(event) => search::on_results(model, event),

        Event::MenuOpened(menu) => menu::open(model, menu, &mut effects),
        // It is closed already, as by every event of the user's.
        Event::MenuClosed => {}
        Event::PanelOpened => menu::open_panel(model, &mut effects),
        Event::PanelClosed => menu::close_panel(model, &mut effects),
        Event::WentBack => menu::close_topmost(model, was_menu_open, &mut effects),

        Event::NoticeDismissed => model.notice = None,
        Event::Inspector(event) => inspector::on_event(model, event, &mut effects),
    }
    connection::drain_outputs(model, received, &mut effects);
    effects
}
