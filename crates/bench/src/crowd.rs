//! Many clients on one thread: they connect, post and read, and hold what they get against the [`Book`]s.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read},
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use parlor_shared::{Entry, Epoch};

use crate::{
    book::{Book, Faults, Latency},
    client::{Client, Heard, Stage},
    server::{Kind, Server},
    talk::Talk,
};

/// Clients that connect at once: fewer than a listener's queue holds.
const CONNECTING_MAX: usize = 256;
/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(120);
const EVENTS_MAX: usize = 1024;
const READ_BYTES_MAX: usize = 256 * 1024;

pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    address: SocketAddr,
    talk: Talk,
    pub(crate) clients: Vec<Client>,
    pub(crate) books: Vec<Book>,
    pub(crate) faults: Faults,
    /// From when a post was due until a client had it.
    pub(crate) delivery: Latency,
    /// From when a post was due until its author had it back, which says that it is durable.
    pub(crate) durability: Latency,
    /// The first refusal's words.
    pub(crate) complaint: Option<String>,
    epoch: Option<Epoch>,
    /// The page of history that came last.
    page: Option<Vec<Entry>>,
    to_connect: VecDeque<usize>,
    connecting: usize,
    live: usize,
    scratch: Vec<u8>,
}

impl Crowd {
    pub(crate) fn new(server: &Server) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            address: server.address,
            talk: match server.kind {
                Kind::Parlor | Kind::OtherParlor => Talk::Parlor,
                Kind::Floor | Kind::ActixText => Talk::Plain,
            },
            clients: Vec::new(),
            books: Vec::new(),
            faults: Faults::default(),
            delivery: Latency::new()?,
            durability: Latency::new()?,
            complaint: None,
            epoch: None,
            page: None,
            to_connect: VecDeque::new(),
            connecting: 0,
            live: 0,
            scratch: vec![0; READ_BYTES_MAX],
        })
    }

    /// As [`Crowd::add_room`], but how long its messages take is not counted.
    pub(crate) fn add_flooded_room(&mut self, clients: usize) {
        self.add_room(clients);
        if let Some(book) = self.books.last_mut() {
            book.timed = false;
        }
    }

    /// Adds a room with so many clients, the first of which is the author of what is posted there.
    pub(crate) fn add_room(&mut self, clients: usize) {
        let room = self.books.len();
        let mut book = Book::new(format!("room-{room}"));
        book.readers = clients as u32;
        self.books.push(book);
        for _ in 0..clients {
            self.to_connect.push_back(self.clients.len());
            let is_author = self.clients.last().is_none_or(|last| last.room != room);
            self.clients.push(Client::new(room, is_author));
        }
    }

    /// Waits until everyone is connected and in its room.
    pub(crate) fn gather(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while self.live < self.clients.len() {
            self.connect_some()?;
            self.turn(Duration::from_millis(100))?;
            if Instant::now() > until {
                let (live, all) = (self.live, self.clients.len());
                bail!("only {live} of {all} clients are in their rooms after {PATIENCE:?}");
            }
        }
        Ok(())
    }

    /// Cuts every line but the authors'.
    pub(crate) fn scatter(&mut self) {
        for (index, client) in self.clients.iter_mut().enumerate() {
            if !client.is_author {
                client.cut();
                self.to_connect.push_back(index);
                self.live -= 1;
            }
        }
    }

    /// Has one client stop reading that is not an author; nothing is waited for on its part.
    pub(crate) fn stall_one(&mut self) {
        if let Some(client) = self.clients.iter_mut().find(|client| !client.is_author) {
            client.stalled = true;
            if let Some(book) = self.books.get_mut(client.room) {
                book.readers -= 1;
            }
        }
    }

    /// Asks for the page before this place, and waits for it.
    pub(crate) fn history(&mut self, room: usize, before: u64) -> anyhow::Result<Vec<Entry>> {
        let author = self.clients.iter_mut().find(|client| client.room == room);
        let author = author.context("no author")?;
        let book = self.books.get(room).context("no such room")?;
        self.talk.history(&book.room, before, &mut author.to_send);
        author.send().context("the author's line broke")?;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(page) = self.page.take() {
                return Ok(page);
            }
            self.turn(Duration::from_millis(100))?;
        }
        bail!("no page of history in {PATIENCE:?}")
    }

    /// Starts some of those who wait to be connected; the rest waits its turn.
    pub(crate) fn connect_some(&mut self) -> anyhow::Result<()> {
        while self.connecting < CONNECTING_MAX {
            let Some(index) = self.to_connect.pop_front() else {
                return Ok(());
            };
            let mut socket = TcpStream::connect(self.address)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut socket, Token(index), both)?;
            let Some(client) = self.clients.get_mut(index) else {
                continue;
            };
            let book = self.books.get(client.room).context("no such room")?;
            let replay = book.posted() > 0;
            client.connect(socket, self.talk.ask(&book.room, replay));
            self.connecting += 1;
        }
        Ok(())
    }

    /// Has the room's author post something that was due then.
    pub(crate) fn post(&mut self, room: usize, due: Instant) -> anyhow::Result<()> {
        let book = self.books.get_mut(room).context("no such room")?;
        let number = book.post(due);
        let author = self.clients.iter_mut().find(|client| client.room == room);
        let author = author.context("no author")?;
        self.talk.post(&book.room, number, &mut author.to_send);
        author.send().context("the author's line broke")
    }

    /// Waits until everyone has everything, or the patience is at its end: then what is missing counts as lost.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        let mut quiet_since = Instant::now();
        let mut delivered = 0;
        while self.books.iter().any(|book| book.outstanding() > 0) {
            self.connect_some()?;
            self.turn(Duration::from_millis(100))?;
            let now: u64 = self.books.iter().map(Book::delivered).sum();
            if now > delivered {
                (delivered, quiet_since) = (now, Instant::now());
            } else if quiet_since.elapsed() > Duration::from_secs(20) {
                break;
            }
        }
        self.faults.lost = self.books.iter().map(Book::missing).sum();
        Ok(())
    }

    /// Serves events until then.
    pub(crate) fn run_until(&mut self, until: Instant) -> anyhow::Result<()> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(left)?;
        }
    }

    /// Serves what has happened; waits for something to happen first, so long at most.
    pub(crate) fn turn(&mut self, wait: Duration) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let happened: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for index in happened {
            self.serve(index);
        }
        Ok(())
    }

    fn serve(&mut self, index: usize) {
        let Some(client) = self.clients.get_mut(index) else {
            return;
        };
        if client.stalled {
            return;
        }
        let before = client.stage;
        let mut ended = client.send().is_err();
        while !ended {
            let Some(socket) = &mut client.socket else {
                break;
            };
            match socket.read(&mut self.scratch) {
                Ok(0) => ended = true,
                Ok(count) => {
                    let mut ears = Ears {
                        talk: self.talk,
                        now: Instant::now(),
                        book: &mut self.books[client.room],
                        faults: &mut self.faults,
                        delivery: &mut self.delivery,
                        durability: &mut self.durability,
                        complaint: &mut self.complaint,
                        epoch: &mut self.epoch,
                        page: &mut self.page,
                    };
                    ended = client.hear(&self.scratch[..count], &mut ears) == Heard::End
                        || client.send().is_err();
                    // Less than there was room for: there is no more for now.
                    if count < READ_BYTES_MAX {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => ended = true,
            }
        }
        let after = client.stage;
        if before == Stage::Asking && after != Stage::Asking {
            self.connecting -= 1;
        }
        if before != Stage::Live && after == Stage::Live {
            self.live += 1;
        }
        if ended {
            self.faults.closed += 1;
            client.cut();
        }
    }
}

/// What a client needs to make sense of what it hears.
pub(crate) struct Ears<'a> {
    pub(crate) talk: Talk,
    pub(crate) now: Instant,
    pub(crate) book: &'a mut Book,
    pub(crate) faults: &'a mut Faults,
    pub(crate) delivery: &'a mut Latency,
    pub(crate) durability: &'a mut Latency,
    pub(crate) complaint: &'a mut Option<String>,
    pub(crate) epoch: &'a mut Option<Epoch>,
    pub(crate) page: &'a mut Option<Vec<Entry>>,
}
