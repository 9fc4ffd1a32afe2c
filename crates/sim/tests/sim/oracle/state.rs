//! What a client is told of a room's name, topic and pins is what the log says up to that place.

use parlor_shared::{Body, Epoch, MemberId, MessageId, RoomId, RoomState, Topic};

use super::{Oracle, Violation};

impl Oracle {
    pub(crate) fn check_state(
        &self,
        epoch: Epoch,
        room: &RoomId,
        state: &RoomState,
    ) -> Result<(), Violation> {
        if self.is_forked(epoch) {
            return Ok(());
        }
        let mut topic: Option<Topic> = None;
        let mut pins: Vec<MessageId> = Vec::new();
        let mut slow_mode_s = 0;
        let mut mutes: Vec<(MemberId, u64)> = Vec::new();
        let known = self.room(epoch, room).iter();
        for entry in known.take_while(|entry| entry.seq <= state.seq) {
            match &entry.body {
                Body::Topic { topic: set } => topic.clone_from(set),
                Body::Pin { target, on } => {
                    pins.retain(|pin| pin != target);
                    pins.extend(on.then_some(*target));
                }
                Body::Deletion { target } => pins.retain(|pin| pin != target),
                Body::SlowMode { seconds } => slow_mode_s = *seconds,
                Body::Mute {
                    member, until_ms, ..
                } => {
                    mutes.retain(|(known, until_ms)| known != member && *until_ms > entry.at_ms);
                    mutes.extend(until_ms.map(|until_ms| (*member, until_ms)));
                }
                Body::Post { .. }
                | Body::Edit { .. }
                | Body::Reaction { .. }
                | Body::RoomName { .. }
                | Body::RoomKind { .. }
                | Body::Blanked { .. }
                | Body::Unknown => {}
            }
        }
        let told = state.mutes.iter();
        let told: Vec<_> = told.map(|mute| (mute.member, mute.until_ms)).collect();
        if (state.slow_mode_s, &told) != (slow_mode_s, &mutes) {
            return Err(format!(
                "{room} has at {} slow mode {slow_mode_s} and the mutes {mutes:?}, and told was {} and {told:?}",
                state.seq, state.slow_mode_s
            ));
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
