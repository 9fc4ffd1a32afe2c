//! Programs and their lines: what sessions want done, what travels, and what arrives.

use bytes::Bytes;
use parlor_session::{Output, Session};
use parlor_shared::{RoomId, ServerMessage, codec};

use crate::{
    trace::{heard, said},
    wire::{Down, Health, Up, Wire},
    world::{Due, Weather, World},
};

impl World {
    /// Does something with a program's session, and what the session wants done then.
    pub(crate) fn drive(&mut self, index: usize, act: impl FnOnce(&mut Session, u64, u64)) {
        let random = self.chance.number();
        let program = &mut self.programs[index];
        act(&mut program.session, self.now_ms + program.ahead_ms, random);
        while let Some(output) = self.programs[index].session.poll_output() {
            match output {
                Output::Connect => self.connect(index),
                Output::Send(frame) => self.send_up(index, frame),
                Output::Close => self.close_up(index),
                Output::Event(event) => {
                    let program = &mut self.programs[index];
                    let result = program.told(&event, &mut self.truth, &mut self.counts);
                    self.check(result);
                }
            }
        }
        let kept = self.programs[index].session.outbox().count();
        let waiting = self.truth.waiting(index);
        if kept != waiting {
            let name = self.programs[index].name;
            self.check(Err(format!(
                "{waiting} posts of {name} are not settled, and its outbox has {kept}"
            )));
        }
        self.set_alarm(index);
    }

    fn set_alarm(&mut self, index: usize) {
        let program = &mut self.programs[index];
        let Some(due_ms) = program.session.poll_timeout() else {
            return;
        };
        let at_ms = due_ms.saturating_sub(program.ahead_ms).max(self.now_ms);
        if program.alarm_ms.is_none_or(|alarm_ms| at_ms < alarm_ms) {
            program.alarm_ms = Some(at_ms);
            self.at(at_ms, Due::Alarm(index));
        }
    }

    pub(crate) fn alarm(&mut self, index: usize) {
        let program = &mut self.programs[index];
        if program.alarm_ms.is_some_and(|at_ms| at_ms > self.now_ms) {
            return;
        }
        program.alarm_ms = None;
        let now_ms = self.now_ms + program.ahead_ms;
        if program
            .session
            .poll_timeout()
            .is_some_and(|due| due <= now_ms)
        {
            self.drive(index, |session, now_ms, random| {
                session.handle_timeout(now_ms, random);
            });
        } else {
            self.set_alarm(index);
        }
    }

    pub(crate) fn join(&mut self, index: usize, room: &RoomId) {
        self.say(self.programs[index].name, || format!("joins {room}"));
        self.programs[index].wants.insert(room.clone());
        let room = room.clone();
        self.drive(index, move |session, _, _| session.join(&room));
    }

    fn connect(&mut self, index: usize) {
        let number = self.wires_made;
        self.wires_made += 1;
        let latency_ms = self.chance.between(0, self.plan.latency_ms_max);
        self.say(self.programs[index].name, || format!("opens line {number}"));
        let wire = Wire::new(index, self.now_ms, latency_ms);
        self.wires.insert(number, wire);
        self.programs[index].wire = Some(number);
        let hangs = self.weather == Weather::Rough && self.chance.one_in(30);
        if !hangs {
            self.later(2 * latency_ms, Due::Opens(number));
        }
    }

