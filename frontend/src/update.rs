//! The page's whole behaviour: one closed match over what can happen.

mod compose;
mod session_event;

use parlor_session::{Event as Told, Output, Status};
use parlor_shared::{
    Body, MessageId, Name, RoomId, RoomInvalid, ServerMessage,
    limits::{HISTORY_ENTRIES_MAX, PAGE_ROOMS_MAX},
};

use self::session_event::hear;
use crate::{
    event::{Effect, Event, Moment, WireEvent},
    model::{
        Model,
        inspector::{Direction, Ended, Wire},
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
pub fn update(model: &mut Model, event: Event, moment: Moment) -> Vec<Effect> {
    let Moment {
        now_ms,
        unix_ms,
        random,
    } = moment;
    let chance = random
        .iter()
        .fold(0, |sum: u64, byte| sum << 7 ^ u64::from(*byte));
    model.now_ms = now_ms;
    model.unix_ms = unix_ms;
    let mut effects = Vec::new();
    let mut came = None;
    match event {
        Event::Started => model.session.start(now_ms),
        Event::Stopped => model.session.stop(),
        Event::Submitted => compose::submit(model, MessageId::new(unix_ms, random), &mut effects),
        Event::Typed(draft) => compose::write(model, draft, &mut effects),
        Event::EditWanted(target) => compose::edit(model, target),
        Event::ReplyWanted(target) => compose::reply(model, target, &mut effects),
        Event::GivenUp => compose::give_up(model, &mut effects),
        Event::Deleted(target) => {
            compose::give_up_edit(model, &mut effects);
            let id = MessageId::new(unix_ms, random);
            compose::say(model, id, Body::Deletion { target }, &mut effects);
        }
        Event::Reacted(target, emoji) => {
            let id = MessageId::new(unix_ms, random);
            compose::react(model, id, (target, emoji), &mut effects);
        }
        Event::PickerWanted(target) => {
            model.picker = Some(Picker {
                target,
                ..Picker::default()
            });
        }
        Event::PickerFiltered(words) => in_picker(model, |picker| picker.look_for(words)),
        Event::PickerMoved(step) => in_picker(model, |picker| picker.step(step)),
        Event::PickerClosed => model.picker = None,
        Event::Renamed(name) => rename(model, &name, &mut effects),
        Event::NamedElsewhere(name) => be_named(model, name),
        // Until the message that is wanted is shown, where the list stands is not what the person chose.
        Event::OlderWanted | Event::NewerWanted | Event::EndReached | Event::EndLeft
            if model.room().wanted.is_some() => {}
        Event::Set(settings) => {
            model.settings = settings;
            effects.push(Effect::KeepSettings(settings));
        }
        Event::OlderWanted => read_back(model),
        Event::NewerWanted => {
            let room = model.room_mut();
            room.window.move_on(&room.timeline);
        }
        Event::LatestWanted => {
            let room = model.room_mut();
            room.wanted = None;
            room.go_to_end();
        }
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),
        Event::RoomWanted(room) => match RoomId::parse(room.trim()) {
            Ok(room) => go_to(model, room, &mut effects),
            Err(RoomInvalid) => model.notice = Some(texts::ROOM_INVALID.to_owned()),
        },
        Event::AddressChanged(room) => enter(model, room, &mut effects),
        Event::RoomLeft(room) => leave(model, room, &mut effects),
        Event::Searched(text) => search(model, text),
        Event::MessageWanted(id) => {
            model.room_mut().wanted = Some(id);
            look_for_wanted(model);
        }
        Event::MessageShown => model.room_mut().wanted = None,
        Event::Retried(id) => compose::retry(model, id, &mut effects),
        Event::Discarded(id) => {
            model.room_mut().settle(id);
            model.session.discard(id);
            effects.push(Effect::ForgetPost(id));
        }
        Event::NoticeRead => model.notice = None,
        Event::Shown => {
            model.in_sight = true;
            let me = model.member;
            model.room_mut().mark_new(me);
        }
        Event::Hidden => {
            model.in_sight = false;
            // Whoever looks away may not come back to this page.
            for (id, room) in model.rooms.iter_mut() {
                let recent = room.recent.to_keep();
                effects.extend(recent.map(|recent| Effect::KeepRecent(id.clone(), recent)));
            }
        }
        Event::PostsLeft(posts) => {
            for post in posts {
                compose::send(model, post, &mut effects);
            }
        }
        Event::Opened => {
            let took_ms = model.connection.opened(now_ms);
            note(model, "open", texts::opened_after(took_ms));
            model.session.handle_open();
        }
        Event::Wire(event) => look_at_wire(model, event, &mut effects),
        Event::Received(frame) => {
            if let Some(wire) = &mut model.wire {
                wire.take(Direction::Received, &frame, now_ms);
            }
            model.session.handle_frame(now_ms, &frame, chance);
            came = Some(frame);
        }
        Event::Closed(code) => {
            ended(model, code.map_or(Ended::Broken, Ended::WithCode));
            model.session.handle_closed(now_ms, code, chance);
        }
        Event::Ticked => tick(model, chance, &mut effects),
    }
    while let Some(output) = model.session.poll_output() {
        match output {
            Output::Connect => {
                model.connection.begin(now_ms);
                note(model, "connecting", texts::HANDSHAKE_REQUEST.to_owned());
                effects.push(Effect::Connect);
            }
            Output::Send(frame) => {
                if let Some(wire) = &mut model.wire {
                    wire.take(Direction::Sent, &frame, now_ms);
                }
                effects.push(Effect::Send(frame));
            }
            Output::Close => {
                ended(model, Ended::Left);
                effects.push(Effect::Close);
            }
            Output::Event(told) => {
                if let Told::Message(ServerMessage::Entry { room, .. }) = &told
                    && let Some(room) = model.rooms.get_mut(room)
                    && let Some(frame) = came.take()
                {
                    room.recent.push(frame);
                }
                hear(model, told, &mut effects);
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
            effects.push(Effect::KeepName(name.clone()));
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
    if room != model.here {
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
    model.room_mut().new_from = None;
    model.here = room;
    model.search = None;
    model.picker = None;
    model.notice = None;
    let room = model.room_mut();
    room.new_from = None;
    room.mark_new(me);
    room.go_to_end();
}

/// Leaves the rooms where nothing has happened for longest, where there are too many.
fn make_place(model: &mut Model, keep: &RoomId, effects: &mut Vec<Effect>) {
    while model.rooms.len() > PAGE_ROOMS_MAX {
        let may_go = |(id, room): &(&RoomId, &Room)| {
            *id != keep && **id != model.here && room.pending.is_empty()
        };
        let quietest = model.rooms.iter().filter(may_go);
        let Some(quietest) = quietest.min_by_key(|(_, room)| room.active_at_ms()) else {
            return;
        };
        let quietest = quietest.0.clone();
        forget(model, &quietest, effects);
    }
}

/// Is in this room no more. Where it is the one looked at, another one is.
fn leave(model: &mut Model, room: RoomId, effects: &mut Vec<Effect>) {
    if room == model.here {
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
    Effect::KeepRooms(model.rooms.keys().cloned().collect())
}

fn read_back(model: &mut Model) {
    let room = model.room_mut();
    room.leave_end();
    if room.window.has_older(&room.timeline) {
        room.window.move_back(&room.timeline);
    } else {
        ask_for_older(model);
    }
}

/// Asks for what came before all that has been read; says whether it will come.
fn ask_for_older(model: &mut Model) -> bool {
    let here = model.here.clone();
    let room = model.room();
    if !room.reading_back && room.can_read_back() {
        let before = room.start.next();
        let asked = model.session.history(&here, before, HISTORY_ENTRIES_MAX);
        model.room_mut().reading_back = asked.is_ok();
    }
    model.room().reading_back
}

/// Shows the message that is wanted, or reads back until it is there.
pub(crate) fn look_for_wanted(model: &mut Model) {
    let room = model.room_mut();
    if room.wanted.is_some() && !room.go_to_wanted() && !ask_for_older(model) {
        model.room_mut().wanted = None;
        model.notice = Some(texts::NOT_READABLE.to_owned());
    }
}

fn search(model: &mut Model, text: Option<String>) {
    match text {
        None => model.search = None,
        Some(text) => {
            model.search.get_or_insert_default().text = text;
            ask_what_is_searched(model);
        }
    }
}

/// Asks for what is searched, where the answer at hand is to something else and none is to come.
pub(crate) fn ask_what_is_searched(model: &mut Model) {
    let Some(search) = &mut model.search else {
        return;
    };
    if search.text.trim().is_empty() {
        search.found.clear();
        search.found_for.clear();
    } else if !search.asked && !search.is_answered() {
        let asked = model.session.search(&model.here, search.text.trim());
        search.asked = asked.is_ok();
    }
}

fn look_at_wire(model: &mut Model, event: WireEvent, effects: &mut Vec<Effect>) {
    let Some(wire) = &mut model.wire else {
        if event == WireEvent::Opened {
            model.wire = Some(Wire::default());
        }
        return;
    };
    match event {
        WireEvent::Opened => {}
        WireEvent::Closed => model.wire = None,
        WireEvent::PauseToggled => wire.paused = !wire.paused,
        WireEvent::Filtered(filter) => wire.filter = filter,
        WireEvent::Cleared => wire.clear(),
        WireEvent::Cut => effects.push(Effect::Cut),
        WireEvent::Sent(frame) => {
            wire.take(Direction::Sent, &frame, model.now_ms);
            effects.push(Effect::Send(frame));
        }
    }
}

/// Notes what became of the connection, where somebody looks.
fn note(model: &mut Model, kind: &str, what: String) {
    if let Some(wire) = &mut model.wire {
        wire.note(kind, &what, model.now_ms);
    }
}

fn ended(model: &mut Model, how: Ended) {
    model.connection.ended = Some(how);
    note(model, "closed", texts::ended(how));
}

fn tick(model: &mut Model, chance: u64, effects: &mut Vec<Effect>) {
    let now_ms = model.now_ms;
    let due = model.session.poll_timeout();
    if due.is_some_and(|due| due <= now_ms) {
        model.session.handle_timeout(now_ms, chance);
    }
    for room in model.rooms.values_mut() {
        room.typing.retain(|_, until_ms| *until_ms > now_ms);
    }
    if model.session.status() == Status::Online
        && let Some(wire) = &mut model.wire
        && wire.wants_ping(now_ms)
    {
        model.session.probe(now_ms);
    }
    if model.in_sight
        && let Some(seen) = model.room_mut().see()
    {
        effects.push(Effect::KeepSeen(model.here.clone(), seen));
    }
}
