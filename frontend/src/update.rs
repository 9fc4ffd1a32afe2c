//! The page's whole behaviour: one closed match over what can happen.

use parlor_session::{OutboxPost, Output, Status};
use parlor_shared::{
    Body, Emoji, MessageId, Name, RoomId, Text,
    limits::{HISTORY_ENTRIES_MAX, PAGE_ROOMS_MAX},
};

use crate::{
    event::{Effect, Event, Moment, WireEvent},
    hear::hear,
    model::Model,
    room::{Edit, Room},
    wire::{Direction, Wire},
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
    let mut effects = Vec::new();
    match event {
        Event::Started => model.session.start(now_ms),
        Event::Stopped => model.session.stop(),
        Event::Submitted => submit(model, MessageId::new(unix_ms, random), &mut effects),
        Event::Typed(draft) => write(model, draft, &mut effects),
        Event::EditWanted(target) => edit(model, target),
        Event::EditGivenUp => give_up_edit(model, &mut effects),
        Event::Deleted(target) => {
            give_up_edit(model, &mut effects);
            let id = MessageId::new(unix_ms, random);
            say(model, id, Body::Deletion { target }, &mut effects);
        }
        Event::Reacted(target, emoji) => {
            let id = MessageId::new(unix_ms, random);
            react(model, id, (target, emoji), &mut effects);
        }
        Event::Renamed(name) => rename(model, &name, &mut effects),
        Event::NamedElsewhere(name) => be_named(model, name),
        Event::Set(settings) => {
            model.settings = settings;
            effects.push(Effect::KeepSettings(settings));
        }
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
        Event::Searched(text) => search(model, text),
        Event::MessageWanted(id) => {
            model.room_mut().wanted = Some(id);
            look_for_wanted(model);
        }
        Event::MessageShown => model.room_mut().wanted = None,
        Event::Retried(id) => retry(model, id, &mut effects),
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
        Event::Hidden => model.in_sight = false,
        Event::PostsLeft(posts) => {
            for post in posts {
                send(model, post, &mut effects);
            }
        }
        Event::Opened => model.session.handle_open(),
        Event::Wire(event) => look_at_wire(model, event, &mut effects),
        Event::Received(frame) => {
            if let Some(wire) = &mut model.wire {
                wire.take(Direction::Received, &frame, now_ms);
            }
            model.session.handle_frame(now_ms, &frame, chance);
        }
        Event::Closed(code) => model.session.handle_closed(now_ms, code, chance),
        Event::Ticked => tick(model, chance, &mut effects),
    }
    while let Some(output) = model.session.poll_output() {
        match output {
            Output::Connect => effects.push(Effect::Connect),
            Output::Send(frame) => {
                if let Some(wire) = &mut model.wire {
                    wire.take(Direction::Sent, &frame, now_ms);
                }
                effects.push(Effect::Send(frame));
            }
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
    let room = model.room_mut();
    room.draft.clone_from(&draft);
    // What is said otherwise stands on the log as it was: nothing is lost with it.
    if room.edit.is_none() {
        effects.push(Effect::KeepDraft(here, draft));
    }
}

fn submit(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let room = model.room_mut();
    let text = match Text::parse(room.draft.trim_end()) {
        Ok(text) => text,
        Err(why) => {
            model.notice = Some(why.to_string());
            return;
        }
    };
    if let Some(Edit { target, .. }) = room.edit {
        let said = room.timeline.find(target);
        let is_other = said.is_some_and(|message| message.text.as_ref() != Some(&text));
        give_up_edit(model, effects);
        if is_other {
            say(model, id, Body::Edit { target, text }, effects);
        }
    } else {
        room.draft = String::new();
        // One wants to see what one has said, and has read what one answers.
        room.new_from = None;
        room.go_to_end();
        effects.push(Effect::KeepDraft(model.here.clone(), String::new()));
        say(model, id, Body::Post { text }, effects);
    }
}

fn edit(model: &mut Model, target: Option<MessageId>) {
    let Some(me) = model.member else {
        return;
    };
    let room = model.room_mut();
    let Some(target) = target.or_else(|| room.last_of(me)) else {
        return;
    };
    if let Some(message) = room.timeline.find(target)
        && message.member == me
        && let Some(text) = &message.text
    {
        let draft_before = match room.edit.take() {
            Some(edit) => edit.draft_before,
            None => std::mem::take(&mut room.draft),
        };
        room.draft = text.to_string();
        room.edit = Some(Edit {
            target,
            draft_before,
        });
    }
}

fn give_up_edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = model.room_mut();
    if let Some(edit) = room.edit.take() {
        room.draft = edit.draft_before;
        let draft = room.draft.clone();
        effects.push(Effect::KeepDraft(model.here.clone(), draft));
    }
}

/// Reacts so, or takes it back where one has.
fn react(
    model: &mut Model,
    id: MessageId,
    (target, emoji): (MessageId, Emoji),
    effects: &mut Vec<Effect>,
) {
    let me = model.member;
    let message = model.room().timeline.find(target);
    let by = message.map_or(&[][..], |message| message.reacted(&emoji));
    let on = !me.is_some_and(|me| by.contains(&me));
    say(model, id, Body::Reaction { target, emoji, on }, effects);
}

/// Appends to the room looked at.
fn say(model: &mut Model, id: MessageId, body: Body, effects: &mut Vec<Effect>) {
    let room = model.here.clone();
    send(model, OutboxPost { room, id, body }, effects);
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
    model.search = None;
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
        model.notice = Some("that message can't be read now, or is too far back".to_owned());
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
