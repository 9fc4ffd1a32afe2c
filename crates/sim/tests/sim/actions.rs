//! What is done to the world while the weather is rough, and how it comes to rest after.

use std::collections::BTreeSet;

use parlor_session::OutboxPost;
use parlor_shared::{Body, Emoji, MessageId, Name, RoomId, Seq, Text};

use crate::{
    plan::Action,
    program::{NAMES, Program},
    serving::End,
    wire::{Down, Health, Up},
    world::{CALM_MS_MAX, Due, POST_MS_MAX, Settled, Weather, World},
};

impl World {
    pub(crate) fn act(&mut self) {
        if self.actions_left == 0 {
            return self.later(0, Due::Calm);
        }
        self.actions_left -= 1;
        let pause_ms = self.plan.pause_ms(&mut self.chance);
        self.later(pause_ms, Due::Action);
        let program = self.chance.below(self.programs.len() as u64) as usize;
        let room = self.chance.pick(&self.rooms).unwrap().clone();
        match self.plan.action(&mut self.chance) {
            Action::Post => self.post(program, &room),
            Action::Burst => {
                for _ in 0..self.chance.between(5, 90) {
                    self.post(program, &room);
                }
            }
            Action::Change => self.change(program, &room),
            Action::Discard => self.discard(program),
            Action::Join => self.join(program, &room),
            Action::Leave => self.leave(program, &room),
            Action::LeaveAndJoin => self.leave_and_join(program),
            Action::Ask => self.ask(program, &room),
            Action::Probe => self.drive(program, |session, now_ms, _| session.probe(now_ms)),
            Action::StopAndStart => self.stop_and_start(program),
            Action::RestartProgram => self.restart_program(program),
            Action::Sleep => self.sleep(program),
            Action::Cut => self.cut(),
            Action::SlowReader => self.slow_down(),
            Action::Crash => self.crash_somehow(),
            Action::StopServer => self.stop_server(),
            Action::ReplaceLog => self.replace_log(),
            Action::DiskFails => {
                self.disk_fails_until_ms = self.now_ms + self.chance.between(10, 5_000);
            }
            Action::ReadsFail => {
                self.reads_fail_until_ms = self.now_ms + self.chance.between(10, 2_000);
            }
            Action::Forget => self.forget(),
            Action::ServerClockJumps => {
                self.unix_ahead_ms = self.chance.between(1, 4_000_000_000_000);
            }
        }
    }

    fn post(&mut self, index: usize, room: &RoomId) {
        let long = self.chance.one_in(self.plan.long_one_in);
        let text = if long {
            "x".repeat(8_000)
        } else {
            let words = self.chance.between(1, 20) as usize;
            ["word"; 20][..words].join(" ")
        };
        let text = Text::parse(text).unwrap();
        // A third answers something, wherever it is, and whether it is still there.
        let answered = (self.now_ms.is_multiple_of(3)).then(|| self.truth.post(self.now_ms));
        let reply_to = answered.flatten().map(|(id, _)| id);
        self.append(index, room, Body::Post { text, reply_to });
    }

    fn append(&mut self, index: usize, room: &RoomId, body: Body) {
        let id = MessageId::new(self.now_ms + 1, self.chance.bytes());
        // Known before it is sent: a session may do both at once.
        self.truth.accepted(id, index, room, &body);
        self.say(self.programs[index].name, || {
            format!("has {} for {room}", self.truth.number(id))
        });
        let mut accepted = Ok(());
        let full = &mut accepted;
        let room = room.clone();
        self.drive(index, move |session, _, _| {
            *full = session.post(&room, id, body);
        });
        match accepted {
            Ok(()) => self.counts.posts += 1,
            Err(full) => self.check(Err(format!("few posts, and yet: {full}"))),
        }
    }

