//! The load: many clients on one thread that connect, post and read, and check what they receive
//! against the [`Ledger`] of their room.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use parlor_shared::{Body, Entry};

use crate::{
    client::{Client, Stage},
    ledger::Ledger,
    operation::Operation,
    packages::Package,
    protocol::{self, Protocol},
    recorder::Recorder,
    server::{Kind, Server},
    source,
};

/// How many clients connect at the same time: fewer than fit into a listener's backlog.
const CONNECTING_MAX: usize = 256;
/// How long the load waits for the server in any step.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long the load waits, without a single delivery, before it counts what is missing as lost.
const STALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one poll waits at most, so that timeouts are noticed.
const POLL: Duration = Duration::from_millis(100);
const EVENTS_MAX: usize = 1024;
const READ_BYTES_MAX: usize = 256 * 1024;

pub(crate) struct Load {
    poll: Poll,
    events: Events,
    /// One for each node.
    addresses: Vec<SocketAddr>,
    protocol: Protocol,
    pub(crate) clients: Vec<Client>,
    /// One for each room.
    pub(crate) ledgers: Vec<Ledger>,
    pub(crate) recorder: Recorder,
    to_connect: VecDeque<usize>,
    connecting: usize,
    live: usize,
    scratch: Vec<u8>,
}

