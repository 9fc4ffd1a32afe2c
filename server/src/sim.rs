//! The server below its sockets, on one thread and a clock that stands until it is set: what crates/sim drives.
//!
//! A [`Connection`] is a connection: whole frames in, bytes out. Nothing happens by itself; whoever drives it has commits,
//! reads and presence done one step at a time, and polls a line when it was woken.

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroU32,
    path::Path,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use futures_util::{FutureExt, Stream, future::LocalBoxFuture};
use parlor_shared::{
    Entry, Epoch, Limits, MemberId, RoomId, Seq, ServerMessage, Token, close::CloseCode,
};
use tokio::sync::watch;

pub use crate::engine::embedded::stepped::{Disk, Meanwhile};
use crate::{
    clock,
    connection::{origin::Origins, outbound::Outbound},
    dispatch::Client,
    engine::{
        AppendError, Engine, RetentionPolicy,
        embedded::{OpenError, stepped::Stepped},
    },
    node::{Connections, Node},
    rate::Rates,
    rooms::{
        hub::{Hub, RoomBounds},
        ring::RingBounds,
    },
    tokens::TokenSigner,
};

/// A server's two clocks, set by hand. Clones are the same clocks.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Times>);

#[derive(Debug, Default)]
struct Times {
    now_ms: AtomicU64,
    unix_ms: AtomicU64,
}

impl Clock {
    /// Sets the time since the server started, and people's time.
    pub fn set(&self, now_ms: u64, unix_ms: u64) {
        self.0.now_ms.store(now_ms, Relaxed);
        self.0.unix_ms.store(unix_ms, Relaxed);
    }
}

impl clock::Clock for Clock {
    fn now_ms(&self) -> u64 {
        self.0.now_ms.load(Relaxed)
    }

    fn unix_ms(&self) -> u64 {
        self.0.unix_ms.load(Relaxed)
    }
}

/// How much the server keeps of a room in memory.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Frames in a ring.
    pub ring_frames_max: usize,
    /// Bytes in a ring.
    pub ring_bytes_max: usize,
    /// Entries a cursor behind the ring reads at once.
    pub catch_up_entries_max: u16,
}

/// One server. Dropped without [`Server::stop`] it has crashed.
pub struct Server {
    hub: Arc<Hub>,
    node: Arc<Node>,
    log: Stepped,
    /// The log on its way to forget what is not to be kept.
    forgetting: Option<LocalBoxFuture<'static, Result<u64, AppendError>>>,
    _stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the log in this folder, and is there.
    ///
    /// # Errors
    /// [`OpenError`] where the log can't be opened.
    pub fn open(folder: &Path, clock: Clock, memory: Memory) -> Result<Self, OpenError> {
        let ring = RingBounds {
            frames_max: memory.ring_frames_max,
            bytes_max: memory.ring_bytes_max,
        };
        let bounds = RoomBounds {
            ring,
            catch_up_entries_max: memory.catch_up_entries_max,
        };
        let hub = Arc::new(Hub::new(clock, bounds));
        let log = Stepped::open(folder, hub.clone())?;
        let (stop, stopping) = watch::channel(false);
        let node = Arc::new(Node {
            hub: hub.clone(),
            engine: log.log().clone(),
            tokens: TokenSigner::new(log.log().secret()),
            rates: Rates::new(None, NonZeroU32::MIN),
            origins: Origins::new(Vec::new()),
            proxies: Vec::new(),
            limits: Limits::default(),
            connections: Connections::new(usize::MAX),
            stopping,
        });
        Ok(Self {
            hub,
            node,
            log,
            forgetting: None,
            _stop: stop,
        })
    }

