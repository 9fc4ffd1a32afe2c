//! The actions: what clients do and which faults are injected, and the checks once faults have
//! ended.

use parlor_session::OutboxPost;
use parlor_shared::{Body, Emoji, MessageId, Name, RoomId, Seq, Text, Topic};

use crate::{
    client::NAMES,
    ends::End,
    link::{Health, ToClient, ToServer},
    plan::Action,
    world::{Event, World},
};

impl World {
    /// Runs a random action of the plan and schedules the next one.
    pub(crate) fn run_action(&mut self) {
        if self.actions_left == 0 {
            return self.schedule_in(0, Event::FaultsEnd);
        }
        self.actions_left -= 1;
        let pause_ms = self.plan.pause_ms(&mut self.random);
        self.schedule_in(pause_ms, Event::Action);
        let client = self.random.below(self.clients.len() as u64) as usize;
        let room = self.random.pick(&self.rooms).unwrap().clone();
        let node = self.random.below(self.nodes.len() as u64) as usize;
        match self.plan.action(&mut self.random) {
            Action::Post => self.post(client, &room),
            Action::Burst => {
                for _ in 0..self.random.between(5, 90) {
                    self.post(client, &room);
                }
            }
            Action::Change => self.change(client, &room),
            Action::Discard => self.discard(client),
            Action::Join => self.join(client, &room),
            Action::Leave => self.leave(client, &room),
            Action::LeaveAndJoin => self.leave_and_join(client),
            Action::Request => self.request(client, &room),
            Action::Probe => self.drive(client, |session, now_ms, _| session.probe(now_ms)),
            Action::StopAndStart => self.stop_and_start(client),
            Action::RestartClient => self.restart_client(client),
            Action::Sleep => self.sleep(client),
            Action::Cut => self.cut_link(),
            Action::SlowReader => self.slow_down_link(),
            Action::Crash => self.crash_server(node),
            Action::StopServer => self.stop_server(node),
            Action::ReplaceLog => self.replace_log(node),
            Action::TakeBackup => self.take_backup(node),
            Action::RestoreBackup => self.restore_backup(node),
            Action::CutLog => self.cut_log(node),
            Action::DiskFails => {
                let until_ms = self.now_ms + self.random.between(10, 5_000);
                self.nodes[node].disk_fails_until_ms = until_ms;
            }
            Action::ReadsFail => {
                let until_ms = self.now_ms + self.random.between(10, 2_000);
                self.nodes[node].reads_fail_until_ms = until_ms;
            }
            Action::ApplyRetention => self.apply_retention(node),
            Action::Moderate => self.moderate(&room),
            Action::ServerClockJumps => {
                self.nodes[node].unix_ahead_ms = self.random.between(1, 4_000_000_000_000);
            }
            Action::StreamStalls => self.stall_stream(),
            Action::StreamRepeats => self.repeat_message(),
            Action::NodeAway => self.send_away(node),
            Action::NodeLags => self.let_lag(node),
            Action::TailSkips => self.skip_message(node),
            Action::StreamLosesOne => self.lose_message(),
            Action::StreamLosesEnd => self.lose_end(),
        }
    }

    pub(crate) fn post(&mut self, index: usize, room: &RoomId) {
        let long = self.random.one_in(self.plan.long_one_in);
        let text = if long {
            "x".repeat(8_000)
        } else {
            let words = self.random.between(1, 20) as usize;
            ["word"; 20][..words].join(" ")
        };
        let text = Text::parse(text).unwrap();
        // A third are replies. The target may be in another room, or deleted.
        let target = (self.now_ms.is_multiple_of(3)).then(|| self.oracle.post(self.now_ms));
        let reply_to = target.flatten().map(|(id, _)| id);
        self.append(index, room, Body::Post { text, reply_to });
    }

