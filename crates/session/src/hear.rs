//! What each thing the server says means to a session: one closed match.

use parlor_shared::{RoomId, ServerMessage};

use crate::{Event, Session, room::Stage};

#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows all a server can say"
)]
pub(crate) fn hear(session: &mut Session, now_ms: u64, message: ServerMessage) {
    match message {
        ServerMessage::Welcome {
            member,
            token,
            name,
            epoch,
            limits,
            heartbeat_ms,
            ..
        } => {
            session.member = Some(member);
            session.epoch = Some(epoch);
            session.tell(Event::Welcomed {
                member,
                token: token.clone(),
                name,
                epoch,
                limits,
            });
            session.welcomed(now_ms, heartbeat_ms, token);
        }
        ServerMessage::Joined {
            room,
            after,
            first,
            outcome,
            ..
        } => {
            let epoch = session.epoch;
            if let (Some(known), Some(epoch)) = (session.rooms.get_mut(&room), epoch)
                && known.stage == Stage::Joining
            {
                known.joined(epoch, after);
                session.tell(Event::Joined {
                    room,
                    outcome,
                    after,
                    first,
                });
            }
        }
        ServerMessage::Entry { room, entry } => session.take_entry(room, entry),
        ServerMessage::Duplicate { room, entry } => session.settle(&room, &entry),
        ServerMessage::Present {
            room,
            count,
            members,
        } => {
            if let Some(known) = session.rooms.get_mut(&room)
                && matches!(known.stage, Stage::CatchingUp | Stage::Live)
            {
                if known.stage == Stage::CatchingUp {
                    known.stage = Stage::Live;
                    // What is still in the outbox after all that was missed has come may never have arrived.
                    session.outbox.send_again(&room);
                }
                session.tell(Event::Present {
                    room,
                    count,
                    members,
                });
            }
        }
        ServerMessage::Presence {
            room,
            count,
            here,
            gone,
        } => {
            if is_live(session, &room) {
                session.tell(Event::Presence {
                    room,
                    count,
                    here,
                    gone,
                });
            }
        }
        ServerMessage::Typing { room, member } => {
            if is_live(session, &room) && Some(member) != session.member {
                session.tell(Event::Typing { room, member });
            }
        }
        ServerMessage::History {
            room,
            before,
            entries,
            more,
        } => {
            session.tell(Event::History {
                room,
                before,
                entries,
                more,
            });
        }
        ServerMessage::Found {
            room,
            text,
            entries,
        } => {
            session.tell(Event::Found {
                room,
                text,
                entries,
            });
        }
        ServerMessage::Notice { text } => session.tell(Event::Notice { text }),
        ServerMessage::Error(refusal) => session.take_refusal(now_ms, refusal),
        ServerMessage::Pong { t } => {
            session.tell(Event::RoundTrip {
                ms: now_ms.saturating_sub(t),
            });
        }
        ServerMessage::Unknown => {}
    }
}

fn is_live(session: &Session, room: &RoomId) -> bool {
    session
        .rooms
        .get(room)
        .is_some_and(|known| known.stage == Stage::Live)
}
