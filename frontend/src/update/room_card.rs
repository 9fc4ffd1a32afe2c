//! Changes of a room as a whole: its name, its topic, its pins, and what the user is notified of.

use parlor_session::OutboxPost;
use parlor_shared::{Body, MessageId, Name, RoomId, Topic};

use crate::{
    event::Effect,
    model::{
        Model,
        about::{About, Notify},
        room_card::{RoomCard, RoomCardEvent},
    },
    texts,
    update::{access, outbox, person, rooms},
};

/// Applies what the user did. `id` is that of the post, if the event posts something.
pub(super) fn on_event(
    model: &mut Model,
    event: RoomCardEvent,
    id: MessageId,
    effects: &mut Vec<Effect>,
) {
    match event {
        RoomCardEvent::Opened => {
            model.room_card = Some(RoomCard::default());
            person::load_reports(model);
            access::load(model);
        }
        RoomCardEvent::Closed => model.room_card = None,
        RoomCardEvent::Named(name) => {
            let name = one_line(&name);
            let parsed = (!name.is_empty()).then(|| Name::parse(name)).transpose();
            match parsed {
                Ok(name) => set(model, id, Body::RoomName { name }, effects),
                Err(_) => refuse(model, texts::room_name_invalid().to_owned()),
            }
        }
        RoomCardEvent::TopicSet(topic) => {
            let topic = one_line(&topic);
            let parsed = (!topic.is_empty()).then(|| Topic::parse(topic)).transpose();
            match parsed {
                Ok(topic) => set(model, id, Body::Topic { topic }, effects),
                Err(_) => refuse(model, texts::topic_invalid()),
            }
        }
        RoomCardEvent::Pinned { target, on } => {
            outbox::post(model, id, Body::Pin { target, on }, effects);
        }
        RoomCardEvent::NotifyChosen(room, notify) => {
            set_notify(model, &room, notify);
            effects.extend(save(model, &room));
        }
        RoomCardEvent::NotifyChosenElsewhere(room, notify) => set_notify(model, &room, notify),
        RoomCardEvent::LeaveUndone => rooms::undo_leave(model, effects),
    }
}

/// What was typed as one line, with one space where it has more white space.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Posts a change of the current room, unless it changes nothing.
fn set(model: &mut Model, id: MessageId, body: Body, effects: &mut Vec<Effect>) {
    refuse(model, String::new());
    let state = &model.room().about.state;
    let is_set = match &body {
        Body::RoomName { name } => *name == state.name,
        Body::Topic { topic } => *topic == state.topic,
        Body::RoomKind { kind } => *kind == state.kind,
        Body::Post { .. }
        | Body::Edit { .. }
        | Body::Deletion { .. }
        | Body::Reaction { .. }
        | Body::Pin { .. }
        | Body::Mute { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => false,
    };
    if !is_set {
        outbox::post(model, id, body, effects);
    }
}

fn refuse(model: &mut Model, error: String) {
    if let Some(card) = &mut model.room_card {
        card.error = error;
    }
}

fn set_notify(model: &mut Model, room: &RoomId, notify: Notify) {
    if let Some(room) = model.rooms.get_mut(room) {
        room.about.notify = notify;
    }
}

/// Saves what the page shows of a room before it is connected.
pub(super) fn save(model: &Model, room: &RoomId) -> Option<Effect> {
    let about = model.rooms.get(room)?.about.to_saved();
    Some(Effect::SaveAbout(room.clone(), about))
}

/// Saves it where this entry has changed it.
pub(super) fn save_changed(model: &Model, room: &RoomId, body: &Body) -> Option<Effect> {
    About::is_saved(body).then(|| save(model, room)).flatten()
}

/// A change of a room was refused: nothing in the list shows it, so the reason is a notice, or
/// stands in the card.
pub(super) fn change_refused(
    model: &mut Model,
    post: &OutboxPost,
    reason: String,
    effects: &mut Vec<Effect>,
) {
    if let Some(room) = model.rooms.get_mut(&post.room) {
        room.remove_pending(post.id);
    }
    effects.push(Effect::ForgetPost(post.id));
    person::say(model, reason);
}
