//! What the user does about people: ignoring, reporting and, as a moderator, muting and banning.

use std::mem;

use parlor_shared::{Body, MemberId, MessageId, Moderated, Moderation, Name, NewBan, RoomId, Seq};

use crate::{
    event::Effect,
    model::{
        Model,
        person::{BanChoice, Erasing, PersonCard, PersonEvent, SavedPeople},
    },
    texts,
    update::outbox,
};

/// Applies what the user did. `id` is that of the post, if the event posts something.
pub(super) fn on_event(
    model: &mut Model,
    event: PersonEvent,
    id: MessageId,
    effects: &mut Vec<Effect>,
) {
    match event {
        PersonEvent::OpenedAt(message) => {
            let found = model.room().timeline.find(message);
            let found = found.map(|found| (found.member, found.name.clone()));
            if let Some((member, name)) = found {
                open(model, member, name, Some(message));
            }
        }
        PersonEvent::Opened(member) => {
            let name = model.room().look_alikes.name(member).cloned();
            if let Some(name) = name {
                open(model, member, name, None);
            }
        }
        PersonEvent::Closed => model.person = None,
        PersonEvent::IgnoreToggled => toggle_ignore(model, effects),
        PersonEvent::Reported(reason) => {
            let message = model.person.as_ref().and_then(|person| person.message);
            if let Some(target) = message {
                let room = model.current_room.clone();
                let report = Moderation::Report {
                    room,
                    target,
                    reason: reason.trim().to_owned(),
                };
                ask(model, report);
            }
        }
        PersonEvent::EraseRequested => begin_erasing(model, Some(Erasing::default()), effects),
        PersonEvent::ErasingFound(saved) => begin_erasing(model, Erasing::parse(&saved), effects),
        PersonEvent::EraseResumed => {
            if let Some(erasing) = model.erasing {
                go_on_erasing(model, erasing, effects);
            }
        }
        PersonEvent::Muted(seconds) => {
            if let Some(PersonCard { member, name, .. }) = model.person.take() {
                let until_ms = (seconds > 0).then(|| end_ms(model, seconds));
                mute(model, id, member, name, until_ms, effects);
            }
        }
        PersonEvent::Unmuted(member) => {
            let mut mutes = model.room().about.state.mutes.iter();
            let name = mutes.find(|mute| mute.member == member);
            if let Some(name) = name.map(|mute| mute.name.clone()) {
                mute(model, id, member, name, None, effects);
            }
        }
        PersonEvent::Banned(choice) => ban(model, choice),
        PersonEvent::SlowModeSet(seconds) => {
            if model.room().about.state.slow_mode_s != seconds {
                outbox::post(model, id, Body::SlowMode { seconds }, effects);
            }
        }
        PersonEvent::Resolved(report) => {
            let room = model.current_room.clone();
            ask(model, Moderation::Resolve { room, report });
        }
        PersonEvent::Unbanned(ban) => {
            let room = model.current_room.clone();
            ask(model, Moderation::Unban { room, ban });
        }
    }
}

fn open(model: &mut Model, member: MemberId, name: Name, message: Option<MessageId>) {
    model.person = Some(PersonCard {
        member,
        name,
        message,
        said: String::new(),
        device: None,
    });
}

fn toggle_ignore(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(member) = model.person.as_ref().map(|person| person.member) else {
        return;
    };
    let is_ignored = model.ignored.has(member);
    model.ignored.set(member, !is_ignored);
    model.person = None;
    let ignored = SavedPeople::Ignored(model.ignored.to_string());
    effects.push(Effect::SavePeople(ignored));
}

fn mute(
    model: &mut Model,
    id: MessageId,
    member: MemberId,
    name: Name,
    until_ms: Option<u64>,
    effects: &mut Vec<Effect>,
) {
    let mute = Body::Mute {
        member,
        name,
        until_ms,
    };
    outbox::post(model, id, mute, effects);
}

fn ban(model: &mut Model, choice: BanChoice) {
    let Some(person) = &model.person else {
        return;
    };
    let ban = NewBan {
        member: person.member,
        name: person.name.clone(),
        everywhere: false,
        addresses: choice.addresses,
        until_ms: end_ms(model, choice.seconds),
        reason: choice.reason.trim().to_owned(),
    };
    let room = model.current_room.clone();
    ask(model, Moderation::Ban { room, ban });
}

/// When a time of this length ends that begins now, in Unix milliseconds.
pub(super) fn end_ms(model: &Model, seconds: u32) -> u64 {
    model.unix_ms + u64::from(seconds) * 1_000
}

