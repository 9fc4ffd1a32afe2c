//! What each thing the server says means to a session: one closed match.

use parlor_shared::{JoinOutcome, Position, RoomId, ServerMessage};

use crate::{Event, Session, room::Stage, session::Broken};

#[allow(
    clippy::too_many_lines,
    reason = "one closed match shows all a server can say"
)]
pub(crate) fn hear(
    session: &mut Session,
    now_ms: u64,
    message: ServerMessage,
) -> Result<(), Broken> {
    match message {
        ServerMessage::Welcome {
            member,
            token,
            name,
            epoch,
            limits,
            heartbeat_ms,
            server,
            ..
        } => {
            if !session.is_connecting() {
                return Ok(());
            }
            // The name may have changed between hello and now.
            let renamed = (name != session.name).then(|| session.name.clone());
            session.member = Some(member);
            session.epoch = Some(epoch);
            session.tell(Event::Welcomed {
                member,
                token: token.clone(),
                name,
                epoch,
                limits,
                server,
                heartbeat_ms,
            });
            session.welcomed(now_ms, heartbeat_ms, token);
            if let Some(name) = renamed {
                session.rename(name);
            }
        }
        ServerMessage::Joined {
            room,
            after,
            head,
            first,
            outcome,
        } => {
            let epoch = session.epoch;
            if let (Some(known), Some(epoch)) = (session.rooms.get_mut(&room), epoch)
                && known.stage == Stage::Joining
            {
                let here = Position { epoch, seq: after };
                match (outcome, known.position) {
                    // The answer to a join from before we left the room and forgot our place: ours comes after it.
                    (JoinOutcome::Resumed, None) => return Ok(()),
                    (JoinOutcome::Resumed, Some(asked)) if asked != here => return Err(Broken),
                    (JoinOutcome::Resumed, Some(_)) | (JoinOutcome::Reset, _) => {}
                }
                known.joined(epoch, after, head);
                session.tell(Event::Joined {
                    room,
                    outcome,
                    after,
                    first,
                });
            }
        }
        ServerMessage::Entry { room, entry } => return session.take_entry(room, entry),
        // Whoever it is by: the id is on the log, and sending it again will not change that.
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
    Ok(())
}

fn is_live(session: &Session, room: &RoomId) -> bool {
    session
        .rooms
        .get(room)
        .is_some_and(|known| known.stage == Stage::Live)
}