    /// Which log it has.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.node.engine.epoch()
    }

    /// What proves to this log that its bearer is `member`.
    #[must_use]
    pub fn token(&self, member: MemberId) -> Token {
        self.node.tokens.sign(member)
    }

    /// A new connection.
    #[must_use]
    pub fn connect(&self) -> Connection {
        let outbound = Rc::new(Outbound::default());
        Connection {
            reading: ReadState::Idle(Box::new(Client::new(
                self.node.clone(),
                outbound.clone(),
                None,
            ))),
            outbound,
            heard: VecDeque::new(),
            woken: Arc::new(Flag(AtomicBool::new(true))),
        }
    }

    /// How many appends wait for a commit.
    #[must_use]
    pub fn appends_waiting(&self) -> usize {
        self.log.appends_waiting()
    }

    /// How many reads of the log wait.
    #[must_use]
    pub fn reads_waiting(&self) -> usize {
        self.log.reads_waiting()
    }

    /// Has the log's writer do its next step: commit what waits, or else index.
    pub fn write(&mut self, disk: Disk, meanwhile: Meanwhile) {
        self.log.write(disk, meanwhile);
    }

    /// Has the read done that has waited longest.
    pub fn read(&self, disk: Disk) {
        self.log.read(disk);
    }

    /// Has the log forget all but so many entries of each room, in steps of the writer and the readers.
    pub fn forget(&mut self, entries: NonZeroU32) {
        let engine = self.node.engine.clone();
        let policy = RetentionPolicy {
            entries: Some(entries),
            since_ms: None,
        };
        let forgetting = async move { engine.apply_retention(policy).await };
        self.forgetting = Some(forgetting.boxed_local());
        self.go_on_forgetting();
    }

    /// Goes on with what [`Server::forget`] began, where it can.
    pub fn go_on_forgetting(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        let forgetting = self.forgetting.as_mut();
        if forgetting.is_some_and(|forgetting| forgetting.poll_unpin(&mut context).is_ready()) {
            self.forgetting = None;
        }
    }

    /// Tells rooms who came and went; how long until there is more to tell.
    #[must_use]
    pub fn flush_presence(&self) -> Option<u64> {
        self.hub.flush_presence()
    }

    /// What of a room would survive a crash now, after this place; `None` where it can't be read.
    #[must_use]
    pub fn durable(&self, room: &RoomId, after: Seq) -> Option<Vec<Entry>> {
        self.log.durable(room, after).ok()
    }

    /// Finishes what waits and ends.
    pub fn stop(self) {
        self.log.close();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// The server's end of one connection.
#[derive(Debug)]
pub struct Connection {
    reading: ReadState,
    outbound: Rc<Outbound>,
    heard: VecDeque<String>,
    woken: Arc<Flag>,
}

/// What the reading half is at.
enum ReadState {
    Idle(Box<Client>),
    Hearing(LocalBoxFuture<'static, (Box<Client>, Option<CloseCode>)>),
}

/// Whether there may be something to write.
#[derive(Debug)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl Connection {
    /// A whole text frame arrived.
    pub fn receive(&mut self, frame: String) {
        self.heard.push_back(frame);
    }

    /// Reads what has arrived and settles what was committed, as far as it can without waiting. Gives the code where
    /// the connection is to end.
    pub fn read(&mut self) -> Option<CloseCode> {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if self.outbound.take_lost().is_some() {
                return Some(CloseCode::Internal);
            }
            match &mut self.reading {
                ReadState::Hearing(hearing) => {
                    let Poll::Ready((client, ending)) = hearing.poll_unpin(&mut context) else {
                        return None;
                    };
                    self.reading = ReadState::Idle(client);
                    if ending.is_some() {
                        return ending;
                    }
                }
                ReadState::Idle(client) => {
                    let settled = pin!(&mut client.commits).poll_next(&mut context);
                    if let Poll::Ready(Some(settled)) = settled {
                        client.settle(settled);
                        continue;
                    }
                    if !client.may_hear() {
                        return None;
                    }
                    let frame = self.heard.pop_front()?;
                    self.hear(frame);
                }
            }
        }
    }

    fn hear(&mut self, frame: String) {
        let listen = |mut client: Box<Client>| async move {
            let ending = client.hear(&frame).await;
            (client, ending)
        };
        let busy = ReadState::Hearing(std::future::pending().boxed_local());
        self.reading = match std::mem::replace(&mut self.reading, busy) {
            ReadState::Idle(client) => ReadState::Hearing(listen(client).boxed_local()),
            hearing @ ReadState::Hearing(_) => hearing,
        };
    }

    /// Says something on the server's own account.
    pub fn tell(&self, message: &ServerMessage) {
        self.outbound.reply(message);
    }

    /// Whether it was woken since it last had nothing to write.
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.woken.0.load(Relaxed)
    }

    /// Whole frames to write next; `None` where it has nothing and waits to be woken.
    #[must_use]
    pub fn poll_write(&mut self) -> Option<Bytes> {
        self.woken.0.store(false, Relaxed);
        let waker = Waker::from(self.woken.clone());
        let mut context = Context::from_waker(&waker);
        let bytes = self
            .outbound
            .poll_reply()
            .or_else(|| self.outbound.poll_cursors(&mut context));
        match bytes {
            Some(bytes) => {
                self.woken.0.store(true, Relaxed);
                Some(bytes)
            }
            None => {
                self.outbound.wait(&context);
                None
            }
        }
    }

    /// The rest of what was said to it alone: what is written before a close.
    #[must_use]
    pub fn last_words(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.outbound.poll_reply()).collect()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.outbound.clear();
    }
}

impl fmt::Debug for ReadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle(_) => f.write_str("Idle"),
            Self::Hearing(_) => f.write_str("Hearing"),
        }
    }
}
