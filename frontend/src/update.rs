//! The page's whole behaviour: one closed match over what can happen.

use parlor_session::{Event as Told, OutboxPost, Output};
use parlor_shared::{
    Body, Entry, JoinOutcome, MessageId, Name, RoomId, Seq, Text,
    limits::{HISTORY_ENTRIES_MAX, TIMELINE_MESSAGES_MAX, TYPING_SHOWN_MS},
    timeline::Timeline,
};

use crate::{
    event::{Effect, Event, Moment},
    model::{Model, Place},
    window::Window,
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
        Event::Typed(draft) => {
            let room = model.room.clone();
            if !draft.is_empty() {
                model.session.typing(&room, now_ms);
            }
            model.draft = draft.clone();
            effects.push(Effect::KeepDraft(room, draft));
        }
        Event::Renamed(name) => rename(model, &name, &mut effects),
        Event::OlderWanted => read_back(model),
        Event::NewerWanted => model.window.move_on(&model.timeline),
        Event::LatestWanted => {
            model.place = Place::End;
            model.window = Window::at_end(&model.timeline);
        }
        Event::EndReached if model.window.is_at_end() => model.place = Place::End,
        Event::EndReached => {}
        Event::EndLeft => leave_end(model),
        Event::RoomWanted(room) => match RoomId::parse(room.trim()) {
            Ok(room) => effects.push(Effect::Visit(room)),
            Err(why) => model.notice = Some(why.to_string()),
        },
        Event::Retried(id) => retry(model, id, &mut effects),
        Event::Discarded(id) => {
            model.pending.retain(|(post, _)| post.id != id);
            model.session.discard(id);
            effects.push(Effect::ForgetPost(id));
        }
        Event::Opened => model.session.handle_open(),
        Event::Received(frame) => model.session.handle_frame(now_ms, &frame, chance),
        Event::Closed(code) => model.session.handle_closed(now_ms, code, chance),
        Event::Ticked => {
            if model
                .session
                .poll_timeout()
                .is_some_and(|due| due <= now_ms)
            {
                model.session.handle_timeout(now_ms, chance);
            }
            model.typing.retain(|_, until_ms| *until_ms > now_ms);
        }
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

fn submit(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    match Text::parse(model.draft.trim_end()) {
        Ok(text) => {
            model.draft = String::new();
            effects.push(Effect::KeepDraft(model.room.clone(), String::new()));
            // One wants to see what one has said.
            model.place = Place::End;
            model.window = Window::at_end(&model.timeline);
            let post = OutboxPost {
                room: model.room.clone(),
                id,
                body: Body::Post { text },
            };
            send(model, post, effects);
        }
        Err(why) => model.notice = Some(why.to_string()),
    }
}

fn send(model: &mut Model, post: OutboxPost, effects: &mut Vec<Effect>) {
    match model.session.post(&post.room, post.id, post.body.clone()) {
        Ok(()) => {
            effects.push(Effect::KeepPost(post.clone()));
            model.pending.push((post, None));
        }
        Err(full) => model.pending.push((post, Some(full.to_string()))),
    }
}

fn retry(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    if let Some(index) = model
        .pending
        .iter()
        .position(|(post, why)| post.id == id && why.is_some())
    {
        let (post, _) = model.pending.remove(index);
        send(model, post, effects);
    }
}

fn rename(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    match Name::parse(name.trim()) {
        Ok(name) => {
            model.session.rename(name.clone());
            model.name = name.clone();
            effects.push(Effect::KeepName(name));
        }
        Err(why) => model.notice = Some(why.to_string()),
    }
}

fn leave_end(model: &mut Model) {
    if model.place == Place::End {
        model.place = Place::Above(model.newest());
    }
}

fn read_back(model: &mut Model) {
    leave_end(model);
    if model.window.has_older(&model.timeline) {
        model.window.move_back(&model.timeline);
    } else if !model.reading_back && model.can_read_back() {
        let (room, before) = (model.room.clone(), Seq(model.start.0 + 1));
        let asked = model.session.history(&room, before, HISTORY_ENTRIES_MAX);
        model.reading_back = asked.is_ok();
    }
}

/// Takes in the room's next entry.
fn take(model: &mut Model, entry: &Entry) {
    model.typing.remove(&entry.member);
    model.timeline.fold(entry);
    model.timeline.trim(TIMELINE_MESSAGES_MAX);
    if model.timeline.len() == TIMELINE_MESSAGES_MAX
        && let Some(oldest) = model.timeline.messages().next()
    {
        model.start = Seq(oldest.seq.0 - 1);
    }
    match model.place {
        Place::End => model.window = Window::at_end(&model.timeline),
        Place::Above(_) => model.window.fit(&model.timeline),
    }
}

/// What the session has to tell.
fn hear(model: &mut Model, told: Told, effects: &mut Vec<Effect>) {
    match told {
        Told::Status(_) => model.reading_back = false,
        Told::Welcomed { member, token, .. } => {
            model.member = Some(member);
            effects.push(Effect::KeepToken(token));
        }
        Told::Joined {
            outcome,
            after,
            first,
            ..
        } => {
            if outcome == JoinOutcome::Reset {
                model.timeline = Timeline::new();
                model.window = Window::default();
                model.place = Place::End;
                model.start = after;
            }
            model.first = first;
        }
        Told::Entry { entry, .. } => take(model, &entry),
        Told::Settled { entry, .. } => {
            model.pending.retain(|(post, _)| post.id != entry.id);
            effects.push(Effect::ForgetPost(entry.id));
        }
        Told::PostRefused { post, refusal } => {
            effects.push(Effect::ForgetPost(post.id));
            if let Some((_, why)) = model.pending_mut(post.id) {
                *why = Some(refusal.message);
            }
        }
        Told::Refused(refusal) => model.notice = Some(refusal.message),
        Told::History { entries, .. } => {
            model.reading_back = false;
            model.start = entries.first().map_or(Seq::ZERO, |oldest| oldest.prev);
            for entry in &entries {
                model.timeline.fold(entry);
            }
            model.window.move_back(&model.timeline);
        }
        Told::Present { members, count, .. } => {
            model.present = members.into_iter().map(|m| (m.member, m.name)).collect();
            model.count = count;
        }
        Told::Presence {
            here, gone, count, ..
        } => {
            model
                .present
                .extend(here.into_iter().map(|m| (m.member, m.name)));
            model.present.retain(|member, _| !gone.contains(member));
            model.count = count;
        }
        Told::Typing { member, .. } => {
            model.typing.insert(member, model.now_ms + TYPING_SHOWN_MS);
        }
        Told::Notice { text } => model.notice = Some(text),
        Told::Found { .. } | Told::RoundTrip { .. } => {}
    }
}
