//! Who may post when in a room, by what its log says of mutes and slow mode.

use std::collections::BTreeMap;

use parlor_shared::{Body, Entry, MemberId};

/// Who may post when in a room, by its log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// When each mute ends.
    mutes: BTreeMap<MemberId, u64>,
    /// How long a member waits between two posts.
    slow_mode_s: u32,
    /// When each member has posted last since that was set.
    posted: BTreeMap<MemberId, u64>,
}

impl Rules {
    /// The rules that follow from all entries of a room.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut rules = Self::default();
        entries.iter().for_each(|entry| rules.apply(entry));
        rules
    }

    pub(crate) fn apply(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Mute {
                member, until_ms, ..
            } => {
                // The clock may have been set back since: what had ended by then is over.
                self.mutes
                    .retain(|muted, until_ms| muted != member && *until_ms > entry.at_ms);
                self.mutes
                    .extend(until_ms.map(|until_ms| (*member, until_ms)));
            }
            Body::SlowMode { seconds } => {
                self.slow_mode_s = *seconds;
                self.posted.clear();
            }
            Body::Post { .. } => drop(self.posted.insert(entry.member, entry.at_ms)),
            Body::Edit { .. }
            | Body::Deletion { .. }
            | Body::Reaction { .. }
            | Body::RoomName { .. }
            | Body::Topic { .. }
            | Body::Pin { .. }
            | Body::RoomKind { .. }
            | Body::Blanked { .. }
            | Body::Unknown => {}
        }
    }

    /// Checks that a member who does not moderate was allowed to append this.
    pub(crate) fn check(&self, entry: &Entry) -> Result<(), String> {
        let Entry {
            seq, member, at_ms, ..
        } = entry;
        if matches!(entry.body, Body::Mute { .. } | Body::SlowMode { .. }) {
            return Err(format!("{seq} is by a member who does not moderate"));
        }
        let until_ms = self.mutes.get(member).filter(|until_ms| *until_ms > at_ms);
        if let Some(until_ms) = until_ms
            && !matches!(entry.body, Body::Deletion { .. })
        {
            return Err(format!(
                "{seq} of {at_ms} is on the log, and its author was muted until {until_ms}"
            ));
        }
        // Not where the clock was set back.
        let posted = self.posted.get(member);
        let waited_ms = posted.and_then(|posted_ms| at_ms.checked_sub(*posted_ms));
        let wait_ms = u64::from(self.slow_mode_s) * 1_000;
        if matches!(entry.body, Body::Post { .. })
            && waited_ms.is_some_and(|waited_ms| waited_ms < wait_ms)
        {
            return Err(format!("{seq} is on the log, and slow mode lets it wait"));
        }
        Ok(())
    }
}
