//! The inspector.

use crate::{
    event::{Effect, Event, InspectorEvent},
    model::{
        Model,
        connection::ConnectionEnd,
        inspector::{Inspector, frames::Direction, recorded::Recorded},
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
        InspectorEvent::SaveDue => save(model, effects),
    }
}

/// Saves what has changed of the inspector for the next time.
fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let inspector = model.inspector.as_mut();
    let unsaved = inspector.and_then(Inspector::take_unsaved);
    effects.extend(unsaved.map(Effect::SaveInspector));
}

/// Has it saved, where something has changed.
pub(super) fn save_changed(model: &Model, effects: &mut Vec<Effect>) {
    if model.inspector.as_ref().is_some_and(Inspector::is_unsaved) {
        let save = Event::Inspector(InspectorEvent::SaveDue);
        effects.push(Effect::UpdateLater(Box::new(save)));
    }
}

/// Lets the inspector take something in, if it is open.
pub(super) fn take_in(model: &mut Model, recorded: Recorded<'_>) {
    if let Some(inspector) = &mut model.inspector {
        inspector.take_in(recorded);
    }
}

/// Records a frame, before the session handles it.
pub(super) fn record_frame(model: &mut Model, direction: Direction, text: &str) {
    let now_ms = model.now_ms;
    model.recent.record_frame(direction, text, now_ms);
    let has_unsent = model.session.outbox().next().is_some();
    let frame = Recorded::Frame {
        direction,
        text,
        has_unsent,
        now_ms,
    };
    take_in(model, frame);
}

/// Records a step of the connection.
pub(super) fn record_step(model: &mut Model, kind: &'static str, text: &str) {
    let now_ms = model.now_ms;
    model.recent.record_step(kind, text, now_ms);
    take_in(model, Recorded::Step { kind, text, now_ms });
}

/// Records that the connection ended.
pub(super) fn record_end(model: &mut Model, end: ConnectionEnd) {
    model.connection.last_end = Some(end);
    record_step(model, "closed", &texts::connection_end(end));
    take_in(model, Recorded::End(end));
}

/// Whether the message that is being handled answers a frame that the user wrote by hand: the
/// inspector shows it beside the hand, and the page has not asked for it.
pub(super) fn is_answering_hand(model: &Model) -> bool {
    let inspector = model.inspector.as_ref();
    inspector.is_some_and(Inspector::is_answering_hand)
}
