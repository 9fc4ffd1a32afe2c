//! What each message from the server means to a session: one closed match.

use parlor_shared::{JoinOutcome, Position, RoomId, Seq, ServerMessage};

use crate::{Event, Session, room::Stage, session::Broken};

/// Takes one message from the server, and passes on to the program what concerns it.
pub(crate) fn hear(
    session: &mut Session,
    now_ms: u64,
    message: ServerMessage,
) -> Result<(), Broken> {
    let concerns_program = match &message {
        ServerMessage::Welcome { .. } => {
            welcome(session, now_ms, message);
            return Ok(());
        }
        ServerMessage::Entry { .. } => return session.take_entry(message),
        // The id is on the log, whoever its author is; sending the post again will not change that.
        ServerMessage::Duplicate { room, entry } => {
            session.settle(room, entry);
            false
        }
        ServerMessage::Joined {
            room,
            after,
            head,
            outcome,
            ..
        } => joined(session, room, *after, *head, *outcome)?,
        ServerMessage::Present { room, .. } => present(session, room),
        ServerMessage::Presence { room, .. } => is_live(session, room),
        ServerMessage::Typing { room, member } => {
            is_live(session, room) && Some(*member) != session.member
        }
        ServerMessage::History { .. }
        | ServerMessage::Found { .. }
        | ServerMessage::Notice { .. } => true,
        ServerMessage::Error(refusal) => {
            session.take_refusal(now_ms, refusal.clone());
            false
        }
        ServerMessage::Pong { t } => {
            let ms = now_ms.saturating_sub(*t);
            session.tell(Event::RoundTrip { ms });
            false
        }
        ServerMessage::Unknown => false,
    };
    if concerns_program {
        session.tell(Event::Message(message));
    }
    Ok(())
}

fn welcome(session: &mut Session, now_ms: u64, message: ServerMessage) {
    let ServerMessage::Welcome {
        member,
        token,
        name,
        epoch,
        heartbeat_ms,
        ..
    } = &message
    else {
        return;
    };
    if !session.is_connecting() {
        return;
    }
    // The program may have changed its name since hello.
    let renamed = (*name != session.name).then(|| session.name.clone());
    session.member = Some(*member);
    session.epoch = Some(*epoch);
    let (heartbeat_ms, token) = (*heartbeat_ms, token.clone());
    session.tell(Event::Message(message));
    session.welcomed(now_ms, heartbeat_ms, token);
    if let Some(name) = renamed {
        session.rename(name);
    }
}

/// The answer to a join; whether it is one that the session waits for.
fn joined(
    session: &mut Session,
    room: &RoomId,
    after: Seq,
    head: Seq,
    outcome: JoinOutcome,
) -> Result<bool, Broken> {
    let (Some(known), Some(epoch)) = (session.rooms.get_mut(room), session.epoch) else {
        return Ok(false);
    };
    if known.stage != Stage::Joining {
        return Ok(false);
    }
    let place = Position { epoch, seq: after };
    match (outcome, known.position) {
        // The answer to a join from before the session left the room and forgot its position: another one follows.
        (JoinOutcome::Resumed, None) => return Ok(false),
        (JoinOutcome::Resumed, Some(asked)) if asked != place => return Err(Broken),
        (JoinOutcome::Resumed, Some(_)) | (JoinOutcome::Reset, _) => {}
    }
    known.joined(epoch, after, head);
    Ok(true)
}

/// The session is at the head of the room's log; whether it is in the room at all.
fn present(session: &mut Session, room: &RoomId) -> bool {
    let Some(known) = session.rooms.get_mut(room).filter(|known| known.is_in()) else {
        return false;
    };
    if known.stage == Stage::CatchingUp {
        known.stage = Stage::Live;
        // Every missed entry has come by now: a post that is still in the outbox may never have arrived.
        session.outbox.send_again(room);
    }
    true
}

fn is_live(session: &Session, room: &RoomId) -> bool {
    session
        .rooms
        .get(room)
        .is_some_and(|known| known.stage == Stage::Live)
}
