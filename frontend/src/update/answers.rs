//! What the server answers to questions that only a press leads to.

use parlor_shared::ServerMessage;

use crate::{
    event::Effect,
    model::{Model, slice::EntriesRead},
    update::{
        access, history, person, reading, search, session_event::record_activities, switcher,
    },
};

/// Takes in an answer.
pub(super) fn answered(model: &mut Model, answer: ServerMessage, effects: &mut Vec<Effect>) {
    match answer {
        ServerMessage::Found {
            room,
            text,
            entries,
            incomplete,
        } => search::found(model, &room, text, entries, incomplete),
        ServerMessage::Rooms {
            text, rooms, next, ..
        } => switcher::on_rooms(model, &text, rooms, next),
        ServerMessage::Slice {
            room,
            at,
            entries,
            changes,
            older,
            newer,
        } => {
            record_activities(model, &entries);
            let read = EntriesRead {
                entries,
                changes,
                older,
                newer,
            };
            history::on_slice(model, &room, at, &read);
            reading::slice_loaded(model, &room);
        }
        ServerMessage::Moderated(answer) => {
            access::answered(model, &answer);
            person::answered(model, answer, effects);
        }
        ServerMessage::OpenReports { room, count } => person::reports_changed(model, &room, count),
        // No answers.
        ServerMessage::Welcome { .. }
        | ServerMessage::Joined { .. }
        | ServerMessage::Entry { .. }
        | ServerMessage::Duplicate { .. }
        | ServerMessage::History { .. }
        | ServerMessage::State { .. }
        | ServerMessage::Right { .. }
        | ServerMessage::Admitted { .. }
        | ServerMessage::Present { .. }
        | ServerMessage::Presence { .. }
        | ServerMessage::Typing { .. }
        | ServerMessage::Seen { .. }
        | ServerMessage::Notice { .. }
        | ServerMessage::Error(_)
        | ServerMessage::Pong { .. }
        | ServerMessage::Unknown => {}
    }
}