    pub(crate) fn opens(&mut self, number: u64) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        let index = wire.program;
        if self.programs[index].wire != Some(number) {
            return;
        }
        match &self.server {
            Some(server) if wire.health == Health::Good => {
                wire.line = Some(server.connect());
                self.drive(index, |session, _, _| session.handle_open());
            }
            Some(_) | None => {
                self.say(self.programs[index].name, || "finds no server".to_owned());
                self.ends_for_program(number, None);
            }
        }
    }

    fn send_up(&mut self, index: usize, frame: String) {
        self.say(self.programs[index].name, || {
            format!("says {}", said(&frame, &self.truth))
        });
        if let Some(number) = self.programs[index].wire {
            self.put_up(number, Up::Frame(frame));
        }
    }

    fn close_up(&mut self, index: usize) {
        if let Some(number) = self.programs[index].wire.take() {
            self.say(self.programs[index].name, || {
                format!("closes line {number}")
            });
            self.put_up(number, Up::End);
        }
    }

    pub(crate) fn put_up(&mut self, number: u64, up: Up) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        if wire.health == Health::Good {
            wire.up.push_back(up);
            let jitter_ms = self.chance.below(wire.latency_ms + 1);
            let at_ms = (self.now_ms + wire.latency_ms + jitter_ms).max(wire.up_arrives_ms);
            wire.up_arrives_ms = at_ms;
            self.at(at_ms, Due::ReachesServer(number));
        } else if matches!(up, Up::End) {
            // The program forgets the line; the server finds out for itself.
            wire.down.clear();
        }
    }

    pub(crate) fn put_down(&mut self, number: u64, down: Down) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        if wire.health != Health::Good {
            return;
        }
        let kib = match &down {
            Down::Bytes(bytes) => bytes.len() as u64 / 1_024 + 1,
            Down::End(_) => 0,
        };
        wire.down.push_back(down);
        let jitter_ms = self.chance.below(wire.latency_ms + 1);
        let travels_ms = wire.latency_ms + jitter_ms + kib * wire.ms_per_kib;
        let at_ms = (self.now_ms + travels_ms).max(wire.down_arrives_ms);
        wire.down_arrives_ms = at_ms;
        self.at(at_ms, Due::ReachesProgram(number));
    }

    /// Some frames, cut anywhere: a stream knows no frames.
    pub(crate) fn put_down_in_parts(&mut self, number: u64, mut bytes: Bytes) {
        while !bytes.is_empty() {
            let length = self.chance.between(1, 2 * bytes.len() as u64) as usize;
            let part = bytes.split_to(length.min(bytes.len()));
            self.put_down(number, Down::Bytes(part));
        }
    }

    pub(crate) fn reaches_program(&mut self, number: u64) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        let index = wire.program;
        if wire.health == Health::Silent || self.programs[index].wire != Some(number) {
            return;
        }
        match wire.down.pop_front() {
            None => {}
            Some(Down::End(code)) => {
                self.say(self.programs[index].name, || {
                    format!("finds line {number} closed ({code:?})")
                });
                self.ends_for_program(number, code);
            }
            Some(Down::Bytes(bytes)) => {
                for text in wire.arrived(&bytes) {
                    self.hears(index, number, &text);
                }
            }
        }
    }

    fn hears(&mut self, index: usize, number: u64, text: &str) {
        if self.programs[index].wire != Some(number) {
            return;
        }
        let Ok(message) = codec::decode_server(text) else {
            return self.check(Err(format!("the server says nonsense: {text}")));
        };
        let sound = self.wires.get_mut(&number).map(|wire| wire.check(&message));
        self.check(sound.unwrap_or(Ok(())));
        self.people_react(index, &message);
        let times = self.times_heard(&message);
        let how = ["loses", "hears", "hears twice"][times];
        self.say(self.programs[index].name, || {
            format!("{how} {}", heard(&message, &self.truth))
        });
        for _ in 0..times {
            self.drive(index, |session, now_ms, random| {
                session.handle_frame(now_ms, text, random);
            });
        }
    }

    /// Somebody who is back online may do at once what crosses the answers on their way.
    fn people_react(&mut self, index: usize, message: &ServerMessage) {
        let welcome = matches!(message, ServerMessage::Welcome { .. });
        if welcome && self.weather == Weather::Rough && self.chance.one_in(10) {
            let in_ms = self.chance.between(1, 2 * self.plan.latency_ms_max);
            self.later(in_ms, Due::ComesBack(index));
        }
    }

    /// A line that should not be trusted loses an entry, or says it twice.
    fn times_heard(&mut self, message: &ServerMessage) -> usize {
        let lossy = self.weather == Weather::Rough
            && self.plan.lossy_one_in > 0
            && matches!(message, ServerMessage::Entry { .. })
            && self.chance.one_in(self.plan.lossy_one_in);
        if !lossy {
            return 1;
        }
        self.counts.lost_frames += 1;
        2 * self.chance.below(2) as usize
    }

    pub(crate) fn ends_for_program(&mut self, number: u64, code: Option<u16>) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        let index = wire.program;
        wire.down.clear();
        if self.programs[index].wire == Some(number) {
            self.programs[index].wire = None;
            self.drive(index, |session, now_ms, random| {
                session.handle_closed(now_ms, code, random);
            });
        }
    }
}
