//! The server's side: what reaches it, what it writes, commits, reads, and how it ends and starts.

use std::fs;

use parlor_server::sim::{Disk, Meanwhile, Server};
use parlor_shared::{ServerMessage, close::CloseCode};

use crate::{
    wire::{Down, Health, Up},
    world::{Due, Weather, World},
};

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The process: the system closes its sockets.
    Killed,
    /// The machine: nobody is told.
    PowerLost,
}

/// Longest until a server finds that nobody is at the other end of a line: a silence, a ping, and no answer.
const DEAD_LINE_MS: u64 = 35_000;

impl World {
    pub(crate) fn start_server(&mut self) {
        if self.server.is_some() {
            return;
        }
        let server = Server::open(&self.folder, self.clock.clone(), self.plan.memory);
        match server {
            Ok(server) => self.server = Some(server),
            Err(error) => self.check(Err(format!("the server does not start: {error}"))),
        }
        self.say("server", || "starts".to_owned());
        self.compare();
    }

    pub(crate) fn reaches_server(&mut self, number: u64) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        if wire.health == Health::Silent {
            return;
        }
        match wire.up.pop_front() {
            None => {}
            Some(Up::End) => {
                wire.line = None;
                self.say("server", || format!("finds line {number} closed"));
            }
            Some(Up::Frame(frame)) => {
                if let Some(line) = &mut wire.line {
                    line.receive(frame);
                }
            }
        }
    }

    pub(crate) fn server_gives_up(&mut self, number: u64) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        if wire.line.take().is_some() {
            self.say("server", || format!("gives line {number} up"));
        }
    }

    pub(crate) fn find_dead_later(&mut self, number: u64) {
        let in_ms = self.chance.between(1, DEAD_LINE_MS);
        self.later(in_ms, Due::ServerGivesUp(number));
    }

    /// Has every line go as far as it can, and plans what has to wait.
    pub(crate) fn let_server_work(&mut self) {
        let numbers: Vec<u64> = self.wires.keys().copied().collect();
        for number in numbers {
            self.let_line_work(number);
        }
        // Lines that both ends have forgotten.
        self.wires.retain(|number, wire| {
            wire.line.is_some() || self.programs[wire.program].wire == Some(*number)
        });
        let Some(server) = &mut self.server else {
            return;
        };
        server.go_on_forgetting();
        let (appends, reads) = (server.appends_waiting(), server.reads_waiting());
        if appends > 0 && !self.commit_due {
            self.commit_due = true;
            let in_ms = self.chance.between(0, self.plan.disk_ms_max);
            self.later(in_ms, Due::Commit);
        }
        if reads > 0 && !self.read_due {
            self.read_due = true;
            let in_ms = self.chance.between(0, self.plan.disk_ms_max);
            self.later(in_ms, Due::Read);
        }
    }

    fn let_line_work(&mut self, number: u64) {
        let room = self.plan.socket_bytes_max;
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        let Some(line) = &mut wire.line else {
            return;
        };
        if let Some(code) = line.read() {
            let last_words = line.last_words();
            wire.line = None;
            self.say("server", || {
                format!("closes line {number}: {}", code.reason())
            });
            for bytes in last_words {
                self.put_down_in_parts(number, bytes);
            }
            self.put_down(number, Down::End(Some(code.number())));
        } else if line.is_woken() && !wire.flushing && wire.bytes_down() < room {
            wire.flushing = true;
            let in_ms = self.chance.below(3);
            self.later(in_ms, Due::Writes(number));
        }
    }

    pub(crate) fn server_writes(&mut self, number: u64) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        wire.flushing = false;
        let bytes = wire.line.as_mut().and_then(|line| line.poll_write());
        if let Some(bytes) = bytes {
            self.put_down_in_parts(number, bytes);
        }
    }

    /// The writer's step. In rough weather the disk may refuse, reads may see what is not published yet, and the server
    /// may end right after, before it has told anyone.
    pub(crate) fn commit(&mut self) {
        self.commit_due = false;
        let rough = self.weather == Weather::Rough;
        let disk = if self.now_ms < self.disk_fails_until_ms && !self.chance.one_in(4) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        let meanwhile = if self.chance.one_in(3) {
            Meanwhile::Reads
        } else {
            Meanwhile::Nothing
        };
        let Some(server) = &mut self.server else {
            return;
        };
        let appends = server.appends_waiting();
        server.write(disk, meanwhile);
        if disk == Disk::Refuses && appends > 0 {
            self.counts.commits_failed += 1;
            self.say("disk", || format!("refuses {appends} appends"));
        }
        self.learn();
        if rough && self.plan.crashes() && self.chance.one_in(150) {
            self.crash(End::Killed);
        }
    }

    pub(crate) fn read(&mut self) {
        self.read_due = false;
        let disk = if self.now_ms < self.reads_fail_until_ms && self.chance.one_in(2) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        if let Some(server) = &self.server {
            if disk == Disk::Refuses && server.reads_waiting() > 0 {
                self.counts.reads_failed += 1;
                self.say("disk", || "refuses a read".to_owned());
            }
            server.read(disk);
        }
    }

    pub(crate) fn tell_presence(&mut self) {
        let wait_ms = self.server.as_ref().and_then(Server::flush_presence);
        let most_ms = self.chance.between(100, 1_000);
        self.later(wait_ms.unwrap_or(most_ms).min(most_ms), Due::Presence);
    }

    /// The server is gone from one moment to the next. What is on the disk then is all that is left.
    pub(crate) fn crash(&mut self, end: End) {
        if self.server.is_none() {
            return;
        }
        self.counts.crashes += 1;
        self.say("server", || format!("crashes ({end:?})"));
        self.copy_disk();
        self.server = None;
        self.forget_lines(end);
        self.start_later();
    }

    /// The files as they are, without what closing them would tidy.
    fn copy_disk(&mut self) {
        let copy = self.folders.path().join(self.counts.crashes.to_string());
        fs::create_dir_all(&copy).unwrap();
        for file in ["parlor.db", "parlor.db-wal"] {
            fs::copy(self.folder.join(file), copy.join(file)).unwrap();
        }
        self.folder = copy;
    }

    pub(crate) fn start_later(&mut self) {
        let in_ms = self.chance.between(1, 10_000);
        self.later(in_ms, Due::ServerStarts);
    }

    fn forget_lines(&mut self, end: End) {
        let numbers: Vec<u64> = self.wires.keys().copied().collect();
        for number in numbers {
            let Some(wire) = self.wires.get_mut(&number) else {
                continue;
            };
            wire.line = None;
            wire.up.clear();
            // What it wrote last may or may not arrive.
            let arrives = self.chance.below(wire.down.len() as u64 + 1);
            wire.down.truncate(arrives as usize);
            match end {
                End::Killed => self.put_down(number, Down::End(None)),
                End::PowerLost => wire.health = Health::Silent,
            }
        }
    }

    /// The server stops as it should: tells everyone, and finishes what it has taken.
    pub(crate) fn stop_server(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        self.say("server", || "stops".to_owned());
        let numbers: Vec<u64> = self.wires.keys().copied().collect();
        for number in numbers {
            let Some(mut line) = self
                .wires
                .get_mut(&number)
                .and_then(|wire| wire.line.take())
            else {
                continue;
            };
            let text = "The server is stopping.".to_owned();
            line.tell(&ServerMessage::Notice { text });
            for bytes in line.last_words() {
                self.put_down_in_parts(number, bytes);
            }
            let code = CloseCode::ShuttingDown.number();
            self.put_down(number, Down::End(Some(code)));
        }
        server.stop();
        self.start_later();
    }

    /// The server comes back with a log that is another.
    pub(crate) fn replace_log(&mut self) {
        self.stop_server();
        self.counts.logs_replaced += 1;
        let name = format!("log {}", self.counts.logs_replaced);
        self.folder = self.folders.path().join(name);
        self.say("server", || "loses its log".to_owned());
    }
}