impl Load {
    pub(crate) fn new(server: &Server) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            addresses: server.addresses(),
            protocol: match server.kind {
                Kind::Parlor
                | Kind::OtherParlor
                | Kind::OneNode
                | Kind::TwoNodes
                | Kind::ThreeNodes => Protocol::Parlor,
                Kind::Package(Package::SocketIo) => Protocol::SocketIo,
                Kind::Floor
                | Kind::DurableFloor
                | Kind::ActixText
                | Kind::Package(Package::Bun | Package::Ws) => Protocol::Relay,
            },
            clients: Vec::new(),
            ledgers: Vec::new(),
            recorder: Recorder::new()?,
            to_connect: VecDeque::new(),
            connecting: 0,
            live: 0,
            scratch: vec![0; READ_BYTES_MAX],
        })
    }

    /// Adds a room with `clients` clients, the first of which is the author of all its posts.
    pub(crate) fn add_room(&mut self, clients: usize) {
        let room = self.ledgers.len();
        let mut ledger = Ledger::new(format!("room-{room}"));
        ledger.readers = clients as u32;
        self.ledgers.push(ledger);
        for _ in 0..clients {
            self.to_connect.push_back(self.clients.len());
            let is_author = self.clients.last().is_none_or(|last| last.room != room);
            self.clients
                .push(Client::new(self.protocol, room, is_author));
        }
    }

    /// Adds a room as [`Load::add_room`] does, whose latencies are not recorded.
    pub(crate) fn add_flooded_room(&mut self, clients: usize) {
        self.add_room(clients);
        if let Some(ledger) = self.ledgers.last_mut() {
            ledger.is_timed = false;
        }
    }

    /// Adds a room as [`Load::add_room`] does, of this name, in which others post too. Each of its
    /// clients connects from an address of its own.
    pub(crate) fn add_shared_room(&mut self, name: String, sources: &[Ipv4Addr]) {
        let first = self.clients.len();
        self.add_room(sources.len());
        if let Some(ledger) = self.ledgers.last_mut() {
            ledger.room = name;
            ledger.has_others = true;
        }
        for (client, source) in self.clients.iter_mut().skip(first).zip(sources) {
            client.source = Some(*source);
        }
    }

    /// Waits until every client is connected and live in its room.
    pub(crate) fn wait_until_live(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        while self.live < self.clients.len() {
            self.connect_some()?;
            self.poll(POLL)?;
            if Instant::now() > deadline {
                let (live, all) = (self.live, self.clients.len());
                bail!("only {live} of {all} clients are live after {TIMEOUT:?}");
            }
        }
        Ok(())
    }

    /// Disconnects every client that is not an author; they reconnect with
    /// [`Load::connect_some`].
    pub(crate) fn disconnect_readers(&mut self) {
        for (index, client) in self.clients.iter_mut().enumerate() {
            if !client.is_author {
                client.disconnect();
                self.to_connect.push_back(index);
                self.live -= 1;
            }
        }
    }

    /// Disconnects every client but those of the first `rooms` rooms. They stay away.
    pub(crate) fn disconnect_rooms_after(&mut self, rooms: usize) {
        for client in self.clients.iter_mut().filter(|one| one.room >= rooms) {
            client.disconnect();
            self.live -= 1;
        }
    }

    /// Makes one client that is not an author stop reading. Its room's posts no longer have to
    /// reach it.
    pub(crate) fn stall_one(&mut self) {
        if let Some(client) = self.clients.iter_mut().find(|client| !client.is_author) {
            client.is_stalled = true;
            if let Some(ledger) = self.ledgers.get_mut(client.room) {
                ledger.readers -= 1;
            }
        }
    }

    /// Asks for the page of history before `before`, and waits for it.
    pub(crate) fn history(&mut self, room: usize, before: u64) -> anyhow::Result<Vec<Entry>> {
        let author = self.clients.iter_mut().find(|client| client.room == room);
        let author = author.context("no author")?;
        let ledger = self.ledgers.get(room).context("no such room")?;
        self.protocol
            .put_history(&ledger.room, before, &mut author.to_send);
        author.flush().context("the author's connection broke")?;
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            if let Some(page) = self.recorder.history_page.take() {
                return Ok(page);
            }
            self.poll(POLL)?;
        }
        bail!("no page of history within {TIMEOUT:?}")
    }

    /// Starts to connect waiting clients, as many as may connect at the same time.
    pub(crate) fn connect_some(&mut self) -> anyhow::Result<()> {
        while self.connecting < CONNECTING_MAX {
            let Some(index) = self.to_connect.pop_front() else {
                return Ok(());
            };
            let Some(client) = self.clients.get_mut(index) else {
                continue;
            };
            // Those of a room are on all nodes, and their authors too.
            let node = (index + client.room) % self.addresses.len();
            let address = self.addresses[node];
            let mut socket = match client.source {
                None => TcpStream::connect(address)?,
                Some(source) => source::connect_from(source, address)?,
            };
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut socket, Token(index), both)?;
            let ledger = self.ledgers.get(client.room).context("no such room")?;
            let replay = ledger.posted() > 0;
            client.connect(socket, self.protocol.upgrade_request(&ledger.room, replay));
            self.connecting += 1;
        }
        Ok(())
    }

    /// Makes the room's author send a post that was due at `due`.
    pub(crate) fn post(&mut self, room: usize, due: Instant) -> anyhow::Result<()> {
        let number = self.ledgers.get(room).map_or(0, Ledger::posted);
        let body = Body::post(protocol::text(number)?);
        self.append(room, Operation::Post, body, due)
    }

    /// Makes the room's author send an entry that was due at `due`.
    pub(crate) fn append(
        &mut self,
        room: usize,
        operation: Operation,
        body: Body,
        due: Instant,
    ) -> anyhow::Result<()> {
        let ledger = self.ledgers.get_mut(room).context("no such room")?;
        let number = ledger.record_post(operation, due);
        let author = self.clients.iter_mut().find(|client| client.room == room);
        let author = author.context("no author")?;
        self.protocol
            .put_entry(&ledger.room, number, body, &mut author.to_send);
        author.flush().context("the author's connection broke")
    }

    /// Posts until `window` posts of this room are in flight.
    pub(crate) fn fill_window(&mut self, room: usize, window: usize) -> anyhow::Result<()> {
        let outstanding = self.ledgers.get(room).map_or(0, Ledger::outstanding);
        for _ in outstanding..window {
            self.post(room, Instant::now())?;
        }
        Ok(())
    }

    /// Waits until the authors have received `count` of their entries back.
    pub(crate) fn wait_until_durable(&mut self, count: usize) -> anyhow::Result<()> {
        while self.ledgers.iter().any(|ledger| ledger.durable() < count) {
            self.poll(POLL)?;
        }
        Ok(())
    }

    /// Waits until every reader has received every entry. If nothing arrives for
    /// [`STALL_TIMEOUT`], what is missing counts as lost.
    pub(crate) fn wait_until_delivered(&mut self) -> anyhow::Result<()> {
        let mut stalled_since = Instant::now();
        let mut delivered = 0;
        while self.ledgers.iter().any(|ledger| ledger.outstanding() > 0) {
            self.connect_some()?;
            self.poll(POLL)?;
            let now = self.delivered();
            if now > delivered {
                (delivered, stalled_since) = (now, Instant::now());
            } else if stalled_since.elapsed() > STALL_TIMEOUT {
                break;
            }
        }
        self.recorder.faults.lost = self.ledgers.iter().map(Ledger::missing).sum();
        Ok(())
    }

    /// Waits until every request of [`Client::ask`] is answered. If that takes longer than
    /// [`STALL_TIMEOUT`], the others count as unanswered.
    pub(crate) fn wait_until_answered(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + STALL_TIMEOUT;
        let unanswered = |load: &Self| load.clients.iter().map(Client::unanswered).sum::<usize>();
        while unanswered(self) > 0 && Instant::now() < deadline {
            self.poll(POLL)?;
        }
        self.recorder.faults.unanswered = unanswered(self) as u64;
        Ok(())
    }

    /// How many entries all clients together have received.
    pub(crate) fn delivered(&self) -> u64 {
        self.ledgers.iter().map(Ledger::delivered).sum()
    }

    /// Handles socket events until `until`.
    pub(crate) fn run_until(&mut self, until: Instant) -> anyhow::Result<()> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.poll(left)?;
        }
    }

    /// Waits up to `timeout` for socket events, and handles those that happened.
    pub(crate) fn poll(&mut self, timeout: Duration) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for index in ready {
            self.serve(index);
        }
        Ok(())
    }

    /// Writes and reads what one client's socket accepts and has.
    fn serve(&mut self, index: usize) {
        let Some(client) = self.clients.get_mut(index) else {
            return;
        };
        if client.is_stalled {
            return;
        }
        let before = client.stage;
        let mut has_ended = client.flush().is_err();
        while !has_ended {
            let Some(socket) = &mut client.socket else {
                break;
            };
            match socket.read(&mut self.scratch) {
                Ok(0) => has_ended = true,
                Ok(count) => {
                    let bytes = &self.scratch[..count];
                    let ledger = &mut self.ledgers[client.room];
                    let flow = client.receive(bytes, Instant::now(), ledger, &mut self.recorder);
                    has_ended = flow.is_break() || client.flush().is_err();
                    // A read that did not fill the buffer has emptied the socket.
                    if count < READ_BYTES_MAX {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => has_ended = true,
            }
        }
        let after = client.stage;
        if before == Stage::Handshaking && after != Stage::Handshaking {
            self.connecting -= 1;
        }
        if before != Stage::Live && after == Stage::Live {
            self.live += 1;
        }
        if has_ended {
            self.recorder.faults.closed += 1;
            client.disconnect();
        }
    }
}
