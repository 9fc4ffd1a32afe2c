//! What owners decide about a room, and coming in on another device.

use parlor_shared::{
    Access, Body, InvitationTerms, MemberId, MessageId, Moderated, Moderation, Name, NewRight,
    Right,
};

use crate::{
    event::Effect,
    model::{
        Model,
        access::{AccessEvent, DeviceCode, InviteChoice, RoomAccess},
    },
    update::{
        menu, outbox,
        person::{ask, end_ms},
    },
    view_model::status::can_disconnect,
};

/// Applies what the user did. `id` is that of the post, if the event posts something.
pub(super) fn on_event(
    model: &mut Model,
    event: AccessEvent,
    id: MessageId,
    effects: &mut Vec<Effect>,
) {
    let room = model.current_room.clone();
    match event {
        AccessEvent::Shown(access) => show(model, access),
        AccessEvent::KindChosen(kind) => {
            if model.room().about.state.kind != kind {
                outbox::post(model, id, Body::RoomKind { kind }, effects);
            }
        }
        AccessEvent::RightGiven(right) => {
            let card = model.person.as_ref();
            let person = card.map(|person| (person.member, person.name.clone()));
            if let Some((member, name)) = person {
                give(model, member, name, right);
            }
        }
        AccessEvent::RightTaken(member) => {
            if let Some(name) = name_of(model, member) {
                give(model, member, name, None);
            }
        }
        AccessEvent::Invited(InviteChoice {
            right,
            seconds,
            uses,
        }) => {
            let invitation = InvitationTerms {
                right,
                until_ms: seconds.map(|seconds| end_ms(model, seconds)),
                uses,
            };
            ask(model, Moderation::Invite { room, invitation });
        }
        AccessEvent::Uninvited(invitation) => {
            ask(model, Moderation::Uninvite { room, invitation });
        }
        AccessEvent::DeviceRequested(address) => ask(model, Moderation::Device { address }),
        AccessEvent::CodeChosen => {
            (model.person, model.room_card) = (None, None);
            menu::close_panel(model, effects);
            model.access_reason.clear();
            model.enters_code = true;
        }
        AccessEvent::CodeDismissed => {
            (model.invited, model.enters_code) = (None, false);
            model.session.start(model.now_ms);
        }
    }
}

fn give(model: &mut Model, member: MemberId, name: Name, right: Option<Right>) {
    let room = model.current_room.clone();
    let grant = NewRight {
        member,
        name,
        right,
    };
    ask(model, Moderation::Grant { room, grant });
}

/// A name of a member who was given something: the server wants one for its log.
fn name_of(model: &Model, member: MemberId) -> Option<Name> {
    let room = model.room();
    let mut members = room.access.members.iter();
    let given = members.find(|given| given.member == member);
    let known = given.and_then(|given| given.name.clone());
    known
        .or_else(|| room.look_alikes.name(member).cloned())
        .or_else(|| Name::parse("?").ok())
}

/// Asks for what the owner of the current room sees, in its card or a person's.
pub(super) fn load(model: &mut Model) {
    if model.room().is_owner() {
        let room = model.current_room.clone();
        ask(model, Moderation::Access { room });
    }
}

/// Takes in an answer of the server.
pub(super) fn answered(model: &mut Model, answer: &Moderated) {
    match answer {
        Moderated::Access {
            room,
            members,
            invitations,
            secret,
        } => {
            if let Some(room) = model.rooms.get_mut(room) {
                room.access = RoomAccess {
                    members: members.clone(),
                    invitations: invitations.clone(),
                    secret: secret.clone(),
                };
            }
        }
        Moderated::Device {
            secret,
            until_ms,
            size,
            path,
        } => {
            if let Some(person) = &mut model.person {
                person.device = Some(DeviceCode {
                    secret: secret.clone(),
                    until_ms: *until_ms,
                    size: *size,
                    path: path.clone(),
                });
            }
        }
        Moderated::Reported { .. }
        | Moderated::Reports { .. }
        | Moderated::Bans { .. }
        | Moderated::Erased { .. }
        | Moderated::Unknown => {}
    }
}

/// The user shows this to come in. Who is in already comes in anew, as with the code of another
/// device.
fn show(model: &mut Model, access: Access) {
    model.invited = None;
    model.access_reason.clear();
    if can_disconnect(model.session.status()) {
        model.session.stop();
    }
    model.session.show(access, model.now_ms);
}
