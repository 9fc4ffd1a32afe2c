//! The page's whole behaviour: one closed match over what can happen.

mod compose;
mod session_event;

use parlor_session::{Event as Told, Output, Status};
use parlor_shared::{
    Body, Name, RoomId, RoomInvalid, ServerMessage,
    limits::{HISTORY_ENTRIES_MAX, PAGE_ROOMS_MAX},
};

use self::session_event::on_session_event;
use crate::{
    event::{Effect, Env, Event, InspectorEvent},
    model::{
        Model,
        connection::ConnectionEnd,
        inspector::{Direction, Inspector},
        picker::Picker,
        room::Room,
    },
    texts,
};

/// Takes what happened in; gives what the browser is to do, in order.
#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows all that can happen"
)]
pub fn update(model: &mut Model, event: Event, env: Env) -> Vec<Effect> {
    let now_ms = env.now_ms;
    model.now_ms = now_ms;
    model.unix_ms = env.unix_ms;
    let mut effects = Vec::new();
    let mut came = None;
    match event {
        Event::ConnectRequested => model.session.start(now_ms),
        Event::DisconnectRequested => model.session.stop(),
        Event::Submitted => compose::submit(model, env.message_id(), &mut effects),
        Event::Typed(draft) => compose::write(model, draft, &mut effects),
        Event::EditStarted(target) => compose::edit(model, target),
        Event::ReplyStarted(target) => compose::reply(model, target, &mut effects),
        Event::Cancelled => compose::give_up(model, &mut effects),
        Event::Deleted(target) => {
            compose::give_up_edit(model, &mut effects);
            let id = env.message_id();
            compose::say(model, id, Body::Deletion { target }, &mut effects);
        }
        Event::Reacted { target, emoji } => {
            let id = env.message_id();
            compose::react(model, id, target, emoji, &mut effects);
        }
        Event::PickerOpened(target) => {
            model.picker = Some(Picker {
                target,
                ..Picker::default()
            });
        }
        Event::PickerFiltered(words) => in_picker(model, |picker| picker.filter(words)),
        Event::PickerMoved(step) => in_picker(model, |picker| picker.step(step)),
        Event::PickerClosed => model.picker = None,
        Event::Renamed(name) => rename(model, &name, &mut effects),
        Event::NameChangedElsewhere(name) => be_named(model, name),
        // Until the message that is wanted is shown, where the list stands is not what the person chose.
        Event::OlderRequested | Event::NewerRequested | Event::EndReached | Event::EndLeft
            if model.room().scroll_target.is_some() => {}
        Event::SettingsChanged(settings) => {
            model.settings = settings;
            effects.push(Effect::SaveSettings(settings));
        }
        Event::OlderRequested => read_back(model),
        Event::NewerRequested => {
            let room = model.room_mut();
            room.window.move_to_newer(&room.timeline);
        }
        Event::LatestRequested => {
            let room = model.room_mut();
            room.scroll_target = None;
            room.go_to_end();
        }
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),
        Event::RoomOpened(room) => match RoomId::parse(room.trim()) {
            Ok(room) => go_to(model, room, &mut effects),
            Err(RoomInvalid) => model.notice = Some(texts::ROOM_INVALID.to_owned()),
        },
        Event::AddressChanged(room) => enter(model, room, &mut effects),
        Event::RoomLeft(room) => leave(model, room, &mut effects),
        Event::SearchOpened => search(model, String::new()),
        Event::SearchChanged(text) => search(model, text),
        Event::SearchClosed => model.search = None,
        Event::MessageRequested(id) => {
            model.room_mut().scroll_target = Some(id);
            seek_scroll_target(model);
        }
        Event::MessageShown => model.room_mut().scroll_target = None,
        Event::Retried(id) => compose::retry(model, id, &mut effects),
        Event::Discarded(id) => {
            model.room_mut().remove_pending(id);
            model.session.discard(id);
            effects.push(Effect::ForgetPost(id));
        }
        Event::NoticeDismissed => model.notice = None,
        Event::PageShown => {
            model.visible = true;
            let me = model.member;
            model.room_mut().mark_first_unread(me);
        }
        Event::PageHidden => {
            model.visible = false;
            // Whoever looks away may not come back to this page.
            for (id, room) in model.rooms.iter_mut() {
                let recent = room.cached_entries.to_keep();
                effects.extend(recent.map(|recent| Effect::SaveEntries(id.clone(), recent)));
            }
        }
        Event::OutboxInherited(posts) => {
            for post in posts {
                compose::send(model, post, &mut effects);
            }
        }
        Event::SocketOpened => {
            let took_ms = model.connection.opened(now_ms);
            note(model, "open", texts::opened_after(took_ms));
            model.session.handle_open();
        }
        Event::Inspector(event) => on_inspector_event(model, event, &mut effects),
        Event::FrameReceived(frame) => {
            if let Some(inspector) = &mut model.inspector {
                inspector.record_frame(Direction::Received, &frame, now_ms);
            }
            model.session.handle_frame(now_ms, &frame, env.random_u64());
            came = Some(frame);
        }
        Event::SocketClosed(code) => {
            ended(
                model,
                code.map_or(ConnectionEnd::Broken, ConnectionEnd::WithCode),
            );
            model.session.handle_closed(now_ms, code, env.random_u64());
        }
        Event::Ticked => tick(model, env.random_u64(), &mut effects),
    }
    while let Some(output) = model.session.poll_output() {
        match output {
            Output::Connect => {
                model.connection.begin(now_ms);
                note(model, "connecting", texts::HANDSHAKE_REQUEST.to_owned());
                effects.push(Effect::Connect);
            }
            Output::Send(frame) => {
                if let Some(inspector) = &mut model.inspector {
                    inspector.record_frame(Direction::Sent, &frame, now_ms);
                }
                effects.push(Effect::Send(frame));
            }
            Output::Close => {
                ended(model, ConnectionEnd::ByPage);
                effects.push(Effect::Close);
            }
            Output::Event(told) => {
                if let Told::Message(ServerMessage::Entry { room, .. }) = &told
                    && let Some(room) = model.rooms.get_mut(room)
                    && let Some(frame) = came.take()
                {
                    room.cached_entries.push(frame);
                }
                on_session_event(model, told, &mut effects);
            }
        }
    }
    effects
}

