//! The inspector.

use crate::{
    event::{Effect, InspectorEvent},
    model::{
        Model,
        inspector::{Direction, Inspector},
    },
};

/// Applies what the user did with the inspector. While it is closed they can only open it.
pub(super) fn on_event(model: &mut Model, event: InspectorEvent, effects: &mut Vec<Effect>) {
    let Some(inspector) = &mut model.inspector else {
        if event == InspectorEvent::Opened {
            model.inspector = Some(Inspector::default());
        }
        return;
    };
    match event {
        InspectorEvent::Opened => {}
        InspectorEvent::Closed => model.inspector = None,
        InspectorEvent::PauseToggled => inspector.paused = !inspector.paused,
        InspectorEvent::Filtered(filter) => inspector.filter = filter,
        InspectorEvent::Cleared => inspector.clear(),
        InspectorEvent::ConnectionDropped => effects.push(Effect::DropConnection),
        InspectorEvent::FrameSent(frame) => {
            inspector.record_frame(Direction::Sent, &frame, model.now_ms);
            effects.push(Effect::Send(frame));
        }
    }
}
