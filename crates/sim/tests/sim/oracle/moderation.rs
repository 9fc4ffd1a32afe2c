//! What moderators have decided: what a member who is muted, slowed down or banned may still do,
//! and that nobody else is refused for it.

use parlor_shared::{Body, Entry, MemberId, RoomId};

use super::{Oracle, Violation};

impl Oracle {
    /// A member moderates from now on.
    pub(crate) fn add_moderator(&mut self, member: MemberId) {
        self.moderators.insert(member);
    }

    pub(crate) fn is_moderator(&self, member: MemberId) -> bool {
        self.moderators.contains(&member)
    }

    /// A member is banned from a room.
    pub(crate) fn on_banned(&mut self, member: MemberId, room: &RoomId) {
        self.bans.insert((member, room.clone()));
    }

    /// Checks that a member who was refused as banned was banned from that very room.
    pub(crate) fn check_banned(
        &self,
        member: Option<MemberId>,
        room: Option<&RoomId>,
    ) -> Result<(), Violation> {
        let is_banned = member
            .zip(room.cloned())
            .is_some_and(|ban| self.bans.contains(&ban));
        match is_banned {
            true => Ok(()),
            false => Err(format!(
                "a member was refused in {room:?} as banned, and nobody has banned them there"
            )),
        }
    }

    /// Checks that a member whose post was refused as muted was muted in that very room.
    pub(crate) fn check_muted(
        &self,
        member: Option<MemberId>,
        room: &RoomId,
    ) -> Result<(), Violation> {
        let entries = self.logs.iter().filter_map(|log| log.rooms.get(room));
        let is_mute = |entry: &Entry| matches!(entry.body, Body::Mute { member: muted, .. } if Some(muted) == member);
        match entries.flatten().any(is_mute) {
            true => Ok(()),
            false => Err(format!(
                "a post to {room} was refused as muted, and nobody has muted its author"
            )),
        }
    }

    /// Takes an entry that has become durable, and checks that its author was allowed to append it.
    pub(super) fn apply_rules(&mut self, room: &RoomId, entry: &Entry) -> Result<(), Violation> {
        let is_moderator = self.is_moderator(entry.member);
        let log = self.logs.last_mut().ok_or("no log")?;
        let rules = log.rules.entry(room.clone()).or_default();
        let allowed = match is_moderator {
            true => Ok(()),
            false => rules.check(entry),
        };
        rules.apply(entry);
        allowed
    }
}