fn in_picker(model: &mut Model, change: impl FnOnce(&mut Picker)) {
    if let Some(picker) = &mut model.picker {
        change(picker);
    }
}

fn rename(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    match Name::parse(name.trim()) {
        Ok(name) => {
            effects.push(Effect::SaveName(name.clone()));
            be_named(model, name);
        }
        Err(_) => model.notice = Some(texts::NAME_INVALID.to_owned()),
    }
}

fn be_named(model: &mut Model, name: Name) {
    model.session.rename(name.clone());
    model.name = name;
}

fn go_to(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    if room != model.current_room {
        effects.push(Effect::ShowAddress(room.clone()));
        enter(model, room, effects);
    }
}

/// Looks at this room, and is in it from now on.
fn enter(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    let known = model.rooms.len();
    model.join(&room);
    if model.rooms.len() > known {
        make_place(model, &room, effects);
        effects.push(keep_rooms(model));
    }
    let me = model.member;
    model.room_mut().first_unread = None;
    model.current_room = room;
    model.search = None;
    model.picker = None;
    model.notice = None;
    let room = model.room_mut();
    room.first_unread = None;
    room.mark_first_unread(me);
    room.go_to_end();
}

/// Leaves the rooms where nothing has happened for longest, where there are too many.
fn make_place(model: &mut Model, keep: &RoomId, effects: &mut Vec<Effect>) {
    while model.rooms.len() > PAGE_ROOMS_MAX {
        let may_go = |(id, room): &(&RoomId, &Room)| {
            *id != keep && **id != model.current_room && room.pending.is_empty()
        };
        let quietest = model.rooms.iter().filter(may_go);
        let Some(quietest) = quietest.min_by_key(|(_, room)| room.last_message_ms()) else {
            return;
        };
        let quietest = quietest.0.clone();
        forget(model, &quietest, effects);
    }
}

/// Is in this room no more. Where it is the one looked at, another one is.
fn leave(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    if room == model.current_room {
        let others = model.rooms.keys().filter(|other| **other != room);
        // The last room cannot be left: a page is always somewhere.
        let Some(next) = others
            .min_by_key(|other| other.as_str() != "lobby")
            .cloned()
        else {
            return;
        };
        go_to(model, next, effects);
    }
    forget(model, &room, effects);
    effects.push(keep_rooms(model));
}

