//! What the user does about people: ignoring, reporting and, as a moderator, muting and banning.

use parlor_shared::{Body, MemberId, MessageId, Moderated, Moderation, Name, NewBan};

use crate::{
    event::Effect,
    model::{
        Model,
        person::{BanChoice, PersonCard, PersonEvent},
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
        PersonEvent::EraseRequested => {
            if let Some(person) = &mut model.person {
                person.erased = Some(0);
                ask(model, Moderation::Erase { before: None });
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
        erased: None,
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
    effects.push(Effect::SaveIgnored(model.ignored.to_string()));
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
fn say(model: &mut Model, text: String) {
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

/// Takes in an answer of the server.
pub(super) fn answered(model: &mut Model, answer: Moderated) {
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
        Moderated::Erased { count, next } => {
            let Some(person) = &mut model.person else {
                // The card was closed: what is left stays.
                return;
            };
            let erased = person.erased.unwrap_or_default() + count as usize;
            match next {
                Some(before) => {
                    person.erased = Some(erased);
                    let before = Some(before);
                    ask(model, Moderation::Erase { before });
                }
                None => {
                    person.erased = None;
                    person.said = texts::erased(erased);
                }
            }
        }
        Moderated::Device { .. } | Moderated::Access { .. } | Moderated::Unknown => {}
    }
}
