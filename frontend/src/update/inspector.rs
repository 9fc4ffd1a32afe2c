//! The inspector.

use parlor_shared::{ServerMessage, codec};

use crate::{
    event::{Effect, InspectorEvent},
    model::{
        Model,
        connection::ConnectionEnd,
        inspector::{Inspector, by_hand::Outcome, frames::Direction},
    },
    texts,
};

/// Applies what the user did with the inspector. While it is closed they can only open it.
pub(super) fn on_event(model: &mut Model, event: InspectorEvent, effects: &mut Vec<Effect>) {
    let Some(inspector) = &mut model.inspector else {
        if event == InspectorEvent::Opened {
            model.inspector = Some(Inspector::open(&model.recent));
            effects.push(Effect::LoadInspector);
        }
        return;
    };
    match event {
        InspectorEvent::Opened => {}
        InspectorEvent::Closed => {
            save(model, effects);
            model.inspector = None;
        }
        InspectorEvent::PauseToggled => inspector.toggle_pause(),
        InspectorEvent::Filtered(filter) => inspector.set_filter(&filter),
        InspectorEvent::Cleared => inspector.clear(),
        InspectorEvent::Unfolded(number) => inspector.unfolded(number),
        InspectorEvent::ConnectionDropped => effects.push(Effect::DropConnection),
        InspectorEvent::FrameSent(frame) => {
            model
                .recent
                .record_frame(Direction::Sent, &frame, model.now_ms);
            inspector.record_by_hand(&frame, model.now_ms);
            effects.push(Effect::Send(frame));
        }
        InspectorEvent::LessonFolded(is_folded) => inspector.fold_lesson(is_folded),
        InspectorEvent::LessonRestarted => inspector.restart_lesson(),
        InspectorEvent::Resized(percent) => inspector.resize(percent),
        InspectorEvent::Loaded(saved) => inspector.load(&saved),
    }
}

/// Saves what has changed of the inspector for the next time.
pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let inspector = model.inspector.as_mut();
    let unsaved = inspector.and_then(Inspector::take_unsaved);
    effects.extend(unsaved.map(Effect::SaveInspector));
}

/// Records a frame, before the session handles it.
pub(super) fn record_frame(model: &mut Model, direction: Direction, frame: &str) {
    let now_ms = model.now_ms;
    model.recent.record_frame(direction, frame, now_ms);
    let Some(inspector) = &mut model.inspector else {
        return;
    };
    let has_unsent = model.session.outbox().next().is_some();
    inspector.record_frame(direction, frame, has_unsent, now_ms);
    if inspector.is_answering_hand()
        && let Ok(ServerMessage::Error(refusal)) = codec::decode_server(frame)
    {
        inspector.by_hand.outcome = Outcome::Refused(texts::refusals::refusal(refusal));
    }
}

/// Records a step of the connection.
pub(super) fn record_step(model: &mut Model, kind: &'static str, text: &str) {
    let now_ms = model.now_ms;
    model.recent.record_step(kind, text, now_ms);
    if let Some(inspector) = &mut model.inspector {
        inspector.record_step(kind, text, now_ms);
    }
}

/// Records that the connection ended.
pub(super) fn record_end(model: &mut Model, end: ConnectionEnd) {
    model.connection.last_end = Some(end);
    record_step(model, "closed", &texts::connection_end(end));
    if let Some(inspector) = &mut model.inspector {
        inspector.record_end(end);
    }
}

/// Whether the message that is being handled answers a frame that the user wrote by hand: the
/// inspector shows it beside the hand, and the page has not asked for it.
pub(super) fn is_answering_hand(model: &Model) -> bool {
    let inspector = model.inspector.as_ref();
    inspector.is_some_and(Inspector::is_answering_hand)
}
