//! The page's whole behaviour: one closed match over what can happen.

use parlor_session::{OutboxPost, Output};
use parlor_shared::{
    Body, MessageId, Name, RoomId, Text,
    limits::{HISTORY_ENTRIES_MAX, PAGE_ROOMS_MAX},
};

use crate::{
    event::{Effect, Event, Moment},
    hear::hear,
    model::Model,
};

/// Takes what happened in; gives what the browser is to do, in order.
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
    let mut effects = Vec::new();
    match event {
        Event::Started => model.session.start(now_ms),
        Event::Stopped => model.session.stop(),
        Event::Submitted => submit(model, MessageId::new(unix_ms, random), &mut effects),
        Event::Typed(draft) => write(model, draft, &mut effects),
        Event::Renamed(name) => rename(model, &name, &mut effects),
        Event::NamedElsewhere(name) => be_named(model, name),
        Event::OlderWanted => read_back(model),
        Event::NewerWanted => {
            let room = model.room_mut();
            room.window.move_on(&room.timeline);
        }
        Event::LatestWanted => model.room_mut().go_to_end(),
        Event::EndReached => model.room_mut().reach_end(),
        Event::EndLeft => model.room_mut().leave_end(),
        Event::RoomWanted(room) => match RoomId::parse(room.trim()) {
            Ok(room) => go_to(model, room, &mut effects),
            Err(why) => model.notice = Some(why.to_string()),
        },
        Event::AddressChanged(room) => enter(model, room, &mut effects),
        Event::RoomLeft(room) => leave(model, room, &mut effects),
        Event::Retried(id) => retry(model, id, &mut effects),
        Event::Discarded(id) => {
            model.room_mut().pending.retain(|(post, _)| post.id != id);
            model.session.discard(id);
            effects.push(Effect::ForgetPost(id));
        }
        Event::NoticeRead => model.notice = None,
        Event::Shown => {
            model.in_sight = true;
            let me = model.member;
            model.room_mut().mark_new(me);
        }
        Event::Hidden => model.in_sight = false,
        Event::PostsLeft(posts) => {
            for post in posts {
                send(model, post, &mut effects);
            }
        }
        Event::Opened => model.session.handle_open(),
        Event::Received(frame) => model.session.handle_frame(now_ms, &frame, chance),
        Event::Closed(code) => model.session.handle_closed(now_ms, code, chance),
        Event::Ticked => tick(model, chance, &mut effects),
    }
    while let Some(output) = model.session.poll_output() {
        match output {
            Output::Connect => effects.push(Effect::Connect),
            Output::Send(frame) => effects.push(Effect::Send(frame)),
            Output::Close => effects.push(Effect::Close),
            Output::Event(told) => hear(model, told, &mut effects),
        }
    }
    effects
}

fn write(model: &mut Model, draft: String, effects: &mut Vec<Effect>) {
    let here = model.here.clone();
    if !draft.is_empty() {
        model.session.typing(&here, model.now_ms);
    }
    model.room_mut().draft.clone_from(&draft);
    effects.push(Effect::KeepDraft(here, draft));
}

fn submit(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let here = model.here.clone();
    let room = model.room_mut();
    match Text::parse(room.draft.trim_end()) {
        Ok(text) => {
            room.draft = String::new();
            effects.push(Effect::KeepDraft(here.clone(), String::new()));
            // One wants to see what one has said, and has read what one answers.
            room.new_from = None;
            room.go_to_end();
            let body = Body::Post { text };
            let post = OutboxPost {
                room: here,
                id,
                body,
            };
            send(model, post, effects);
        }
        Err(why) => model.notice = Some(why.to_string()),
    }
}

fn send(model: &mut Model, post: OutboxPost, effects: &mut Vec<Effect>) {
    let refused = match model.session.post(&post.room, post.id, post.body.clone()) {
        Ok(()) => {
            effects.push(Effect::KeepPost(post.clone()));
            None
        }
        Err(full) => Some(full.to_string()),
    };
    model.join(&post.room.clone()).pending.push((post, refused));
}

fn retry(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let pending = &mut model.room_mut().pending;
    let refused = |(post, why): &(OutboxPost, Option<String>)| post.id == id && why.is_some();
    if let Some(index) = pending.iter().position(refused) {
        let (post, _) = pending.remove(index);
        send(model, post, effects);
    }
}

fn rename(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    match Name::parse(name.trim()) {
        Ok(name) => {
            effects.push(Effect::KeepName(name.clone()));
            be_named(model, name);
        }
        Err(why) => model.notice = Some(why.to_string()),
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
    model.notice = None;
    let room = model.room_mut();
    room.new_from = None;
    room.mark_new(me);
    room.go_to_end();
}

/// Leaves the rooms where nothing has happened for longest, where there are too many.
fn make_place(model: &mut Model, keep: &RoomId, effects: &mut Vec<Effect>) {
    while model.rooms.len() > PAGE_ROOMS_MAX {
        let may_go = |(id, room): &(&RoomId, &crate::room::Room)| {
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
        model.notice = Some(format!("{room} has messages that are not sent yet"));
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
    let here = model.here.clone();
    let room = model.room_mut();
    room.leave_end();
    if room.window.has_older(&room.timeline) {
        room.window.move_back(&room.timeline);
    } else if !room.reading_back && room.can_read_back() {
        let before = room.start.next();
        let asked = model.session.history(&here, before, HISTORY_ENTRIES_MAX);
        model.room_mut().reading_back = asked.is_ok();
    }
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
    if model.in_sight
        && let Some(seen) = model.room_mut().see()
    {
        effects.push(Effect::KeepSeen(model.here.clone(), seen));
    }
}
