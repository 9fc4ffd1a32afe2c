//! What only a press leads to. The code of this module, and of what only it calls, is not in the
//! first load.

use parlor_shared::Place;

use crate::{
    event::{Effect, Env, Event},
    model::Model,
    update::{
        access, answers, clocks, completion, compose, connection, emoji, history, inspector, menu,
        outbox, person, picker, places, profile, reading, room_card, rooms, search, switcher,
    },
};

/// Applies an event that [`update`](super::update) has left to it. Returns what the browser is to
/// do, in order.
#[must_use]
#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows everything that can happen"
)]
pub fn update_later(model: &mut Model, event: Event, env: Env) -> Vec<Effect> {
    clocks::set(model, env);
    let mut effects = Vec::new();
    match event {
        Event::EditStarted(target) => compose::start_edit(model, target),
        Event::ReplyStarted(target) => compose::start_reply(model, target, &mut effects),
        Event::Deleted(target) => compose::delete(model, env.message_id(), target, &mut effects),
        Event::Reacted { target, emoji } => {
            compose::react(model, env.message_id(), target, emoji, &mut effects);
        }
        Event::Retried(id) => outbox::retry(model, id, &mut effects),
        Event::Discarded(id) => outbox::discard(model, id, &mut effects),

        Event::PickerOpened(target) => picker::open(model, target, &mut effects),
        Event::PickerFiltered(query) => picker::filter(model, query),
        Event::PickerMoved(step) => picker::step(model, step),
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

        Event::Access(event) => access::on_event(model, event, env.message_id(), &mut effects),
        Event::Renamed(name) => profile::rename(model, &name, &mut effects),
        Event::SettingsChanged(settings) => profile::set_settings(model, settings, &mut effects),

        Event::MessageRequested(id) => history::show_message(model, id),
        Event::MessageAddressed(at) => places::show_addressed(model, &at),
        Event::TextRequested(id) => menu::copy_text(model, id, &mut effects),
        Event::LinkFollowed(room, at) => places::follow_link(model, room, at, &mut effects),
        Event::TimeRequested(at_ms) => history::show_place(model, Place::Time(at_ms)),
        Event::LinkRequested(message) => places::copy_link(model, message, &mut effects),
        Event::Copied => places::copied(model),

        Event::FirstUnreadRequested => reading::show_first_unread(model),
        Event::MarkedRead(room) => reading::mark_read(model, room.as_ref(), &mut effects),
        Event::MarkedUnread(id) => reading::mark_unread(model, id, &mut effects),

        Event::SoundDue => effects.push(Effect::PlaySound),
        Event::RoomOpened(name) => rooms::open_by_name(model, &name, &mut effects),
        Event::AddressChanged(room) => rooms::enter(model, room, &mut effects),
        Event::RoomLeft(room) => rooms::leave(model, room, &mut effects),
        Event::RoomStepped(step) => rooms::step(model, step, &mut effects),
        Event::Switcher(event) => switcher::on_event(model, event, &mut effects),
        Event::RoomCard(event) => {
            room_card::on_event(model, event, env.message_id(), &mut effects);
        }

        Event::Person(event) => {
            let was_open = model.person.is_some();
            person::on_event(model, event, env.message_id(), &mut effects);
            if !was_open && model.person.is_some() {
                access::load(model);
            }
        }

        Event::SearchOpened => search::open(model),
        Event::SearchChanged(query) => search::search(model, query),
        Event::Results(event) => search::on_results(model, event),
        Event::Answered(answer) => answers::answered(model, *answer, &mut effects),
        Event::MenuOpened(menu) => menu::open(model, menu, &mut effects),
        Event::DialogOpened(dialog) => effects.push(Effect::ShowDialog(dialog)),
        Event::Inspector(event) => inspector::on_event(model, event, &mut effects),

        Event::ConnectRequested
        | Event::DisconnectRequested
        | Event::SocketOpened
        | Event::FrameReceived(_)
        | Event::SocketClosed(_)
        | Event::Ticked
        | Event::Submitted
        | Event::Typed(_)
        | Event::Cancelled
        | Event::OutboxInherited(_)
        | Event::OutboxTaken(_)
        | Event::PostNotSaved(_)
        | Event::NotSaved
        | Event::NameChangedElsewhere(_)
        | Event::OlderRequested
        | Event::NewerRequested
        | Event::LatestRequested
        | Event::MessageShown
        | Event::EndReached
        | Event::EndLeft
        | Event::RowsInView { .. }
        | Event::PageShown
        | Event::PageHidden
        | Event::WindowFocused
        | Event::WindowBlurred
        | Event::MenuClosed
        | Event::PickerClosed
        | Event::SearchClosed
        | Event::PanelOpened
        | Event::PanelClosed
        | Event::WentBack
        | Event::NoticeDismissed
        | Event::LaterNotLoaded => {}
    }
    connection::drain_outputs(model, None, &mut effects);
    effects
}