fn forget(model: &mut Model, room: &RoomId, effects: &mut Vec<Effect>) {
    if model
        .rooms
        .get(room)
        .is_some_and(|room| !room.pending.is_empty())
    {
        model.notice = Some(texts::has_unsent(room.as_str()));
        return;
    }
    model.session.leave(room);
    model.rooms.remove(room);
    effects.push(Effect::ForgetRoom(room.clone()));
}

fn keep_rooms(model: &Model) -> Effect {
    Effect::SaveRooms(model.rooms.keys().cloned().collect())
}

fn read_back(model: &mut Model) {
    let room = model.room_mut();
    room.leave_end();
    if room.window.has_older(&room.timeline) {
        room.window.move_to_older(&room.timeline);
    } else {
        ask_for_older(model);
    }
}

/// Asks for what came before all that has been read; says whether it will come.
fn ask_for_older(model: &mut Model) -> bool {
    let here = model.current_room.clone();
    let room = model.room();
    if !room.loading_older && room.can_load_older() {
        let before = room.loaded_after.next();
        let asked = model.session.history(&here, before, HISTORY_ENTRIES_MAX);
        model.room_mut().loading_older = asked.is_ok();
    }
    model.room().loading_older
}

/// Shows the message that is wanted, or reads back until it is there.
pub(crate) fn seek_scroll_target(model: &mut Model) {
    let room = model.room_mut();
    if room.scroll_target.is_some() && !room.show_scroll_target() && !ask_for_older(model) {
        model.room_mut().scroll_target = None;
        model.notice = Some(texts::MESSAGE_NOT_LOADED.to_owned());
    }
}

fn search(model: &mut Model, text: String) {
    model.search.get_or_insert_default().text = text;
    ask_what_is_searched(model);
}

/// Asks for what is searched, where the answer at hand is to something else and none is to come.
pub(crate) fn ask_what_is_searched(model: &mut Model) {
    let Some(search) = &mut model.search else {
        return;
    };
    if search.text.trim().is_empty() {
        search.found.clear();
        search.found_for.clear();
    } else if !search.is_pending && !search.is_answered() {
        let asked = model
            .session
            .search(&model.current_room, search.text.trim());
        search.is_pending = asked.is_ok();
    }
}

fn on_inspector_event(model: &mut Model, event: InspectorEvent, effects: &mut Vec<Effect>) {
    let Some(inspector) = &mut model.inspector else {
        if event == InspectorEvent::Opened {
            model.inspector = Some(Inspector::default());
        }
        return;
    };
    match event {
        InspectorEvent::Opened => {}
        InspectorEvent::Closed => model.inspector = None,
        InspectorEvent::PauseToggled => inspector.paused = !inspector.paused,
        InspectorEvent::Filtered(filter) => inspector.filter = filter,
        InspectorEvent::Cleared => inspector.clear(),
        InspectorEvent::ConnectionDropped => effects.push(Effect::DropConnection),
        InspectorEvent::FrameSent(frame) => {
            inspector.record_frame(Direction::Sent, &frame, model.now_ms);
            effects.push(Effect::Send(frame));
        }
    }
}

/// Notes what became of the connection, where somebody looks.
fn note(model: &mut Model, kind: &str, what: String) {
    if let Some(inspector) = &mut model.inspector {
        inspector.record_step(kind, &what, model.now_ms);
    }
}

fn ended(model: &mut Model, how: ConnectionEnd) {
    model.connection.last_end = Some(how);
    note(model, "closed", texts::connection_end(how));
}

fn tick(model: &mut Model, random: u64, effects: &mut Vec<Effect>) {
    let now_ms = model.now_ms;
    let due = model.session.poll_timeout();
    if due.is_some_and(|due| due <= now_ms) {
        model.session.handle_timeout(now_ms, random);
    }
    for (_, room) in model.rooms.iter_mut() {
        room.typing.retain(|_, until_ms| *until_ms > now_ms);
    }
    if model.session.status() == Status::Online
        && let Some(inspector) = &mut model.inspector
        && inspector.schedule_ping(now_ms)
    {
        model.session.probe(now_ms);
    }
    if model.visible
        && let Some(seen) = model.room_mut().mark_seen()
    {
        effects.push(Effect::SaveSeen(model.current_room.clone(), seen));
    }
}
