//! What each event of the session means to the page: one closed match, and one over the server's
//! messages.

use std::mem;

use parlor_session::{Event as SessionEvent, OutboxPost, Status, StopReason};
use parlor_shared::{
    Body, Entry, ErrorCode, Member, MemberId, Position, Refusal, Request, RoomId, ServerMessage,
    close::CloseCode, limits::TYPING_SHOWN_MS,
};

use crate::{
    event::{Effect, Event},
    model::{
        Model, activity::record_activity, inspector::recorded::Recorded, person::PersonEvent,
        room::Room,
    },
    texts,
    update::{
        alerts, forget, history, inspector, person, profile, reading, room_card, search, switcher,
    },
};

/// A post that is acked within this time says what the server's clock shows now. A later ack may
/// have waited, as on a machine that was asleep.
const ACK_FRESH_MS: u64 = 10_000;

/// The server closes a connection with these when what let the user in does so no more.
const ACCESS_HAS_ENDED: [u16; 2] = [
    CloseCode::AccessExpired.number(),
    CloseCode::AccessRevoked.number(),
];

/// Applies an event of the session.
pub(super) fn on_session_event(model: &mut Model, event: SessionEvent, effects: &mut Vec<Effect>) {
    match event {
        // The page did not ask for it; history, say, may be of any place in the log.
        SessionEvent::Refused(_)
        | SessionEvent::Message(
            ServerMessage::History { .. }
            | ServerMessage::Slice { .. }
            | ServerMessage::Rooms { .. }
            | ServerMessage::Moderated(_)
            | ServerMessage::Found { .. },
        ) if inspector::is_answering_hand(model) => {}
        SessionEvent::Status(status) => status_changed(model, status),
        SessionEvent::Message(message) => on_message(model, message, effects),
        SessionEvent::Acked { room, entry } => {
            // Written by this page's clock and committed by the server's, within seconds.
            if model.client_ms().abs_diff(entry.id.unix_ms()) < ACK_FRESH_MS {
                model.set_clock(entry.at_ms);
            }
            change_room(model, &room, |room| {
                room.remove_pending(entry.id);
                room.is_slowed = false;
            });
            effects.push(Effect::ForgetPost(entry.id));
        }
        SessionEvent::Slowed { room, .. } => {
            change_room(model, &room, |room| room.is_slowed = true);
        }
        SessionEvent::PostRefused { post, refusal } => post_refused(model, post, refusal, effects),
        SessionEvent::Refused(refusal) => {
            if let Some(room) = &refusal.room
                && history::on_refused(model, room, &refusal)
            {
                return;
            }
            if refusal.code.is_about_access() {
                if is_token_refused(refusal.code) {
                    effects.push(Effect::SaveAccess(None));
                }
                // What is wrong with what the page has shown says more than that something is
                // missing.
                if !is_missing(refusal.code) || model.access_reason.is_empty() {
                    model.access_reason = texts::refusals::refusal(refusal);
                }
                return;
            }
            if refusal.code == ErrorCode::NameInvalid {
                profile::name_refused(model, effects);
            }
            if refusal.code == ErrorCode::SearchInvalid {
                // The search panel says that nothing matches.
                search::query_refused(model);
                return;
            }
            search::request_refused(model);
            switcher::request_lost(model);
            // The session joins again by itself.
            if refusal.code != ErrorCode::NotJoined {
                refused(model, refusal);
            }
        }
        SessionEvent::RoundTrip { ms } => {
            inspector::take_in(model, Recorded::RoundTrip(ms));
        }
    }
}

/// Says why something was refused.
fn refused(model: &mut Model, refusal: Refusal) {
    let is_for_good = !refusal.retry && refusal.request == Some(Request::Join);
    let barred = refusal.room.clone().filter(|_| is_for_good);
    let reason = texts::refusals::refusal(refusal);
    if let Some(room) = barred {
        change_room(model, &room, |room| room.about.barred = reason.clone());
    }
    if model.session.status() != Status::Online {
        // Until the server lets the user in after all.
        model.access_reason = reason.clone();
    }
    person::say(model, reason);
}

