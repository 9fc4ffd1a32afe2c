//! The server's side: what arrives at it, what it writes, commits and reads, and how it ends and
//! starts.

use std::{fs, path::Path};

use parlor_server::sim::{Disk, Meanwhile, Server};
use parlor_shared::{
    close::CloseCode,
    limits::{PING_INTERVAL_MS, PONG_TIMEOUT_MS},
};

use crate::{
    history::LogStart,
    link::{Health, ToClient, ToServer},
    plan::Action,
    world::{Event, Faults, World},
};

/// The file with the newest commits, beside the one with the others.
pub(crate) const WRITE_AHEAD: &str = "parlor.db-wal";

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The process is killed: the system closes its sockets.
    Killed,
    /// The machine loses power: no client is told.
    PowerLost,
}

/// The server must not give up a client that it heard more recently: a silence, a ping, and no
/// answer.
const SILENCE_MS_MIN: u64 = PING_INTERVAL_MS + PONG_TIMEOUT_MS;
/// The server must have closed a broken connection by then: the silence, the time that a close
/// frame may take, and some for the replies that the broken socket still takes.
const BROKEN_MS_MAX: u64 = SILENCE_MS_MIN + 2 * PONG_TIMEOUT_MS;

impl World {
    pub(crate) fn start_server(&mut self) {
        if self.server.is_some() {
            return;
        }
        let server = Server::open(
            &self.folder,
            self.clock.clone(),
            self.plan.memory,
            Some(self.plan.rates),
        );
        match server {
            Ok(server) => {
                self.server = Some(server);
                self.set_moderation();
            }
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
                self.trace("server", || format!("finds link {number} closed"));
            }
            Some(ToServer::Frame(frame)) => {
                link.received_ms = self.now_ms;
                if let Some(connection) = &mut link.server_end {
                    connection.receive(frame);
                }
            }
        }
    }

    /// The timer of a connection's heartbeat is due, or a newer one is pending.
    pub(crate) fn server_timer(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.timer_ms.is_some_and(|at_ms| at_ms > self.now_ms) {
            return;
        }
        link.timer_ms = None;
        let close = link.server_end.as_mut().and_then(|end| end.check_timer());
        let Some(code) = close else {
            return;
        };
        let silent_ms = self.now_ms - link.received_ms;
        self.stats.given_up += 1;
        self.trace_close(number, code);
        if code == CloseCode::HeartbeatLost && silent_ms < SILENCE_MS_MIN {
            self.check(Err(format!(
                "the server gives up a client that it heard {silent_ms} ms ago"
            )));
        }
    }

    fn trace_close(&self, number: u64, code: CloseCode) {
        self.trace("server", || {
            format!("closes link {number}: {}", code.reason())
        });
    }

    /// Runs every connection as far as it gets without waiting, and schedules what has to wait.
    pub(crate) fn poll_server(&mut self) {
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            self.poll_link(number);
        }
        // The others are closed on both sides.
        self.links.retain(|number, link| {
            link.server_end.is_some() || self.clients[link.client].link == Some(*number)
        });
        let Some(server) = &mut self.server else {
            return;
        };
        server.continue_retention();
        let has_to_write = server.appends_waiting() > 0;
        let has_to_erase = server.has_to_erase();
        let reads = server.reads_waiting();
        if server.has_deliveries() && !self.deliver_due {
            self.deliver_due = true;
            let in_ms = self.random.below(3);
            self.schedule_in(in_ms, Event::ServerDelivers);
        }
        if has_to_write && !self.commit_due {
            self.commit_due = true;
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Commit);
        }
        if has_to_erase && !self.erase_due {
            self.erase_due = true;
            let in_ms = self.random.between(0, self.plan.erase_ms_max);
            self.schedule_in(in_ms, Event::Erase);
        }
        if reads > 0 && !self.read_due {
            self.read_due = true;
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Read);
        }
    }

    fn poll_link(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let Some(connection) = &mut link.server_end else {
            return;
        };
        let close = connection.run();
        let (is_closed, timer_ms) = (connection.is_closed(), connection.timer_ms());
        let writes = connection.is_woken() && !link.write_due;
        let resumes = link.socket.can_resume() && !link.resume_due;
        let sets_timer = link.timer_ms.is_none_or(|at_ms| timer_ms < at_ms);
        let written = link.socket.take();
        if connection.is_delayed() {
            link.delayed_ms = self.now_ms;
        }
        // What arrived before is read as fast as the rate allows.
        let broke_ms = link.broken_ms.unwrap_or(self.now_ms).max(link.delayed_ms);
        if is_closed {
            link.server_end = None;
        } else {
            link.write_due |= writes;
            link.resume_due |= resumes;
        }
        if let Some(code) = close {
            self.trace_close(number, code);
        }
        self.queue_bytes_to_client(number, written);
        if is_closed {
            return self.queue_to_client(number, ToClient::End);
        }
        if self.now_ms > broke_ms + BROKEN_MS_MAX {
            self.check(Err(format!(
                "link {number} broke at {broke_ms} ms, and the server has not noticed"
            )));
        }
        if writes {
            let in_ms = self.random.below(3);
            self.schedule_in(in_ms, Event::ServerWrites(number));
        }
        if resumes {
            let in_ms = self.random.below(20);
            self.schedule_in(in_ms, Event::SocketResumes(number));
        }
        if sets_timer {
            self.set_server_timer(number, timer_ms);
        }
    }

    fn set_server_timer(&mut self, number: u64, at_ms: u64) {
        if let Some(link) = self.links.get_mut(&number) {
            link.timer_ms = Some(at_ms);
            self.schedule_at(at_ms, Event::ServerTimer(number));
        }
    }

    /// A connection's own task writes what is pending.
    pub(crate) fn server_writes(&mut self, number: u64) {
        if let Some(link) = self.links.get_mut(&number) {
            link.write_due = false;
            if let Some(connection) = &mut link.server_end {
                connection.write();
            }
        }
    }

    /// A socket that took nothing takes something again.
    pub(crate) fn socket_resumes(&mut self, number: u64) {
        if let Some(link) = self.links.get_mut(&number) {
            link.resume_due = false;
            link.socket.resume();
        }
    }

    /// The session registry writes what was published to the sockets that are idle.
    pub(crate) fn server_delivers(&mut self) {
        self.deliver_due = false;
        if let Some(server) = &self.server {
            server.deliver();
        }
    }

    /// A step of the log's writer in which it may erase words of deleted messages.
    pub(crate) fn erase(&mut self) {
        self.erase_due = false;
        self.commit();
    }

    /// One step of the log's writer. While faults are injected, the disk may refuse the commit,
    /// reads may see what is not published yet, and the server may crash before it has told any
    /// client.
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
        if rough && self.plan.has(Action::Crash) && self.random.one_in(150) {
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

    /// Ends the server without a warning. Only what is on the disk then is left.
    pub(crate) fn crash(&mut self, end: End) {
        if self.server.is_none() {
            return;
        }
        self.stats.crashes += 1;
        self.trace("server", || format!("crashes ({end:?})"));
        let copy = self.folders.path().join(self.stats.crashes.to_string());
        copy_files(&self.folder, &copy);
        self.folder = copy;
        self.server = None;
        self.drop_links(end);
        self.schedule_server_start();
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
            // The last parts that it wrote may be lost.
            let arrives = self.random.below(link.to_client.len() as u64 + 1);
            link.to_client.truncate(arrives as usize);
            match end {
                End::Killed => self.queue_to_client(number, ToClient::End),
                End::PowerLost => link.fail(Health::Silent, self.now_ms),
            }
        }
    }

    /// Stops the server in order: it tells every client, and commits what it has accepted. A socket
    /// that does not take the close frame at once is closed without it.
    pub(crate) fn stop_server(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        self.trace("server", || "stops".to_owned());
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            let Some(link) = self.links.get_mut(&number) else {
                continue;
            };
            let Some(mut connection) = link.server_end.take() else {
                continue;
            };
            connection.shut_down();
            while connection.is_woken() {
                connection.write();
            }
            let written = link.socket.take();
            self.queue_bytes_to_client(number, written);
            self.queue_to_client(number, ToClient::End);
        }
        server.stop();
        self.schedule_server_start();
    }

    /// Stops the server. It starts again with a new log.
    pub(crate) fn replace_log(&mut self) {
        self.stop_server();
        self.stats.logs_replaced += 1;
        let name = format!("log {}", self.stats.logs_replaced);
        self.folder = self.folders.path().join(name);
        self.log_start = LogStart::New;
        self.trace("server", || "loses its log".to_owned());
    }
}

/// Copies the files as they are: closing them would change them.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in ["parlor.db", WRITE_AHEAD] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
