//! The page's whole behaviour: two closed matches over what can happen.
//!
//! [`update`] is in the first load: what happens by itself, the list of messages and writing one.
//! What only a press leads to is in [`update_later`], which is loaded once the room is shown; until
//! then the browser keeps its events ([`Effect::UpdateLater`]). Each arm calls at most a few
//! functions of the modules below, each of which handles one group of events. After every event the
//! session's outputs are drained, so nothing it asks for is left behind.

mod access;
mod alerts;
mod answers;
mod clocks;
mod complete;
mod completion;
mod compose;
mod connection;
mod emoji;
mod forget;
mod history;
mod inspector;
mod later;
mod menu;
mod outbox;
mod person;
mod picker;
mod places;
mod profile;
mod reading;
mod room_card;
mod rooms;
mod search;
mod session_event;
mod switcher;

pub use self::later::update_later;
use crate::{
    event::{Effect, Env, Event},
    model::Model,
    texts,
};

/// Applies an event to the model, or leaves it to [`update_later`]. Returns what the browser is to
/// do, in order.
#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows everything that can happen"
)]
pub fn update(model: &mut Model, event: Event, env: Env) -> Vec<Effect> {
    clocks::set(model, env);
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
        Event::Cancelled => compose::cancel(model, &mut effects),
        Event::OutboxInherited(posts) => outbox::inherit(model, posts, &mut effects),
        Event::OutboxTaken(ids) => outbox::release(model, &ids),
        Event::PostNotSaved(id) => outbox::mark_not_saved(model, id),
        Event::NotSaved => profile::notify_not_saved(model),
        Event::NameChangedElsewhere(name) => profile::set_name(model, name),

        Event::OlderRequested => history::show_older(model),
        Event::NewerRequested => history::show_newer(model),
        Event::LatestRequested => places::leave_message(model, &mut effects),
        Event::MessageShown => model.room_mut().scroll_target = None,
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),
        Event::RowsInView { first, last } => reading::rows_in_view(model, first, last),

        Event::PageShown => rooms::page_shown(model),
        Event::PageHidden => rooms::page_hidden(model, &mut effects),
        Event::WindowFocused => rooms::window_focused(model),
        Event::WindowBlurred => model.focused = false,

        // It is closed already, as by every event of the user's.
        Event::MenuClosed => {}
        Event::PickerClosed => model.picker = None,
        Event::SearchClosed => model.search = None,
        Event::PanelOpened => menu::open_panel(model, &mut effects),
        Event::PanelClosed => menu::close_panel(model, &mut effects),
        Event::WentBack => menu::close_topmost(model, was_menu_open, &mut effects),
        Event::NoticeDismissed => model.notice = None,
        Event::LaterNotLoaded => model.notice = Some(texts::later_not_loaded().to_owned()),

        Event::EditStarted(_)
        | Event::ReplyStarted(_)
        | Event::Deleted(_)
        | Event::Reacted { .. }
        | Event::Retried(_)
        | Event::Discarded(_)
        | Event::PickerOpened(_)
        | Event::PickerFiltered(_)
        | Event::PickerMoved(_)
        | Event::EmojiLoaded(_)
        | Event::ToneChosen(_)
        | Event::EmojiUsed(_)
        | Event::CaretMoved(_)
        | Event::CompletionMoved(_)
        | Event::CompletionChosen(_)
        | Event::CompletionDismissed
        | Event::CopyRequested(_)
        | Event::Access(_)
        | Event::Renamed(_)
        | Event::SettingsChanged(_)
        | Event::MessageRequested(_)
        | Event::MessageAddressed(_)
        | Event::TextRequested(_)
        | Event::LinkFollowed(..)
        | Event::TimeRequested(_)
        | Event::LinkRequested(_)
        | Event::Copied
        | Event::FirstUnreadRequested
        | Event::MarkedRead(_)
        | Event::MarkedUnread(_)
        | Event::SoundDue
        | Event::RoomOpened(_)
        | Event::AddressChanged(_)
        | Event::RoomLeft(_)
        | Event::RoomStepped(_)
        | Event::Switcher(_)
        | Event::RoomCard(_)
        | Event::Person(_)
        | Event::SearchOpened
        | Event::SearchChanged(_)
        | Event::Results(_)
        | Event::Answered(_)
        | Event::MenuOpened(_)
        | Event::DialogOpened(_)
        | Event::Inspector(_) => effects.push(Effect::UpdateLater(Box::new(event))),
    }
    connection::drain_outputs(model, received, &mut effects);
    effects
}