/// Asks the server for something, and says if it can't be asked.
pub(super) fn ask(model: &mut Model, request: Moderation) {
    if let Err(offline) = model.session.moderate(request) {
        say(model, offline.to_string());
    }
}

/// Says what became of what the user did: in the card, or where there is none as a notice.
pub(super) fn say(model: &mut Model, text: String) {
    match (&mut model.person, &mut model.room_card) {
        (Some(person), _) => person.said = text,
        (None, Some(card)) => card.error = text,
        (None, None) => model.notice = Some(text),
    }
}

/// Asks for what moderators see in the room's card, which has opened.
pub(super) fn load_reports(model: &mut Model) {
    if model.room().is_moderator() {
        let room = model.current_room.clone();
        ask(model, Moderation::Reports { room: room.clone() });
        ask(model, Moderation::Bans { room });
    }
}

/// A room that the user moderates has another number of open reports. The user is told where there
/// are more, unless they look at them.
pub(super) fn reports_changed(model: &mut Model, id: &RoomId, count: u32) {
    let is_current = *id == model.current_room;
    let is_shown = is_current && model.room_card.is_some();
    let Some(room) = model.rooms.get_mut(id) else {
        return;
    };
    let before = mem::replace(&mut room.open_reports, count);
    let is_loaded = room.reports.len() as u64 == u64::from(count);
    let said = texts::open_reports(before, id.as_str());
    if model.notice.as_ref() == Some(&said) {
        model.notice = None;
    }
    if is_shown {
        if !is_loaded {
            let room = id.clone();
            ask(model, Moderation::Reports { room });
        }
    } else if count > before {
        model.notice = Some(texts::open_reports(count, id.as_str()));
    }
}

/// Takes in an answer of the server.
pub(super) fn answered(model: &mut Model, answer: Moderated, effects: &mut Vec<Effect>) {
    match answer {
        Moderated::Reported { .. } => say(model, texts::reported().to_owned()),
        Moderated::Reports { room, reports } => {
            if let Some(room) = model.rooms.get_mut(&room) {
                room.reports = reports;
            }
        }
        Moderated::Bans { room, bans } => {
            if let Some(room) = model.rooms.get_mut(&room) {
                room.bans = bans;
            }
            if model.person.is_some() {
                say(model, texts::banned().to_owned());
            }
        }
        Moderated::Erased { count, next } => erased(model, count as usize, next, effects),
        Moderated::Device { .. } | Moderated::Access { .. } | Moderated::Unknown => {}
    }
}

/// Begins to delete the user's own messages, from this place on, unless they are being deleted.
fn begin_erasing(model: &mut Model, from: Option<Erasing>, effects: &mut Vec<Effect>) {
    if let Some(from) = from.filter(|_| model.erasing.is_none()) {
        go_on_erasing(model, from, effects);
    }
}

/// Asks for the next part of the deletion. Without a connection it goes on once there is one.
fn go_on_erasing(model: &mut Model, erasing: Erasing, effects: &mut Vec<Effect>) {
    model.erasing = Some(erasing);
    let progress = SavedPeople::Erasing(erasing.to_string());
    effects.push(Effect::SavePeople(progress));
    let before = erasing.before;
    // It goes on when the page is connected again.
    model.session.moderate(Moderation::Erase { before }).ok();
}

/// A part of the user's own messages is deleted. The card says how many, where it is open, and else
/// the line below the messages, unless that has something else to say.
fn erased(model: &mut Model, count: usize, next: Option<Seq>, effects: &mut Vec<Effect>) {
    let Some(before) = model.erasing else {
        return;
    };
    let count = before.count + count;
    let said_before = texts::erasing(before.count);
    let is_ours = |notice: &String| *notice == said_before;
    let may_say = model.notice.as_ref().is_none_or(is_ours);
    let is_in_card = |person: &PersonCard| Some(person.member) == model.member;
    let is_in_card = model.person.as_ref().is_some_and(is_in_card);
    if next.is_some() {
        go_on_erasing(
            model,
            Erasing {
                before: next,
                count,
            },
            effects,
        );
        if may_say && !is_in_card {
            model.notice = Some(texts::erasing(count));
        }
        return;
    }
    model.erasing = None;
    effects.push(Effect::SavePeople(SavedPeople::Erasing(String::new())));
    let done = texts::erased(count);
    match &mut model.person {
        Some(person) if is_in_card => person.said = done,
        Some(_) | None => model.notice = Some(done),
    }
}