    pub(crate) fn append(&mut self, index: usize, room: &RoomId, body: Body) {
        let id = MessageId::new(self.now_ms + 1, self.random.bytes());
        // The oracle is told first, because the session may accept and send in one step.
        self.oracle.on_accepted(id, index, room, &body);
        self.trace(self.clients[index].name, || {
            format!("posts {} in {room}", self.oracle.number(id))
        });
        let mut accepted = Ok(());
        let full = &mut accepted;
        let room = room.clone();
        self.drive(index, move |session, _, _| {
            *full = session.post(&room, id, body);
        });
        match accepted {
            Ok(()) => self.stats.posts += 1,
            Err(full) => self.check(Err(format!("the outbox has room, and yet: {full}"))),
        }
    }

    fn change(&mut self, index: usize, room: &RoomId) {
        let drawn = self.random.next_u64();
        let Some((target, post)) = self.oracle.post(drawn) else {
            return;
        };
        // One in eight names a random room, where its target is probably unknown.
        let room = if drawn.is_multiple_of(8) {
            room.clone()
        } else {
            post.room.clone()
        };
        let body = match drawn % 3 {
            // Beside the three kinds that change a message, a few that change the room.
            _ if drawn.is_multiple_of(23) => Body::Topic {
                topic: Topic::parse(format!("topic {}", drawn % 100)).ok(),
            },
            _ if drawn.is_multiple_of(5) => Body::Pin {
                target,
                on: !drawn.is_multiple_of(4),
            },
            0 => Body::Deletion { target },
            1 => Body::Edit {
                target,
                text: Text::parse("other words").unwrap(),
            },
            _ => Body::Reaction {
                target,
                emoji: Emoji::parse("👍").unwrap(),
                on: drawn.is_multiple_of(2),
            },
        };
        self.append(index, &room, body);
    }

    fn discard(&mut self, index: usize) {
        let newest = self.clients[index].session.outbox().last();
        let Some(id) = newest.map(|post| post.id) else {
            return;
        };
        let result = self.oracle.on_discarded(id);
        self.check(result);
        self.drive(index, |session, _, _| {
            session.discard(id);
        });
    }

    fn leave(&mut self, index: usize, room: &RoomId) {
        self.trace(self.clients[index].name, || format!("leaves {room}"));
        self.clients[index].wanted.remove(room);
        self.clients[index].views.remove(room);
        let room = room.clone();
        self.drive(index, move |session, _, _| session.leave(&room));
    }

    pub(crate) fn leave_and_join(&mut self, index: usize) {
        let wanted: Vec<RoomId> = self.clients[index].wanted.iter().cloned().collect();
        if let Some(room) = self.random.pick(&wanted).cloned() {
            self.leave(index, &room);
            self.join(index, &room);
        }
    }

    fn request(&mut self, index: usize, room: &RoomId) {
        let before = Seq(self.random.between(1, 300));
        let what = self.random.below(4);
        let name = Name::parse(NAMES[self.random.below(5) as usize]).unwrap();
        let room = room.clone();
        self.drive(index, move |session, now_ms, _| match what {
            // A room that is not live refuses: then nothing is requested.
            0 => {
                session.history(&room, before, 20).ok();
            }
            1 => {
                session.search(&room, "word").ok();
            }
            2 => session.typing(&room, now_ms),
            _ => session.rename(name),
        });
    }

    fn stop_and_start(&mut self, index: usize) {
        self.trace(self.clients[index].name, || "stops and starts".to_owned());
        self.drive(index, |session, _, _| session.stop());
        self.drive(index, |session, now_ms, _| session.start(now_ms));
    }

    fn restart_client(&mut self, index: usize) {
        self.stats.restarts += 1;
        self.trace(self.clients[index].name, || "restarts".to_owned());
        let mut outbox: Vec<OutboxPost> = self.clients[index].session.outbox().cloned().collect();
        // The stored outbox may be old, and still have posts that were acked since.
        let old = self.random.below(4) as usize;
        let acked = self.oracle.recently_acked(index).take(old);
        let again: Vec<OutboxPost> = acked
            .map(|(id, post)| OutboxPost {
                room: post.room.clone(),
                id,
                body: post.body.clone(),
            })
            .collect();
        for post in again {
            self.oracle.back_in_outbox(post.id);
            outbox.insert(0, post);
        }
        if let Some(number) = self.clients[index].link {
            let server = self.draw_detection();
            self.break_link(number, server, Detection::ByTimeout);
        }
        self.clients[index].restart(outbox);
        for room in self.clients[index].wanted.clone() {
            self.join(index, &room);
        }
        self.drive(index, |session, now_ms, _| session.start(now_ms));
    }

