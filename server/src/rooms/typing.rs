//! How often a room hears that a member is typing. Pure: times come in as arguments.

use std::collections::HashMap;

use parlor_shared::{
    MemberId,
    limits::{TYPING_INTERVAL_MS, TYPING_MEMBERS_MAX},
};

/// The members who said lately that they are typing. It outlives their leaving the room, or a
/// member who leaves and joins would be heard more often.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    told_ms: HashMap<MemberId, u64>,
}

impl Typing {
    /// Records that this member is typing, and returns whether the room is told: at most once in
    /// [`TYPING_INTERVAL_MS`], and not while [`TYPING_MEMBERS_MAX`] others are.
    pub(crate) fn begin(&mut self, member: MemberId, now_ms: u64) -> bool {
        self.begin_after(TYPING_INTERVAL_MS, member, now_ms)
    }

    /// The same for a member on another node. That node has kept to the interval already, and what
    /// it sends takes sometimes longer and sometimes less, so half of it is enough here.
    pub(crate) fn begin_elsewhere(&mut self, member: MemberId, now_ms: u64) -> bool {
        self.begin_after(TYPING_INTERVAL_MS / 2, member, now_ms)
    }

    fn begin_after(&mut self, interval_ms: u64, member: MemberId, now_ms: u64) -> bool {
        let is_recent = |at_ms: u64| now_ms.saturating_sub(at_ms) < interval_ms;
        if self.told_ms.get(&member).is_some_and(|at| is_recent(*at)) {
            return false;
        }
        if self.told_ms.len() >= TYPING_MEMBERS_MAX {
            self.told_ms.retain(|_, at_ms| is_recent(*at_ms));
        }
        let has_room = self.told_ms.len() < TYPING_MEMBERS_MAX;
        if has_room {
            self.told_ms.insert(member, now_ms);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: usize) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    #[test]
    fn a_member_is_heard_once_in_three_seconds() {
        let mut typing = Typing::default();
        let heard = (0..30_000).filter(|now_ms| typing.begin(member(1), *now_ms));
        let heard: Vec<u64> = heard.collect();
        let expected: Vec<u64> = (0..10).map(|n| n * TYPING_INTERVAL_MS).collect();
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_member_on_another_node_is_heard_as_often_as_one_on_this_node() {
        let mut typing = Typing::default();
        for (at_ms, is_shown) in [(0, true), (10, false), (2_900, true), (5_910, true)] {
            assert_eq!(typing.begin_elsewhere(member(1), at_ms), is_shown);
        }
    }

    #[test]
    fn the_members_heard_of_at_once_are_bounded() {
        let mut typing = Typing::default();
        let all = 0..2 * TYPING_MEMBERS_MAX;
        let heard = all.filter(|n| typing.begin(member(*n), 0)).count();
        assert_eq!(heard, TYPING_MEMBERS_MAX);
        assert!(typing.begin(member(usize::MAX), TYPING_INTERVAL_MS));
        assert_eq!(typing.told_ms.len(), 1);
    }
}