fn status_changed(model: &mut Model, status: Status) {
    if let Status::Waiting { until_ms, .. } = status {
        let wait_ms = until_ms.saturating_sub(model.now_ms);
        inspector::record_step(model, "waiting", &texts::waits_for(wait_ms));
    }
    let now_ms = model.now_ms;
    inspector::take_in(model, Recorded::Status { status, now_ms });
    if let Status::Stopped(StopReason::Closed(code)) = status
        && ACCESS_HAS_ENDED.contains(&code)
    {
        // The server says what the user can come in with again.
        model.session.start(now_ms);
    }
    match status {
        Status::Online => switcher::ask(model),
        Status::Connecting { .. } => {}
        Status::Stopped(_) | Status::Waiting { .. } => {
            switcher::request_lost(model);
            for (_, room) in model.rooms.iter_mut() {
                room.connection_lost();
            }
            history::notify_waiting(model);
        }
    }
}

/// Keeps a refused post with its reason, also for the next visit, until the user decides. A
/// refused change of a message that is not loaded has no row to show the reason in: it becomes a
/// notice, and the post is forgotten.
fn post_refused(model: &mut Model, post: OutboxPost, refusal: Refusal, effects: &mut Vec<Effect>) {
    if post.body.is_of_room() {
        return room_card::change_refused(model, &post, texts::refusals::refusal(refusal), effects);
    }
    let room = model.rooms.get(&post.room);
    let is_loaded = |target| room.is_some_and(|room| room.timeline.find(target).is_some());
    if post.body.target().is_some_and(|target| !is_loaded(target)) {
        model.notice = Some(texts::refusals::refusal(refusal));
        change_room(model, &post.room, |room| room.remove_pending(post.id));
        effects.push(Effect::ForgetPost(post.id));
        return;
    }
    change_room(model, &post.room, |room| {
        room.is_slowed = false;
        if let Some(pending) = room.pending_mut(post.id) {
            pending.refusal = Some(texts::refusals::refusal(refusal));
        }
    });
}

/// Whether the page has shown nothing that lets it in.
fn is_missing(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::AccessRequired | ErrorCode::LoginRequired)
}

/// Whether what the page keeps to come in is good for nothing any more.
fn is_token_refused(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::AccessInvalid | ErrorCode::AccessExpired | ErrorCode::AccessRevoked
    )
}

/// Applies a message of the server that the session passed on.
fn on_message(model: &mut Model, message: ServerMessage, effects: &mut Vec<Effect>) {
    match message {
        ServerMessage::Welcome { .. } => welcomed(model, message, effects),
        ServerMessage::Joined {
            room,
            outcome,
            after,
            head,
            first,
        } => {
            change_room(model, &room, |room| {
                room.joined(outcome, after, first);
                room.about.joined(head);
            });
            reading::joined(model, &room, outcome);
        }
        ServerMessage::Entry { room, entry } => on_entry(model, &room, &entry, effects),
        ServerMessage::History { room, entries, .. } => {
            record_activities(model, &entries);
            change_room(model, &room, |room| room.apply_older(&entries));
            reading::older_loaded(model, &room);
        }
        ServerMessage::Present {
            room,
            count,
            members,
        } => caught_up(model, &room, count, members, effects),
        ServerMessage::Seen { room, epoch, seq } => {
            reading::received(model, &room, Position { epoch, seq }, effects);
        }
        ServerMessage::Presence {
            room,
            count,
            here,
            gone,
        } => change_room(model, &room, |room| room.apply_presence(count, here, &gone)),
        ServerMessage::Typing { room, member } => typed(model, &room, member),
        ServerMessage::Notice { text } => model.notice = Some(texts::refusals::notice(&text)),
        ServerMessage::State { room, state } => {
            change_room(model, &room, |room| room.about.state = state);
            effects.extend(room_card::save(model, &room));
        }
        ServerMessage::Right { room, right } => {
            change_room(model, &room, |room| room.about.right = right);
        }
        ServerMessage::Admitted { access, .. } => {
            if access.is_some() {
                effects.push(Effect::SaveAccess(access));
            }
        }
        ServerMessage::Slice { .. }
        | ServerMessage::Found { .. }
        | ServerMessage::Rooms { .. }
        | ServerMessage::OpenReports { .. }
        | ServerMessage::Moderated(_) => {
            let answered = Event::Answered(Box::new(message));
            effects.push(Effect::UpdateLater(Box::new(answered)));
        }
        // The session handles these itself and never passes them on.
        ServerMessage::Duplicate { .. }
        | ServerMessage::Error(_)
        | ServerMessage::Pong { .. }
        | ServerMessage::Unknown => {}
    }
}

