//! The server on one thread, without its runtime, sockets and timers: what crates/sim drives.
//!
//! A connection writes to a socket of the simulation, through the same registry, cursors and writer
//! as in production. Nothing happens by itself: the simulation does commits, reads, presence and
//! deliveries one step at a time, has a connection write when it was woken, and sets the clock. So
//! it does with the stream that several nodes share.

mod clock;
mod connection;
mod replica;
mod stream;
mod tasks;

use std::{
    fmt,
    num::NonZeroU32,
    path::Path,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Waker},
};

use futures_util::{FutureExt, future::LocalBoxFuture};
use parlor_shared::{Entry, Epoch, Limits, MemberId, RoomId, Seq, Token};
use tokio::runtime::Handle;

use self::tasks::Tasks;
pub use self::{
    clock::Clock,
    connection::{Connection, Received},
    replica::Replica,
    stream::{Answer, Stream},
};
use crate::{
    access::AccessControl,
    address::{AddressLimits, Addresses},
    connection::{hosts::Hosts, origin::Origins, outbound::Outbound, socket::SocketWriter},
    dispatch::client::Client,
    engine::{
        AppendError, Engine, ReadError, RetentionPolicy,
        embedded::{OpenError, stepped::Stepped},
    },
    node::{self, Connections, Node, Service},
    operation::Operation,
    rate::Rates,
    rooms::{hub::Hub, registry::SessionRegistry, ring::RingBounds, room::RoomBounds},
    tokens::TokenSigner,
};
pub use crate::{
    connection::socket::WriteSocket,
    engine::embedded::stepped::{Disk, Meanwhile},
};

/// How much the server keeps of a room in memory.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Most frames in a ring.
    pub ring_frames_max: usize,
    /// Most bytes in a ring.
    pub ring_bytes_max: usize,
    /// Entries that a cursor behind the ring reads at once.
    pub catch_up_entries_max: u16,
}

/// How fast the clients may send.
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Tokens a second, for a connection and for a member.
    pub per_second: NonZeroU32,
    /// Tokens that may be taken at once.
    pub burst: NonZeroU32,
}

/// A ban of a member from a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomBan {
    /// The member.
    pub member: MemberId,
    /// The room.
    pub room: RoomId,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
}

/// A server. Dropping it without [`Server::stop`] is a crash.
pub struct Server {
    hub: Arc<Hub>,
    node: Arc<Node>,
    log: Stepped,
    clock: Clock,
    registry: Rc<SessionRegistry>,
    /// The registry's tasks.
    tasks: Rc<Tasks>,
    /// The retention that [`Server::apply_retention`] began.
    retention: Option<LocalBoxFuture<'static, Result<u64, AppendError>>>,
    /// Where the engine's tasks run, if it has some.
    runtime: Option<Handle>,
}

/// What nodes that share a stream sign tokens with.
const SHARED_SECRET: [u8; 32] = [7; 32];

/// Why a node can't follow a stream.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Its log can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its log can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn new_hub(clock: &Clock, memory: Memory) -> Arc<Hub> {
    let ring = RingBounds {
        frames_max: memory.ring_frames_max,
        bytes_max: memory.ring_bytes_max,
    };
    let bounds = RoomBounds {
        ring,
        catch_up_entries_max: memory.catch_up_entries_max,
    };
    Arc::new(Hub::new(clock.clone(), bounds))
}

impl Server {
    /// A server with the log in this folder, and with these limits of rate, if any.
    ///
    /// # Errors
    /// [`OpenError`] where the log can't be opened.
    pub fn open(
        folder: &Path,
        clock: Clock,
        memory: Memory,
        rates: Option<RateLimits>,
    ) -> Result<Self, OpenError> {
        let hub = new_hub(&clock, memory);
        let log = Stepped::open(folder, hub.clone())?;
        let tokens = TokenSigner::new(log.log().secret());
        let engine = log.log().clone();
        Ok(Self::new(hub, log, engine, tokens, rates, clock))
    }

    /// The node with this number of those that share a stream, with its own log of it in this
    /// folder.
    ///
    /// # Errors
    /// [`FollowError`] where the log can't be opened, or follows another stream.
    pub fn follow(
        folder: &Path,
        stream: &Stream,
        number: usize,
        clock: Clock,
        memory: Memory,
        rates: Option<RateLimits>,
    ) -> Result<Self, FollowError> {
        let hub = new_hub(&clock, memory);
        let log = Stepped::follow(folder, stream.start(), hub.clone())?;
        let runtime = stream.runtime().clone();
        let engine = {
            let _entered = runtime.enter();
            log.node(stream.side_of(number), stream.node_start())?
        };
        let tokens = TokenSigner::new(SHARED_SECRET);
        let mut server = Self::new(hub, log, Arc::new(engine), tokens, rates, clock);
        server.runtime = Some(runtime);
        Ok(server)
    }

