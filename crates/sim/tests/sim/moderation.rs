//! The moderator of a world: mutes, slow mode and bans. The first client is the moderator.

use std::mem;

use parlor_server::sim::RoomBan;
use parlor_shared::{Body, MemberId, Name, RoomId, limits::SLOW_MODE_SECONDS_MAX};

use crate::{
    plan::Action,
    world::{Faults, World},
};

/// The client that moderates.
const MODERATOR: usize = 0;

impl World {
    /// The moderator does something to a room or to somebody in it.
    pub(crate) fn moderate(&mut self, room: &RoomId) {
        let body = match self.random.below(6) {
            drawn @ 0..=2 => {
                let Some(member) = self.draw_member() else {
                    return;
                };
                let until_ms = self.unix_ms() + self.random.between(1, 600_000);
                Body::Mute {
                    member,
                    name: Name::parse("somebody").unwrap(),
                    until_ms: (drawn > 0).then_some(until_ms),
                }
            }
            3 => Body::SlowMode {
                // After the longest one a post comes only if slow mode ends.
                seconds: *self.random.pick(&[1, 5, SLOW_MODE_SECONDS_MAX]).unwrap(),
            },
            4 => Body::SlowMode { seconds: 0 },
            _ => return self.ban(room),
        };
        self.stats.moderated += 1;
        self.append(MODERATOR, room, body);
    }

    /// A member who does not moderate.
    fn draw_member(&mut self) -> Option<MemberId> {
        let members = self.clients.iter().filter_map(|client| client.member);
        let members: Vec<MemberId> = members
            .filter(|member| !self.oracle.is_moderator(*member))
            .collect();
        self.random.pick(&members).copied()
    }

    /// Bans a member from a room, or lifts all bans.
    fn ban(&mut self, room: &RoomId) {
        let member = self.draw_member();
        match member.filter(|_| self.bans.is_empty() || !self.random.one_in(2)) {
            Some(member) => {
                let until_ms = self.unix_ms() + self.random.between(1, 120_000);
                let room = room.clone();
                self.oracle.on_banned(member, &room);
                self.trace("moderator", || format!("bans {member} from {room}"));
                self.bans.push(RoomBan {
                    member,
                    room,
                    until_ms,
                });
            }
            None => self.bans.clear(),
        }
        self.stats.moderated += 1;
        self.set_bans();
    }

    fn set_bans(&self) {
        for server in self.nodes.iter().filter_map(|node| node.server.as_ref()) {
            server.set_bans(&self.bans);
        }
    }

    /// A node has started: it is told what no log tells it.
    pub(crate) fn set_moderation(&mut self, number: usize) {
        if let Some(server) = &self.nodes[number].server {
            server.set_bans(&self.bans);
        }
        let moderator = self.clients.get(MODERATOR).and_then(|client| client.member);
        if let Some(member) = moderator {
            self.appoint(member);
        }
    }

    fn appoint(&mut self, member: MemberId) {
        if !self.plan.has(Action::Moderate) {
            return;
        }
        for server in self.nodes.iter().filter_map(|node| node.server.as_ref()) {
            self.oracle.add_moderator(member);
            server.appoint(member);
        }
    }

    /// A session has done something: where its client has become another member, that one
    /// moderates. Once all bans have ended, banned members come back.
    pub(crate) fn follow_moderation(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let put_out = mem::take(&mut client.put_out);
        if let Some(member) = client.member.filter(|_| index == MODERATOR)
            && !self.oracle.is_moderator(member)
        {
            self.appoint(member);
        }
        if self.faults == Faults::Off {
            for room in put_out {
                self.join(index, &room);
            }
        }
    }

    /// Ends what keeps posts from the log for a time.
    pub(crate) fn end_moderation(&mut self) {
        if !self.plan.has(Action::Moderate) {
            return;
        }
        self.bans.clear();
        self.set_bans();
        for room in self.rooms.clone() {
            self.append(MODERATOR, &room, Body::SlowMode { seconds: 0 });
        }
    }
}