/// The server knows who the user is.
fn welcomed(model: &mut Model, message: ServerMessage, effects: &mut Vec<Effect>) {
    let ServerMessage::Welcome {
        member,
        token,
        server,
        heartbeat_ms,
        at_ms,
        ..
    } = message
    else {
        return;
    };
    if at_ms != 0 {
        model.set_clock(at_ms);
    }
    let reason = mem::take(&mut model.access_reason);
    model.notice.take_if(|notice| *notice == reason);
    model.enters_code = false;
    model.member = Some(member);
    // The server may know the user by another name, as one who comes in on another device.
    if *model.session.name() != model.name {
        model.name = model.session.name().clone();
        effects.push(Effect::SaveName(model.name.clone()));
    }
    model.record_own_name();
    let now_ms = model.now_ms;
    model.connection.welcomed(server, heartbeat_ms, now_ms);
    effects.push(Effect::SaveMember(member, token));
    if model.erasing.is_some() {
        let resumed = Event::Person(PersonEvent::EraseResumed);
        effects.push(Effect::UpdateLater(Box::new(resumed)));
    }
}

fn typed(model: &mut Model, room: &RoomId, member: MemberId) {
    let until_ms = model.now_ms + TYPING_SHOWN_MS;
    record_activity(model, member, model.unix_ms);
    change_room(model, room, |room| {
        room.typing.insert(member, until_ms);
    });
}

/// Records when the authors of these entries were active.
pub(super) fn record_activities(model: &mut Model, entries: &[Entry]) {
    for entry in entries {
        record_activity(model, entry.member, entry.at_ms);
    }
}

/// Everything missed of a room has arrived.
fn caught_up(
    model: &mut Model,
    room: &RoomId,
    count: u32,
    members: Vec<Member>,
    effects: &mut Vec<Effect>,
) {
    let was_live = model.rooms.get(room).is_some_and(|room| room.live);
    change_room(model, room, |room| room.caught_up(count, members));
    if !was_live {
        reading::live(model, room, effects);
    }
    history::seek(model);
}

fn on_entry(model: &mut Model, room: &RoomId, entry: &Entry, effects: &mut Vec<Effect>) {
    if entry.at_ms > model.unix_ms {
        // It is never earlier than that on the server.
        model.set_clock(entry.at_ms);
    }
    // A live entry was posted just now, whatever the server's clock says.
    let is_live = model.rooms.get(room).is_some_and(|room| room.live);
    let at_ms = if is_live { model.unix_ms } else { entry.at_ms };
    record_activity(model, entry.member, at_ms);
    change_room(model, room, |room| room.apply_entry(entry));
    effects.extend(room_card::save_changed(model, room, &entry.body));
    effects.extend(alerts::alert(model, room, entry));
    if let Body::Deletion { target } = entry.body {
        forget::forget(model, room, target, effects);
    }
}

/// Applies `change` to the room, unless it was left in the meantime.
fn change_room(model: &mut Model, room: &RoomId, change: impl FnOnce(&mut Room)) {
    if let Some(room) = model.rooms.get_mut(room) {
        change(room);
    }
}
