//! What each thing the session tells means to the page: one closed match.

use parlor_session::{Event as Told, Status};
use parlor_shared::{RoomId, ServerMessage, limits::TYPING_SHOWN_MS};

use crate::{
    event::Effect,
    model::{Model, activity, room::Room, settings::alert},
    update::{ask_what_is_searched, seek_scroll_target},
};

/// Takes in what the session has to tell.
pub(crate) fn on_session_event(model: &mut Model, told: Told, effects: &mut Vec<Effect>) {
    if let (Some(inspector), Told::Status(status)) = (&mut model.inspector, &told) {
        inspector.record_status(*status, model.now_ms);
    }
    match told {
        Told::Status(Status::Online | Status::Connecting { .. }) => {}
        Told::Status(Status::Stopped(_) | Status::Waiting { .. }) => {
            for (_, room) in model.rooms.iter_mut() {
                room.connection_lost();
            }
        }
        Told::Message(message) => on_message(model, message, effects),
        Told::Acked { room, entry } => {
            in_room(model, &room, |room| room.remove_pending(entry.id));
            effects.push(Effect::ForgetPost(entry.id));
        }
        Told::PostRefused { post, refusal } => {
            let room = model.rooms.get(&post.room);
            let changed = |target| room.and_then(|room| room.timeline.find(target));
            if post
                .body
                .target()
                .is_some_and(|target| changed(target).is_none())
            {
                // A change of a message that isn't here: there is no place to keep it at.
                model.notice = Some(refusal.message);
                in_room(model, &post.room, |room| room.remove_pending(post.id));
                effects.push(Effect::ForgetPost(post.id));
                return;
            }
            // Kept all the same: what one wrote goes when one says so.
            in_room(model, &post.room, |room| {
                if let Some(pending) = room.pending_mut(post.id) {
                    pending.refusal = Some(refusal.message);
                }
            });
        }
        Told::Refused(refusal) => {
            model.notice = Some(refusal.message);
            no_answer_comes(model);
        }
        Told::RoundTrip { ms } => {
            if let Some(inspector) = &mut model.inspector {
                inspector.record_round_trip(ms);
            }
        }
    }
}

/// Takes in a message that the session passed on.
fn on_message(model: &mut Model, message: ServerMessage, effects: &mut Vec<Effect>) {
    match message {
        ServerMessage::Welcome {
            member,
            token,
            server,
            heartbeat_ms,
            ..
        } => {
            model.member = Some(member);
            let now_ms = model.now_ms;
            model.connection.welcomed(server, heartbeat_ms, now_ms);
            effects.push(Effect::SaveMember(member, token));
        }
        ServerMessage::Joined {
            room,
            outcome,
            after,
            first,
            ..
        } => in_room(model, &room, |room| room.joined(outcome, after, first)),
        ServerMessage::Entry { room, entry } => {
            effects.extend(alert(model, &room, &entry));
            let is_live = model.rooms.get(&room).is_some_and(|room| room.live);
            // What comes live is said now, whatever the server's clock has.
            let at_ms = if is_live { model.unix_ms } else { entry.at_ms };
            activity::record_activity(model, entry.member, at_ms);
            in_room(model, &room, |room| room.apply_entry(&entry));
        }
        ServerMessage::History { room, entries, .. } => {
            for entry in &entries {
                activity::record_activity(model, entry.member, entry.at_ms);
            }
            in_room(model, &room, |room| room.apply_older(&entries));
            seek_scroll_target(model);
        }
        ServerMessage::Present {
            room,
            count,
            members,
        } => {
            let (me, is_here) = (model.member, room == model.current_room);
            in_room(model, &room, |room| {
                let was_live = room.live;
                room.caught_up(count, members);
                if is_here && !was_live {
                    room.mark_first_unread(me);
                }
            });
        }
        ServerMessage::Presence {
            room,
            count,
            here,
            gone,
        } => in_room(model, &room, |room| room.apply_presence(count, here, &gone)),
        ServerMessage::Typing { room, member } => {
            let until_ms = model.now_ms + TYPING_SHOWN_MS;
            activity::record_activity(model, member, model.unix_ms);
            in_room(model, &room, |room| {
                room.typing.insert(member, until_ms);
            });
        }
        ServerMessage::Notice { text } => model.notice = Some(text),
        ServerMessage::Found { text, entries, .. } => {
            if let Some(search) = &mut model.search {
                search.is_pending = false;
                search.found = entries;
                search.found_for = text;
            }
            ask_what_is_searched(model);
        }
        // The session never passes these on: it acts on them itself.
        ServerMessage::Duplicate { .. }
        | ServerMessage::Error(_)
        | ServerMessage::Pong { .. }
        | ServerMessage::Unknown => {}
    }
}

/// What is searched for may be asked again.
fn no_answer_comes(model: &mut Model) {
    if let Some(search) = &mut model.search {
        search.is_pending = false;
    }
}

/// Does this to a room. One that was just left is none any more.
fn in_room(model: &mut Model, room: &RoomId, change: impl FnOnce(&mut Room)) {
    if let Some(room) = model.rooms.get_mut(room) {
        change(room);
    }
}
