//! The server's side: how it starts, what arrives at it, and what it writes, commits and reads.

use parlor_server::sim::{Disk, Meanwhile, Server};
use parlor_shared::{
    close::CloseCode,
    limits::{PING_INTERVAL_MS, PONG_TIMEOUT_MS},
};

use crate::{
    ends::End,
    link::{Health, ToClient, ToServer},
    plan::Action,
    world::{Event, Faults, World},
};

/// What the trace calls the nodes that share a stream.
pub(crate) const NODES: [&str; 3] = ["node 0", "node 1", "node 2"];

/// The server must not give up a client that it heard more recently: a silence, a ping, and no
/// answer.
const SILENCE_MS_MIN: u64 = PING_INTERVAL_MS + PONG_TIMEOUT_MS;
/// The server must have closed a broken connection by then: the silence, the time that a close
/// frame may take, and some for the replies that the broken socket still takes.
const BROKEN_MS_MAX: u64 = SILENCE_MS_MIN + 2 * PONG_TIMEOUT_MS;

impl World {
    pub(crate) fn start_server(&mut self, number: usize) {
        let node = &self.nodes[number];
        if node.server.is_some() {
            return;
        }
        let (folder, clock) = (&node.folder, node.clock.clone());
        let (memory, rates) = (self.plan.memory, Some(self.plan.rates));
        let opened = match &self.shared {
            None => Server::open(folder, clock, memory, rates).map_err(|error| error.to_string()),
            Some(shared) => Server::follow(folder, &shared.stream, number, clock, memory, rates)
                .map_err(|error| error.to_string()),
        };
        match opened {
            Ok(server) => {
                self.nodes[number].server = Some(server);
                self.nodes[number].following.reaches_since_ms = self.now_ms;
                self.set_moderation(number);
            }
            Err(error) => self.check(Err(format!("the server does not start: {error}"))),
        }
        self.trace_node(number, || "starts".to_owned());
        self.check_disk(number);
    }

    /// Adds a line to the trace of what a node does.
    pub(crate) fn trace_node(&self, number: usize, what: impl FnOnce() -> String) {
        match self.shared {
            None => self.trace("server", what),
            Some(_) => self.trace(NODES[number], what),
        }
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
        self.run_nodes();
        let numbers: Vec<u64> = self.links.keys().copied().collect();
        for number in numbers {
            self.poll_link(number);
        }
        // The others are closed on both sides.
        self.links.retain(|number, link| {
            link.server_end.is_some() || self.clients[link.client].link == Some(*number)
        });
        for number in 0..self.nodes.len() {
            self.poll_node(number);
        }
        self.run_nodes();
        self.poll_stream();
    }

    fn poll_node(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let Some(server) = &mut node.server else {
            return;
        };
        server.continue_retention();
        let delivers = server.has_deliveries() && !node.deliver_due;
        let commits = server.appends_waiting() > 0 && !node.commit_due;
        let erases = server.has_to_erase() && !node.erase_due;
        let reads = server.reads_waiting() > 0 && !node.read_due;
        node.deliver_due |= delivers;
        node.commit_due |= commits;
        node.erase_due |= erases;
        node.read_due |= reads;
        if delivers {
            let in_ms = self.random.below(3);
            self.schedule_in(in_ms, Event::ServerDelivers(number));
        }
        if commits {
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Commit(number));
        }
        if erases {
            let in_ms = self.random.between(0, self.plan.erase_ms_max);
            self.schedule_in(in_ms, Event::Erase(number));
        }
        if reads {
            let in_ms = self.random.between(0, self.plan.disk_ms_max);
            self.schedule_in(in_ms, Event::Read(number));
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
    pub(crate) fn server_delivers(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        node.deliver_due = false;
        if let Some(server) = &node.server {
            server.deliver();
        }
    }

    /// A step of the log's writer in which it may erase words of deleted messages.
    pub(crate) fn erase(&mut self, number: usize) {
        self.nodes[number].erase_due = false;
        self.commit(number);
    }

    /// One step of the log's writer. While faults are injected, the disk may refuse the commit,
    /// reads may see what is not published yet, and the server may crash before it has told any
    /// client.
    pub(crate) fn commit(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        node.commit_due = false;
        let rough = self.faults == Faults::On;
        let disk = if self.now_ms < node.disk_fails_until_ms && !self.random.one_in(4) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        let meanwhile = if self.random.one_in(3) {
            Meanwhile::Reads
        } else {
            Meanwhile::Nothing
        };
        let Some(server) = &mut node.server else {
            return;
        };
        let appends = server.appends_waiting();
        server.write(disk, meanwhile);
        if disk == Disk::Refuses && appends > 0 {
            self.stats.commits_failed += 1;
            self.trace("disk", || format!("refuses {appends} appends"));
        }
        self.learn_durable(number);
        if rough && self.plan.has(Action::Crash) && self.random.one_in(150) {
            self.crash(number, End::Killed);
        }
    }

    pub(crate) fn read(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        node.read_due = false;
        let disk = if self.now_ms < node.reads_fail_until_ms && self.random.one_in(2) {
            Disk::Refuses
        } else {
            Disk::Works
        };
        let refused = node.server.as_ref().is_some_and(|server| {
            let refused = disk == Disk::Refuses && server.reads_waiting() > 0;
            server.read(disk);
            refused
        });
        if refused {
            self.stats.reads_failed += 1;
            self.trace("disk", || "refuses a read".to_owned());
        }
    }

    pub(crate) fn flush_presence(&mut self, number: usize) {
        let server = self.nodes[number].server.as_ref();
        let wait_ms = server.and_then(Server::flush_presence);
        let most_ms = self.random.between(100, 1_000);
        let in_ms = wait_ms.unwrap_or(most_ms).min(most_ms);
        self.schedule_in(in_ms, Event::Presence(number));
    }
}
