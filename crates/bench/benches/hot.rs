//! Measures the single functions that a message passes through: `cargo bench -p parlor-bench`.
//!
//! The server is the one that the simulation uses: the production code without threads and sockets.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a panic ends the measurement"
)]

use std::{
    cell::Cell,
    hint::black_box,
    io,
    path::Path,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parlor_server::sim::{
    Clock, Connection, Disk, Meanwhile, Memory, Received, Server, WriteSocket,
};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, MemberId, MessageId, Name, PROTOCOL_VERSION, RoomId,
    Seq, ServerMessage, Text, codec,
    limits::{CATCH_UP_ENTRIES_MAX, RING_BYTES_MAX, RING_FRAMES_MAX},
};

const TEXT: &str = "the room's reason to exist is one message reaching everyone at once";
/// How many posts one commit appends.
const GROUP: u64 = 64;
const READERS: usize = 1_000;

fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn post(number: u64) -> String {
    codec::encode_client(&ClientMessage::Post {
        room: room(),
        id: MessageId::new(number, [0; 10]),
        follows: None,
        body: Body::post(Text::parse(TEXT).unwrap()),
    })
}

fn entry() -> ServerMessage {
    ServerMessage::Entry {
        room: room(),
        entry: Entry {
            seq: Seq(4_711),
            prev: Seq(4_710),
            id: MessageId::new(1, [0; 10]),
            at_ms: 1_790_000_000_000,
            member: MemberId::from_bytes([7; 16]),
            name: Name::parse("bench").unwrap(),
            body: Body::post(Text::parse(TEXT).unwrap()),
        },
    }
}

fn wire(c: &mut Criterion) {
    let (post, entry_frame) = (post(1), codec::encode_server(&entry()));
    let message = entry();
    c.bench_function("decode a post", |b| {
        b.iter(|| codec::decode_client(black_box(&post)).unwrap());
    });
    c.bench_function("encode an entry", |b| {
        b.iter(|| codec::encode_server(black_box(&message)));
    });
    c.bench_function("decode an entry", |b| {
        b.iter(|| codec::decode_server(black_box(&entry_frame)).unwrap());
    });
}

/// A socket that takes everything and counts it, together with the others.
#[derive(Debug, Clone, Default)]
struct Counter(Rc<Cell<usize>>);

impl WriteSocket for Counter {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.try_write(bytes))
    }
}

/// A server with an author and readers in one room, all of them live.
struct Lobby {
    server: Server,
    written: Counter,
    author: Connection,
    readers: Vec<Connection>,
    posted: u64,
}

impl Lobby {
    fn open(folder: &Path, readers: usize) -> Self {
        let memory = Memory {
            ring_frames_max: RING_FRAMES_MAX,
            ring_bytes_max: RING_BYTES_MAX,
            catch_up_entries_max: CATCH_UP_ENTRIES_MAX,
        };
        let server = Server::open(folder, Clock::default(), memory, None).unwrap();
        let written = Counter::default();
        let connect = || server.connect(written.clone());
        let mut lobby = Self {
            author: connect(),
            readers: (0..readers).map(|_| connect()).collect(),
            server,
            written,
            posted: 0,
        };
        let hello = codec::encode_client(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: Name::parse("bench").unwrap(),
            token: None,
            access: None,
            client: ClientInfo::default(),
        });
        let join = codec::encode_client(&ClientMessage::Join {
            room: room(),
            after: None,
        });
        for connection in lobby.readers.iter_mut().chain([&mut lobby.author]) {
            connection.receive(Received::Text(hello.clone()));
            connection.receive(Received::Text(join.clone()));
            while connection.run().is_none() && lobby.server.reads_waiting() > 0 {
                lobby.server.read(Disk::Works);
            }
        }
        lobby.deliver();
        lobby
    }

    /// Decodes and dispatches a group of posts: afterwards they wait to be appended.
    fn post(&mut self) {
        for _ in 0..GROUP {
            self.posted += 1;
            self.author.receive(Received::Text(post(self.posted)));
        }
        assert_eq!(self.author.run(), None);
    }

    /// Appends and commits the waiting posts, and puts their frames into the ring.
    fn commit(&mut self) {
        while self.server.appends_waiting() > 0 {
            self.server.write(Disk::Works, Meanwhile::Nothing);
        }
    }

    /// Writes to every connection what is pending; returns how many bytes that are.
    fn deliver(&mut self) -> usize {
        let before = self.written.0.get();
        for connection in self.readers.iter_mut().chain([&mut self.author]) {
            while connection.is_woken() {
                connection.write();
            }
        }
        self.server.deliver();
        self.written.0.get() - before
    }
}

/// How long one call takes.
fn time(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

/// The sum of the times that the rounds return.
fn sum_rounds(rounds: u64, mut round: impl FnMut() -> Duration) -> Duration {
    (0..rounds).map(|_| round()).sum()
}

fn path(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut lobby = Lobby::open(folder.path(), READERS);

    let mut group = c.benchmark_group("a group of 64 posts");
    group.throughput(Throughput::Elements(GROUP));
    group.bench_function("decode and dispatch", |b| {
        b.iter_custom(|rounds| {
            sum_rounds(rounds, || {
                let duration = time(|| lobby.post());
                lobby.commit();
                lobby.deliver();
                duration
            })
        });
    });
    group.bench_function("append, commit and ring", |b| {
        b.iter_custom(|rounds| {
            sum_rounds(rounds, || {
                lobby.post();
                let duration = time(|| lobby.commit());
                lobby.deliver();
                duration
            })
        });
    });
    group.throughput(Throughput::Elements(GROUP * READERS as u64));
    group.bench_function("ring and deliver to a thousand", |b| {
        b.iter_custom(|rounds| {
            sum_rounds(rounds, || {
                lobby.post();
                lobby.commit();
                time(|| assert!(lobby.deliver() > 0))
            })
        });
    });
    group.finish();
}

criterion_group!(hot, wire, path);
criterion_main!(hot);
