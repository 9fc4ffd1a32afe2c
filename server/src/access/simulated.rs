//! What the simulation decides in the place of an operator: it has no file of rights and bans.

use parlor_shared::{MemberId, Right, RoomPattern};

use super::AccessControl;
use crate::{
    engine::embedded::{Admits, Grant, KeptBan, TakesAddresses},
    sim::RoomBan,
};

impl AccessControl {
    /// Gives a member the right to moderate every room.
    pub(crate) fn appoint(&self, member: MemberId) {
        let grant = Grant {
            member,
            rooms: RoomPattern::all(),
            right: Right::Moderate,
            admits: Admits::No,
        };
        self.take_in(grant, Some(member));
    }

    /// Holds these bans in the place of those before.
    pub(crate) fn set_bans(&self, bans: &[RoomBan]) {
        let kept = bans.iter().zip(1..).map(|(ban, id)| KeptBan {
            id,
            member: Some(ban.member),
            name: None,
            takes_addresses: TakesAddresses::No,
            networks: Vec::new(),
            room: Some(ban.room.clone()),
            until_ms: ban.until_ms,
            by: String::new(),
            reason: String::new(),
        });
        self.bans.replace(kept.collect());
        self.hub.announce_access_change();
    }
}
