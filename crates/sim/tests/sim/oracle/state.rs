//! What a client is told of a room's name, topic and pins is what the log says up to that place.

use parlor_shared::{Body, Epoch, MessageId, RoomId, RoomState, Topic};

use super::{Oracle, Violation};

impl Oracle {
    pub(crate) fn check_state(
        &self,
        epoch: Epoch,
        room: &RoomId,
        state: &RoomState,
    ) -> Result<(), Violation> {
        let mut topic: Option<Topic> = None;
        let mut pins: Vec<MessageId> = Vec::new();
        let known = self.room(epoch, room).iter();
        for entry in known.take_while(|entry| entry.seq <= state.seq) {
            match &entry.body {
                Body::Topic { topic: set } => topic.clone_from(set),
                Body::Pin { target, on } => {
                    pins.retain(|pin| pin != target);
                    pins.extend(on.then_some(*target));
                }
                Body::Deletion { target } => pins.retain(|pin| pin != target),
                Body::Post { .. }
                | Body::Edit { .. }
                | Body::Reaction { .. }
                | Body::RoomName { .. }
                | Body::Mute { .. }
                | Body::SlowMode { .. }
                | Body::RoomKind { .. }
                | Body::Blanked { .. }
                | Body::Unknown => {}
            }
        }
        let told: Vec<MessageId> = state.pins.iter().map(|pin| pin.id).collect();
        if (&state.topic, &told) == (&topic, &pins) {
            Ok(())
        } else {
            Err(format!(
                "{room} has at {} the topic {topic:?} and {} pins, and told was {:?} and {}",
                state.seq,
                pins.len(),
                state.topic,
                told.len()
            ))
        }
    }
}