    fn change(&mut self, index: usize, room: &RoomId) {
        let drawn = self.chance.number();
        let Some((target, post)) = self.truth.post(drawn) else {
            return;
        };
        // Mostly where the message is; elsewhere it is unknown.
        let room = if drawn.is_multiple_of(8) {
            room.clone()
        } else {
            post.room.clone()
        };
        let body = match drawn % 3 {
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
        let newest = self.programs[index].session.outbox().last();
        let Some(id) = newest.map(|post| post.id) else {
            return;
        };
        let result = self.truth.discarded(id);
        self.check(result);
        self.drive(index, |session, _, _| drop(session.discard(id)));
    }

    fn leave(&mut self, index: usize, room: &RoomId) {
        self.say(self.programs[index].name, || format!("leaves {room}"));
        self.programs[index].wants.remove(room);
        self.programs[index].views.remove(room);
        let room = room.clone();
        self.drive(index, move |session, _, _| session.leave(&room));
    }

    pub(crate) fn leave_and_join(&mut self, index: usize) {
        let wanted: Vec<RoomId> = self.programs[index].wants.iter().cloned().collect();
        if let Some(room) = self.chance.pick(&wanted).cloned() {
            self.leave(index, &room);
            self.join(index, &room);
        }
    }

    fn ask(&mut self, index: usize, room: &RoomId) {
        let before = Seq(self.chance.between(1, 300));
        let what = self.chance.below(4);
        let name = Name::parse(NAMES[self.chance.below(5) as usize]).unwrap();
        let room = room.clone();
        // A room that is not live says so; nothing was asked then.
        self.drive(index, move |session, now_ms, _| match what {
            0 => session.history(&room, before, 20).unwrap_or_default(),
            1 => session.search(&room, "word").unwrap_or_default(),
            2 => session.typing(&room, now_ms),
            _ => session.rename(name),
        });
    }

    fn stop_and_start(&mut self, index: usize) {
        self.say(self.programs[index].name, || "stops and starts".to_owned());
        self.drive(index, |session, _, _| session.stop());
        self.drive(index, |session, now_ms, _| session.start(now_ms));
    }

    fn restart_program(&mut self, index: usize) {
        self.counts.restarts += 1;
        self.say(self.programs[index].name, || "ends and is back".to_owned());
        let mut outbox: Vec<OutboxPost> = self.programs[index].session.outbox().cloned().collect();
        // What it kept may be from a while ago: some that was settled since is in it, too.
        let old = self.chance.below(4) as usize;
        let lately = self.truth.settled_lately(index).take(old);
        let again: Vec<OutboxPost> = lately
            .map(|(id, post)| OutboxPost {
                room: post.room.clone(),
                id,
                body: post.body.clone(),
            })
            .collect();
        for post in again {
            self.truth.waits_again(post.id);
            outbox.insert(0, post);
        }
        if let Some(number) = self.programs[index].wire {
            let server = self.finds_out();
            self.break_line(number, server, FindsOut::Late);
        }
        self.programs[index].restart(outbox);
        for room in self.programs[index].wants.clone() {
            self.join(index, &room);
        }
        self.drive(index, |session, now_ms, _| session.start(now_ms));
    }

    fn sleep(&mut self, index: usize) {
        let ms = self.chance.between(1_000, 7_200_000);
        self.say(self.programs[index].name, || format!("sleeps for {ms} ms"));
        self.programs[index].ahead_ms += ms;
        // Whatever was due is due now.
        self.programs[index].alarm_ms = Some(self.now_ms);
        self.later(0, Due::Alarm(index));
    }

    fn cut(&mut self) {
        let numbers: Vec<u64> = self.wires.keys().copied().collect();
        if let Some(number) = self.chance.pick(&numbers).copied() {
            let (server, program) = (self.finds_out(), self.finds_out());
            self.break_line(number, server, program);
        }
    }

    fn finds_out(&mut self) -> FindsOut {
        if self.chance.one_in(3) {
            FindsOut::Late
        } else {
            FindsOut::Soon
        }
    }

    /// The line breaks: some of what is on its way still arrives, perhaps in the middle of a frame, and each end finds
    /// out when it does.
    fn break_line(&mut self, number: u64, server: FindsOut, program: FindsOut) {
        let Some(wire) = self
            .wires
            .get_mut(&number)
            .filter(|w| w.health == Health::Good)
        else {
            return;
        };
        self.counts.cuts += 1;
        let up = self.chance.below(wire.up.len() as u64 + 1);
        let down = self.chance.below(wire.down.len() as u64 + 1);
        wire.up.truncate(up as usize);
        wire.down.truncate(down as usize);
        self.say("line", || {
            format!("{number} breaks; server finds out {server:?}, program {program:?}")
        });
        match server {
            FindsOut::Soon => self.put_up(number, Up::End),
            FindsOut::Late => self.find_dead_later(number),
        }
        match program {
            FindsOut::Soon => self.put_down(number, Down::End(None)),
            FindsOut::Late => {}
        }
        if let Some(wire) = self.wires.get_mut(&number) {
            wire.health = Health::Broken;
        }
    }

    fn slow_down(&mut self) {
        let numbers: Vec<u64> = self.wires.keys().copied().collect();
        let number = self.chance.pick(&numbers).copied();
        if let Some(wire) = number.and_then(|number| self.wires.get_mut(&number)) {
            wire.ms_per_kib = self.chance.between(50, 2_000);
            self.say("line", || "is slow from now on".to_owned());
        }
    }

    fn forget(&mut self) {
        let keep = self.chance.between(1, 40) as u32;
        if let Some(server) = &mut self.server {
            self.counts.forgotten += 1;
            self.truth.forgets(keep);
            server.forget(keep.try_into().unwrap());
            self.say("log", || format!("forgets all but {keep}"));
        }
    }

    fn crash_somehow(&mut self) {
        let end = if self.chance.one_in(2) {
            End::Killed
        } else {
            End::PowerLost
        };
        self.crash(end);
    }

    /// From now on all goes well. Everyone is where their posts go, and each room gets one more entry: after it nothing
    /// that was lost before can stay unnoticed.
    pub(crate) fn calm_down(&mut self) {
        self.say("", || "the weather is calm from now on".to_owned());
        self.weather = Weather::Calm;
        self.calm_since_ms = self.now_ms;
        (self.disk_fails_until_ms, self.reads_fail_until_ms) = (0, 0);
        for wire in self.wires.values_mut() {
            wire.ms_per_kib = 0;
        }
        self.start_server();
        for index in 0..self.programs.len() {
            let outbox = self.programs[index].session.outbox();
            let rooms: BTreeSet<RoomId> = outbox.map(|post| post.room.clone()).collect();
            for room in rooms {
                self.join(index, &room);
            }
            self.drive(index, |session, now_ms, _| session.start(now_ms));
        }
        for room in self.rooms.clone() {
            self.join(0, &room);
            self.post(0, &room);
        }
        self.later(2_000, Due::Look);
    }

    pub(crate) fn look(&mut self) {
        match self.unsettled() {
            None => {
                self.say("", || {
                    "all is settled; one more post for each room".to_owned()
                });
                for room in self.rooms.clone() {
                    self.post(0, &room);
                }
                self.later(POST_MS_MAX, Due::LookAgain);
            }
            Some(what) if self.now_ms > self.calm_since_ms + CALM_MS_MAX => {
                self.check(Err(format!("long after all has become calm, {what}")));
            }
            Some(_) => self.later(2_000, Due::Look),
        }
    }

    pub(crate) fn look_again(&mut self) {
        let seen = self.unsettled().map_or(Ok(()), |what| {
            Err(format!("{POST_MS_MAX} ms after a post in calm, {what}"))
        });
        self.check(seen);
        self.settled = Settled::Yes;
    }

    fn unsettled(&self) -> Option<String> {
        let programs = self.programs.iter();
        let unsettled = programs.filter_map(|program| program.unsettled(&self.truth));
        unsettled.chain(self.wrong_presence()).next()
    }

    /// Whom somebody takes to be present who is not, or the other way round.
    fn wrong_presence(&self) -> Option<String> {
        for room in &self.rooms {
            let in_it = |program: &&Program| program.wants.contains(room);
            let members = self.programs.iter().filter(in_it);
            let members: BTreeSet<_> = members.filter_map(|program| program.member).collect();
            for program in self.programs.iter().filter(in_it) {
                let view = program.views.get(room)?;
                if view.present != members {
                    return Some(format!(
                        "{} sees {} members in {room}, and {} are there",
                        program.name,
                        view.present.len(),
                        members.len()
                    ));
                }
            }
        }
        None
    }
}

/// When an end of a broken line finds that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FindsOut {
    Soon,
    Late,
}
