//! The clients' side: what their sessions ask for, and what is sent and received on the links.

use bytes::Bytes;
use parlor_server::sim::Received;
use parlor_session::{Output, Session};
use parlor_shared::{RoomId, ServerMessage, codec};

use crate::{
    link::{Frame, Health, Link, ToClient, ToServer},
    random::Random,
    socket::SimSocket,
    trace::{describe_frame, describe_message},
    world::{Event, Faults, World},
};

impl World {
    /// Calls a client's session and does what the session then asks for.
    pub(crate) fn drive(&mut self, index: usize, call: impl FnOnce(&mut Session, u64, u64)) {
        let random = self.random.next_u64();
        let client = &mut self.clients[index];
        call(
            &mut client.session,
            self.now_ms + client.clock_ahead_ms,
            random,
        );
        while let Some(output) = self.clients[index].session.poll_output() {
            match output {
                Output::Connect => self.connect(index),
                Output::Send(frame) => self.send_to_server(index, frame),
                Output::Close => self.client_closes(index),
                Output::Event(event) => {
                    let client = &mut self.clients[index];
                    let result = client.on_event(&event, &mut self.oracle, &mut self.stats);
                    self.check(result);
                }
            }
        }
        let kept = self.clients[index].session.outbox().count();
        let waiting = self.oracle.in_outbox(index);
        if kept != waiting {
            let name = self.clients[index].name;
            self.check(Err(format!(
                "{waiting} posts of {name} are not acked, and its outbox has {kept}"
            )));
        }
        self.set_timer(index);
        self.follow_moderation(index);
    }

    fn set_timer(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some(due_ms) = client.session.poll_timeout() else {
            return;
        };
        let at_ms = due_ms
            .saturating_sub(client.clock_ahead_ms)
            .max(self.now_ms);
        if client.timer_ms.is_none_or(|timer_ms| at_ms < timer_ms) {
            client.timer_ms = Some(at_ms);
            self.schedule_at(at_ms, Event::ClientTimer(index));
        }
    }

    pub(crate) fn client_timer(&mut self, index: usize) {
        let client = &mut self.clients[index];
        if client.timer_ms.is_some_and(|at_ms| at_ms > self.now_ms) {
            return;
        }
        client.timer_ms = None;
        let now_ms = self.now_ms + client.clock_ahead_ms;
        if client
            .session
            .poll_timeout()
            .is_some_and(|due| due <= now_ms)
        {
            self.drive(index, |session, now_ms, random| {
                session.handle_timeout(now_ms, random);
            });
        } else {
            self.set_timer(index);
        }
    }

    pub(crate) fn join(&mut self, index: usize, room: &RoomId) {
        self.trace(self.clients[index].name, || format!("joins {room}"));
        self.clients[index].wanted.insert(room.clone());
        let room = room.clone();
        self.drive(index, move |session, _, _| session.join(&room));
    }

    fn connect(&mut self, index: usize) {
        let number = self.links_made;
        self.links_made += 1;
        let latency_ms = self.random.between(0, self.plan.latency_ms_max);
        // Whatever balances the load knows of no node that it is down.
        let node = self.random.below(self.nodes.len() as u64) as usize;
        self.trace(self.clients[index].name, || match self.shared {
            None => format!("opens link {number}"),
            Some(_) => format!("opens link {number} to node {node}"),
        });
        let seed = self.random.next_u64();
        let socket = SimSocket::new(self.plan.socket_bytes_max, Random::new(seed));
        let mut link = Link::new(index, node, self.now_ms, socket);
        link.latency_ms = latency_ms;
        self.links.insert(number, link);
        self.clients[index].link = Some(number);
        let hangs = self.faults == Faults::On && self.random.one_in(30);
        if !hangs {
            self.schedule_in(2 * latency_ms, Event::LinkOpens(number));
        }
    }

    pub(crate) fn link_opens(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let index = link.client;
        if self.clients[index].link != Some(number) {
            return;
        }
        match &self.nodes[link.node].server {
            Some(server) if link.health == Health::Good => {
                link.server_end = Some(server.connect(link.socket.clone()));
                link.received_ms = self.now_ms;
                self.drive(index, |session, _, _| session.handle_open());
            }
            Some(_) | None => {
                self.trace(self.clients[index].name, || "finds no server".to_owned());
                self.link_ends_for_client(number, None);
            }
        }
    }

    fn send_to_server(&mut self, index: usize, frame: String) {
        self.trace(self.clients[index].name, || {
            format!("sends {}", describe_frame(&frame, &self.oracle))
        });
        if let Some(number) = self.clients[index].link {
            self.queue_to_server(number, ToServer::Frame(Received::Text(frame)));
        }
    }

    fn client_closes(&mut self, index: usize) {
        if let Some(number) = self.clients[index].link.take() {
            self.trace(self.clients[index].name, || format!("closes link {number}"));
            self.queue_to_server(number, ToServer::End);
        }
    }