    fn new(
        hub: Arc<Hub>,
        log: Stepped,
        engine: Arc<dyn Engine>,
        tokens: TokenSigner,
        rates: Option<RateLimits>,
        clock: Clock,
    ) -> Self {
        let tasks = Rc::new(Tasks::default());
        // Weak, since the tasks hold the registry.
        let spawner = Rc::downgrade(&tasks);
        let registry = SessionRegistry::new(move |task| {
            if let Some(tasks) = spawner.upgrade() {
                tasks.spawn(task);
            }
        });
        let node = Arc::new(Node {
            hub: hub.clone(),
            engine,
            tokens,
            access: Arc::new(AccessControl::open(hub.clone())),
            login: None,
            seen_feed: Arc::default(),
            rates: Rates::new(
                rates.map(|rates| rates.per_second),
                rates.map_or(NonZeroU32::MIN, |rates| rates.burst),
                AddressLimits::Lifted,
            ),
            origins: Origins::new(Vec::new()),
            hosts: Hosts::default(),
            proxies: Vec::new(),
            http_connections: AtomicUsize::new(0),
            limits: Limits::default(),
            base: Default::default(),
            connections: Connections::new(usize::MAX),
            addresses: Addresses::new(None),
            service: Service::Rooms,
            version: node::version(None),
            operation: Operation::default(),
            webhooks: Default::default(),
        });
        Self {
            hub,
            node,
            log,
            clock,
            registry,
            tasks,
            retention: None,
            runtime: None,
        }
    }

    /// The epoch of its log.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.node.engine.epoch()
    }

    /// A token that proves to be `member`.
    #[must_use]
    pub fn token(&self, member: MemberId) -> Token {
        self.node.tokens.sign(member)
    }

    /// Has a member moderate every room, for as long as this server runs.
    pub fn appoint(&self, member: MemberId) {
        self.node.access.appoint(member);
    }

    /// Holds these bans in the place of those before, for as long as this server runs.
    pub fn set_bans(&self, bans: &[RoomBan]) {
        self.node.access.set_bans(bans);
    }

    /// A new connection that writes to this socket.
    #[must_use]
    pub fn connect(&self, socket: impl WriteSocket + 'static) -> Connection {
        let socket = Rc::new(SocketWriter::new(socket));
        let outbound = Rc::new(Outbound::new(socket, self.registry.clone()));
        let client = Client::new(self.node.clone(), outbound, None);
        Connection::new(client, self.clock.clone(), self.runtime.clone())
    }

    /// Whether a publish has woken the session registry since it last delivered.
    #[must_use]
    pub fn has_deliveries(&self) -> bool {
        self.tasks.is_woken()
    }

    /// Has the session registry write what was published to the sockets that are idle.
    pub fn deliver(&self) {
        self.tasks.run();
    }

    /// How many appends wait to be committed.
    #[must_use]
    pub fn appends_waiting(&self) -> usize {
        self.log.appends_waiting()
    }

    /// Whether the log's writer has words of deleted messages to erase.
    #[must_use]
    pub fn has_to_erase(&self) -> bool {
        self.log.has_to_erase()
    }

    /// How many reads of the log wait.
    #[must_use]
    pub fn reads_waiting(&self) -> usize {
        self.log.reads_waiting()
    }

    /// Runs one step of the log's writer: it commits what waits, or indexes.
    pub fn write(&mut self, disk: Disk, meanwhile: Meanwhile) {
        self.log.write(disk, meanwhile);
    }

    /// Does the read that has waited longest.
    pub fn read(&self, disk: Disk) {
        self.log.read(disk);
    }

    /// Begins to delete all but the newest entries of each room, in steps of the writer and the
    /// readers.
    pub fn apply_retention(&mut self, entries: NonZeroU32) {
        let engine = self.node.engine.clone();
        let policy = RetentionPolicy {
            entries: Some(entries),
            since_ms: None,
        };
        let retention = async move { engine.apply_retention(policy).await };
        self.retention = Some(retention.boxed_local());
        self.continue_retention();
    }

    /// Continues what [`Server::apply_retention`] began, as far as it can without waiting.
    pub fn continue_retention(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        let retention = self.retention.as_mut();
        if retention.is_some_and(|retention| retention.poll_unpin(&mut context).is_ready()) {
            self.retention = None;
        }
    }

    /// Publishes the presence changes that are due. Returns how long until more is due.
    #[must_use]
    pub fn flush_presence(&self) -> Option<u64> {
        self.hub.flush_presence()
    }

    /// The entries of a room after this place that would survive a crash now; `None` if they can't
    /// be read.
    #[must_use]
    pub fn durable(&self, room: &RoomId, after: Seq) -> Option<Vec<Entry>> {
        self.log.durable(room, after).ok()
    }

    /// Why its engine has failed for good, if it has.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let failed = self.node.engine.failed().now_or_never();
        failed.map(|failure| failure.to_string())
    }

    /// Commits what waits and closes the log.
    pub fn stop(self) {
        let Self {
            node,
            retention,
            log,
            ..
        } = self;
        // A node that follows a stream lets go of its log.
        drop((node, retention));
        log.close();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}
