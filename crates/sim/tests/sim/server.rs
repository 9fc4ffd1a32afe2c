//! The server's side: what reaches it, what it writes, commits, reads, and how it ends and starts.

use std::fs;

use parlor_server::sim::{Disk, Meanwhile, Server};
use parlor_shared::{ServerMessage, close::CloseCode};

use crate::{
    link::{Health, ToClient, ToServer},
    world::{Event, Faults, World},
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
        self.trace("server", || "starts".to_owned());
        self.check_disk();
    }

    pub(crate) fn arrives_at_server(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.health == Health::Silent {
            return;
        }
        match link.to_server.pop_front() {
            None => {}
            Some(ToServer::End) => {
                link.server_end = None;
                self.trace("server", || format!("finds line {number} closed"));
            }
            Some(ToServer::Frame(frame)) => {
                if let Some(line) = &mut link.server_end {
                    line.receive(frame);
                }
            }
        }
    }

    pub(crate) fn server_times_out(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.server_end.take().is_some() {
            self.trace("server", || format!("gives line {number} up"));
        }
    }

    pub(crate) fn schedule_server_timeout(&mut self, number: u64) {
        let in_ms = self.random.between(1, DEAD_LINE_MS);
        self.schedule_in(in_ms, Event::ServerTimesOut(number));
    }

    /// Has every line go as far as it can, and plans what has to wait.
    pub(crate) fn poll_server(&mut self) {
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            self.poll_link(number);
        }
        // Lines that both ends have forgotten.
        self.links.retain(|number, link| {
            link.server_end.is_some() || self.clients[link.client].link == Some(*number)
        });
        let Some(server) = &mut self.server else {
            return;
        };
        server.go_on_forgetting();
        let (appends, reads) = (server.appends_waiting(), server.reads_waiting());
        if appends > 0 && !self.commit_due {
            self.commit_due = true;
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Commit);
        }
        if reads > 0 && !self.read_due {
            self.read_due = true;
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Read);
        }
    }

    fn poll_link(&mut self, number: u64) {
        let room = self.plan.socket_bytes_max;
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let Some(line) = &mut link.server_end else {
            return;
        };
        if let Some(code) = line.read() {
            let last_words = line.last_words();
            link.server_end = None;
            self.trace("server", || {
                format!("closes line {number}: {}", code.reason())
            });
            for bytes in last_words {
                self.queue_bytes_to_client(number, bytes);
            }
            self.queue_to_client(number, ToClient::End(Some(code.number())));
        } else if line.is_woken() && !link.write_due && link.bytes_to_client() < room {
            link.write_due = true;
            let in_ms = self.random.below(3);
            self.schedule_in(in_ms, Event::ServerWrites(number));
        }
    }

    pub(crate) fn server_writes(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        link.write_due = false;
        let bytes = link.server_end.as_mut().and_then(|line| line.poll_write());
        if let Some(bytes) = bytes {
            self.queue_bytes_to_client(number, bytes);
        }
    }

    /// The writer's step. In rough weather the disk may refuse, reads may see what is not published yet, and the server
    /// may end right after, before it has told anyone.
    pub(crate) fn commit(&mut self) {
        self.commit_due = false;
        let rough = self.faults == Faults::On;
        let disk = if self.now_ms < self.disk_fails_until_ms && !self.random.one_in(4) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        let meanwhile = if self.random.one_in(3) {
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
            self.stats.commits_failed += 1;
            self.trace("disk", || format!("refuses {appends} appends"));
        }
        self.learn_durable();
        if rough && self.plan.crashes() && self.random.one_in(150) {
            self.crash(End::Killed);
        }
    }

    pub(crate) fn read(&mut self) {
        self.read_due = false;
        let disk = if self.now_ms < self.reads_fail_until_ms && self.random.one_in(2) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        if let Some(server) = &self.server {
            if disk == Disk::Refuses && server.reads_waiting() > 0 {
                self.stats.reads_failed += 1;
                self.trace("disk", || "refuses a read".to_owned());
            }
            server.read(disk);
        }
    }

    pub(crate) fn flush_presence(&mut self) {
        let wait_ms = self.server.as_ref().and_then(Server::flush_presence);
        let most_ms = self.random.between(100, 1_000);
        self.schedule_in(wait_ms.unwrap_or(most_ms).min(most_ms), Event::Presence);
    }

    /// The server is gone from one moment to the next. What is on the disk then is all that is left.
    pub(crate) fn crash(&mut self, end: End) {
        if self.server.is_none() {
            return;
        }
        self.stats.crashes += 1;
        self.trace("server", || format!("crashes ({end:?})"));
        self.copy_disk();
        self.server = None;
        self.drop_links(end);
        self.schedule_server_start();
    }

    /// The files as they are, without what closing them would tidy.
    fn copy_disk(&mut self) {
        let copy = self.folders.path().join(self.stats.crashes.to_string());
        fs::create_dir_all(&copy).unwrap();
        for file in ["parlor.db", "parlor.db-wal"] {
            fs::copy(self.folder.join(file), copy.join(file)).unwrap();
        }
        self.folder = copy;
    }

    pub(crate) fn schedule_server_start(&mut self) {
        let in_ms = self.random.between(1, 10_000);
        self.schedule_in(in_ms, Event::ServerStarts);
    }

    fn drop_links(&mut self, end: End) {
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            let Some(link) = self.links.get_mut(&number) else {
                continue;
            };
            link.server_end = None;
            link.to_server.clear();
            // What it wrote last may or may not arrive.
            let arrives = self.random.below(link.to_client.len() as u64 + 1);
            link.to_client.truncate(arrives as usize);
            match end {
                End::Killed => self.queue_to_client(number, ToClient::End(None)),
                End::PowerLost => link.health = Health::Silent,
            }
        }
    }

    /// The server stops as it should: tells everyone, and finishes what it has taken.
    pub(crate) fn stop_server(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        self.trace("server", || "stops".to_owned());
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            let Some(mut line) = self
                .links
                .get_mut(&number)
                .and_then(|link| link.server_end.take())
            else {
                continue;
            };
            let text = "The server is stopping.".to_owned();
            line.tell(&ServerMessage::Notice { text });
            for bytes in line.last_words() {
                self.queue_bytes_to_client(number, bytes);
            }
            let code = CloseCode::ShuttingDown.number();
            self.queue_to_client(number, ToClient::End(Some(code)));
        }
        server.stop();
        self.schedule_server_start();
    }

    /// The server comes back with a log that is another.
    pub(crate) fn replace_log(&mut self) {
        self.stop_server();
        self.stats.logs_replaced += 1;
        let name = format!("log {}", self.stats.logs_replaced);
        self.folder = self.folders.path().join(name);
        self.trace("server", || "loses its log".to_owned());
    }
}