    pub(crate) fn queue_to_server(&mut self, number: u64, part: ToServer) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if link.health == Health::Good {
            link.to_server.push_back(part);
            let jitter_ms = self.random.below(link.latency_ms + 1);
            let at_ms = (self.now_ms + link.latency_ms + jitter_ms).max(link.to_server_arrives_ms);
            link.to_server_arrives_ms = at_ms;
            self.schedule_at(at_ms, Event::ArrivesAtServer(number));
        } else if matches!(part, ToServer::End) {
            // The client is done with the link. The server finds out by its heartbeat.
            link.to_client.clear();
        }
    }

    pub(crate) fn queue_to_client(&mut self, number: u64, part: ToClient) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if !matches!(link.health, Health::Good | Health::Mute) {
            return;
        }
        let kib = match &part {
            ToClient::Bytes(bytes) => bytes.len() as u64 / 1_024 + 1,
            ToClient::End => 0,
        };
        link.to_client.push_back(part);
        let jitter_ms = self.random.below(link.latency_ms + 1);
        let travels_ms = link.latency_ms + jitter_ms + kib * link.ms_per_kib;
        let at_ms = (self.now_ms + travels_ms).max(link.to_client_arrives_ms);
        link.to_client_arrives_ms = at_ms;
        self.schedule_at(at_ms, Event::ArrivesAtClient(number));
    }

    /// Sends frames to the client, cut anywhere: TCP is a stream of bytes.
    pub(crate) fn queue_bytes_to_client(&mut self, number: u64, mut bytes: Bytes) {
        while !bytes.is_empty() {
            let length = self.random.between(1, 2 * bytes.len() as u64) as usize;
            let part = bytes.split_to(length.min(bytes.len()));
            self.queue_to_client(number, ToClient::Bytes(part));
        }
    }

    pub(crate) fn arrives_at_client(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let index = link.client;
        if link.health == Health::Silent || self.clients[index].link != Some(number) {
            return;
        }
        match link.to_client.pop_front() {
            None => {}
            Some(ToClient::End) => self.client_finds_closed(number, None),
            Some(ToClient::Bytes(bytes)) => {
                link.socket.free(bytes.len());
                link.arrived(&bytes);
                self.client_reads(index, number);
            }
        }
    }

    /// Handles the frames that have arrived in full, as long as the client is on this link.
    fn client_reads(&mut self, index: usize, number: u64) {
        while self.clients[index].link == Some(number)
            && let Some(link) = self.links.get_mut(&number)
        {
            match link.next_frame() {
                Ok(None) => return,
                Ok(Some(Frame::Text(text))) => self.client_receives(index, number, &text),
                // A browser or a WebSocket library answers without the session.
                Ok(Some(Frame::Ping)) => {
                    self.stats.pings += 1;
                    self.queue_to_server(number, ToServer::Frame(Received::Pong));
                }
                Ok(Some(Frame::Pong)) => {}
                Ok(Some(Frame::Close(code))) => self.client_finds_closed(number, Some(code)),
                Err(violation) => return self.check(Err(violation)),
            }
        }
    }

    fn client_finds_closed(&mut self, number: u64, code: Option<u16>) {
        if let Some(link) = self.links.get(&number) {
            self.trace(self.clients[link.client].name, || {
                format!("finds link {number} closed ({code:?})")
            });
            self.link_ends_for_client(number, code);
        }
    }

    fn client_receives(&mut self, index: usize, number: u64, text: &str) {
        let Ok(message) = codec::decode_server(text) else {
            return self.check(Err(format!("the server sends no message: {text}")));
        };
        if let ServerMessage::Error(refusal) = &message
            && refusal.retry
        {
            self.stats.refused_for_now += 1;
        }
        let sound = self.links.get_mut(&number).map(|link| link.check(&message));
        let epoch = self.clients[index].epoch;
        if !epoch.is_some_and(|epoch| self.oracle.is_forked(epoch)) {
            self.check(sound.unwrap_or(Ok(())));
        }
        self.maybe_rejoin(index, &message);
        let times = self.times_delivered(&message);
        if let Some(link) = self.links.get_mut(&number) {
            link.has_lost_entry |= times == 0;
        }
        let how = ["loses", "hears", "hears twice"][times];
        self.trace(self.clients[index].name, || {
            format!("{how} {}", describe_message(&message, &self.oracle))
        });
        for _ in 0..times {
            self.drive(index, |session, now_ms, random| {
                session.handle_frame(now_ms, text, random);
            });
        }
    }

    /// A client that has just been welcomed may leave a room and join it again, so that this
    /// crosses the answers in transit.
    fn maybe_rejoin(&mut self, index: usize, message: &ServerMessage) {
        let welcome = matches!(message, ServerMessage::Welcome { .. });
        if welcome && self.faults == Faults::On && self.random.one_in(10) {
            let in_ms = self.random.between(1, 2 * self.plan.latency_ms_max);
            self.schedule_in(in_ms, Event::ClientRejoins(index));
        }
    }

    /// How often the client gets this message: a lossy link loses an entry or repeats it.
    fn times_delivered(&mut self, message: &ServerMessage) -> usize {
        let lossy = self.faults == Faults::On
            && self.plan.lossy_one_in > 0
            && matches!(message, ServerMessage::Entry { .. })
            && self.random.one_in(self.plan.lossy_one_in);
        if !lossy {
            return 1;
        }
        self.stats.lost_frames += 1;
        2 * self.random.below(2) as usize
    }

    pub(crate) fn link_ends_for_client(&mut self, number: u64, code: Option<u16>) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let index = link.client;
        link.to_client.clear();
        if self.clients[index].link == Some(number) {
            self.clients[index].link = None;
            self.drive(index, |session, now_ms, random| {
                session.handle_closed(now_ms, code, random);
            });
        }
    }
}