    fn sleep(&mut self, index: usize) {
        let ms = self.random.between(1_000, 7_200_000);
        self.trace(self.clients[index].name, || format!("sleeps for {ms} ms"));
        self.clients[index].clock_ahead_ms += ms;
        // All timers that ran out meanwhile are due.
        self.clients[index].timer_ms = Some(self.now_ms);
        self.schedule_in(0, Event::ClientTimer(index));
    }

    fn cut_link(&mut self) {
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        if let Some(number) = self.random.pick(&numbers).copied() {
            if self.random.one_in(6) {
                return self.mute_link(number);
            }
            let (server, client) = (self.draw_detection(), self.draw_detection());
            self.break_link(number, server, client);
        }
    }

    /// Has nothing more arrive at the server, which alone can find out: the client still receives.
    fn mute_link(&mut self, number: u64) {
        if let Some(link) = self.links.get_mut(&number)
            && link.health == Health::Good
        {
            link.fail(Health::Mute, self.now_ms);
            self.stats.mutes += 1;
            self.trace("link", || format!("{number} carries nothing to the server"));
        }
    }

    /// How an end of a broken link will detect it.
    fn draw_detection(&mut self) -> Detection {
        if self.random.one_in(3) {
            Detection::ByTimeout
        } else {
            Detection::AtOnce
        }
    }

    /// Breaks a link. A part of what is in transit still arrives, which may end within a frame.
    pub(crate) fn break_link(&mut self, number: u64, server: Detection, client: Detection) {
        let Some(link) = self
            .links
            .get_mut(&number)
            .filter(|link| link.health == Health::Good)
        else {
            return;
        };
        self.stats.cuts += 1;
        let to_server = self.random.below(link.to_server.len() as u64 + 1);
        let to_client = self.random.below(link.to_client.len() as u64 + 1);
        link.to_server.truncate(to_server as usize);
        link.to_client.truncate(to_client as usize);
        self.trace("link", || {
            format!("{number} breaks, detected by server {server:?}, by client {client:?}")
        });
        // An end that is not told finds out by its heartbeat.
        match server {
            Detection::AtOnce => self.queue_to_server(number, ToServer::End),
            Detection::ByTimeout => {}
        }
        match client {
            Detection::AtOnce => self.queue_to_client(number, ToClient::End),
            Detection::ByTimeout => {}
        }
        if let Some(link) = self.links.get_mut(&number) {
            link.fail(Health::Broken, self.now_ms);
        }
    }

    fn slow_down_link(&mut self) {
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        let number = self.random.pick(&numbers).copied();
        if let Some(link) = number.and_then(|number| self.links.get_mut(&number)) {
            link.ms_per_kib = self.random.between(50, 2_000);
            self.trace("link", || "is slow from now on".to_owned());
        }
    }

    fn apply_retention(&mut self, node: usize) {
        let keep = self.random.between(1, 40) as u32;
        if let Some(server) = &mut self.nodes[node].server {
            self.stats.retentions += 1;
            self.oracle.set_retention(keep as usize);
            server.apply_retention(keep.try_into().unwrap());
            self.trace("log", || format!("keeps {keep} entries a room"));
        }
    }

    fn crash_server(&mut self, node: usize) {
        let end = if self.random.one_in(2) {
            End::Killed
        } else {
            End::PowerLost
        };
        self.crash(node, end);
    }
}

/// How one end of a broken link detects that it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detection {
    AtOnce,
    ByTimeout,
}
