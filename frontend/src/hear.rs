//! What each thing the session tells means to the page: one closed match.

use parlor_session::{Event as Told, Status};
use parlor_shared::{RoomId, limits::TYPING_SHOWN_MS};

use crate::{event::Effect, model::Model, room::Room};

/// Takes in what the session has to tell.
pub(crate) fn hear(model: &mut Model, told: Told, effects: &mut Vec<Effect>) {
    match told {
        Told::Status(Status::Online | Status::Connecting { .. }) => {}
        Told::Status(Status::Stopped(_) | Status::Waiting { .. }) => {
            model
                .rooms
                .values_mut()
                .for_each(crate::room::Room::line_lost);
        }
        Told::Welcomed { member, token, .. } => {
            model.member = Some(member);
            effects.push(Effect::KeepToken(token));
        }
        Told::Joined {
            room,
            outcome,
            after,
            first,
        } => in_room(model, &room, |room| room.joined(outcome, after, first)),
        Told::Entry { room, entry } => in_room(model, &room, |room| room.take(&entry)),
        Told::Settled { room, entry } => {
            in_room(model, &room, |room| {
                room.pending.retain(|(post, _)| post.id != entry.id);
            });
            effects.push(Effect::ForgetPost(entry.id));
        }
        Told::PostRefused { post, refusal } => {
            // Kept all the same: what one wrote goes when one says so.
            in_room(model, &post.room, |room| {
                if let Some((_, why)) = room.pending_mut(post.id) {
                    *why = Some(refusal.message);
                }
            });
        }
        Told::Refused(refusal) => model.notice = Some(refusal.message),
        Told::History { room, entries, .. } => {
            in_room(model, &room, |room| room.take_older(&entries));
        }
        Told::Present {
            room,
            count,
            members,
        } => {
            let (me, is_here) = (model.member, room == model.here);
            in_room(model, &room, |room| {
                let was_live = room.live;
                room.arrived(count, members);
                if is_here && !was_live {
                    room.mark_new(me);
                }
            });
        }
        Told::Presence {
            room,
            count,
            here,
            gone,
        } => in_room(model, &room, |room| room.changes(count, here, &gone)),
        Told::Typing { room, member } => {
            let until_ms = model.now_ms + TYPING_SHOWN_MS;
            in_room(model, &room, |room| {
                room.typing.insert(member, until_ms);
            });
        }
        Told::Notice { text } => model.notice = Some(text),
        Told::Found { .. } | Told::RoundTrip { .. } => {}
    }
}

/// Does this to a room. One that was just left is none any more.
fn in_room(model: &mut Model, room: &RoomId, change: impl FnOnce(&mut Room)) {
    if let Some(room) = model.rooms.get_mut(room) {
        change(room);
    }
}
