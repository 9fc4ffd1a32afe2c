//! Who is present in a room and types there: on this node, and on the others.

use parlor_shared::{Member, MemberId, ServerMessage};

use super::Room;
use crate::{
    connection::frame::frame,
    rooms::{
        elsewhere::{MemberChange, MemberElsewhere},
        presence::{Departure, Presence},
    },
};

impl Room {
    /// Adds a connection of this member to the room's presence.
    pub(crate) fn enter(&self, member: &Member) {
        self.change_presence(|presence, now_ms| presence.enter(member, now_ms));
    }

    /// Removes a connection of this member.
    pub(crate) fn leave(&self, member: MemberId, departure: Departure) {
        self.change_presence(|presence, now_ms| presence.leave(member, departure, now_ms));
    }

    /// Gives a member its new name.
    pub(crate) fn rename(&self, member: &Member) {
        self.change_presence(|presence, now_ms| presence.rename(member, now_ms));
    }

    /// Begins with the members of the other nodes. For a room that nobody is in yet.
    pub(crate) fn begin_presence(&self, members: impl Iterator<Item = MemberElsewhere>) {
        self.lock().presence.begin(members);
    }

    /// Takes in which members have come and gone on the other nodes. The caller wakes the presence
    /// task.
    pub(crate) fn change_elsewhere(&self, changes: &[MemberChange]) {
        let now_ms = self.env.clock.now_ms();
        self.lock().presence.change_elsewhere(changes, now_ms);
    }

    /// How many members are present.
    pub(crate) fn member_count(&self) -> u32 {
        self.lock().presence.count()
    }

    /// Who is present; nobody is listed where they are too many.
    pub(crate) fn listed_members(&self) -> Vec<Member> {
        self.lock().presence.listed()
    }

    /// Who is present on this node, however many they are.
    pub(crate) fn own_members(&self) -> Vec<Member> {
        self.lock().presence.own_members()
    }

    /// Who is present, as a message to a session that has just become live.
    pub(crate) fn presence_snapshot(&self) -> ServerMessage {
        self.lock().presence.snapshot(&self.id)
    }

    /// Publishes the presence changes that are due. Returns when the next ones are.
    pub(crate) fn flush_presence(&self, now_ms: u64) -> Option<u64> {
        let (message, due_at_ms) = {
            let mut state = self.lock();
            let message = state.presence.flush(&self.id, now_ms);
            self.collect_own(&mut state.presence);
            (message, state.presence.due_at_ms())
        };
        if let Some(message) = message {
            self.publish_ephemeral(&frame(&message));
        }
        due_at_ms
    }

    fn change_presence(&self, change: impl FnOnce(&mut Presence, u64)) {
        let now_ms = self.env.clock.now_ms();
        {
            let mut state = self.lock();
            change(&mut state.presence, now_ms);
            self.collect_own(&mut state.presence);
        }
        self.env.presence_changed.notify_one();
    }

    /// Has the other nodes learn what has changed on this one. Under the room's lock, so that the
    /// last change of a member is collected last.
    fn collect_own(&self, presence: &mut Presence) {
        for change in presence.take_own_changes() {
            let own_changes = &self.env.own_changes;
            own_changes.add_member(&self.id, change.member, change.presence);
        }
    }

    /// Shows everyone in the room, on all nodes, that this member is typing, unless they have just
    /// seen it.
    pub(crate) fn publish_typing(&self, member: MemberId) {
        let now_ms = self.env.clock.now_ms();
        if self.lock().typing.begin(member, now_ms) {
            self.env.own_changes.add_typing(&self.id, member);
            self.show_typing(member);
        }
    }

    /// Shows everyone in the room on this node that a member is typing on another one.
    pub(crate) fn relay_typing(&self, member: MemberId) {
        let now_ms = self.env.clock.now_ms();
        if self.lock().typing.begin_elsewhere(member, now_ms) {
            self.show_typing(member);
        }
    }

    fn show_typing(&self, member: MemberId) {
        let room = self.id.clone();
        self.publish_ephemeral(&frame(&ServerMessage::Typing { room, member }));
    }
}
