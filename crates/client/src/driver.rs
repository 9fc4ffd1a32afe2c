//! The task that owns a client's session and connection: feeds the session with what happens, and
//! carries out what it asks for.

mod commands;
mod events;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use parlor_session::{Event, OutboxPost, Output, Session, SessionConfig};
use parlor_shared::{Access, Epoch, MemberId, RoomId, Seq};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, Sleep},
};

use crate::{
    access::{AccessSource, AccessTokens, Fetched, Purpose},
    command::Command,
    connection::{Connection, ConnectionError, Reading, SocketEvent, Target, completion},
    feed::Feed,
    jitter::Jitter,
    limits::{ROOM_STALL_MS, SEND_QUEUE_HIGH_FRAMES},
    posts::PostWaiters,
    questions::{Question, Questions},
    saver::Saver,
    status::Connected,
    timeline::Presence,
};

/// What a driver starts with.
pub(crate) struct DriverConfig {
    pub(crate) target: Target,
    pub(crate) session: SessionConfig,
    /// For a program that wants every event.
    pub(crate) events: Option<mpsc::Sender<Event>>,
    pub(crate) connected: watch::Sender<Connected>,
    pub(crate) last_error: watch::Sender<Option<ConnectionError>>,
    pub(crate) drained: Arc<Notify>,
    pub(crate) saver: Option<Saver>,
    pub(crate) access_source: Option<AccessSource>,
}

/// The task's state.
pub(crate) struct Driver {
    session: Session,
    target: Target,
    connection: Connection,
    /// The close handshake of the previous connection.
    closing: Option<BoxFuture<'static, ()>>,
    events: Option<mpsc::Sender<Event>>,
    /// Events that found the channel full. While there are any, the driver neither reads the socket
    /// nor lets the session's timers run, so there are never more of them than one frame caused.
    undelivered: VecDeque<Event>,
    connected: watch::Sender<Connected>,
    last_error: watch::Sender<Option<ConnectionError>>,
    /// The streams of the rooms, and when one of them has space again.
    feeds: BTreeMap<RoomId, Feed>,
    drained: Arc<Notify>,
    /// While every stream's queue is full: until when the client waits for the program.
    paused_until: Option<Instant>,
    /// The rooms that the program has joined.
    rooms: BTreeSet<RoomId>,
    /// Of these the ones whose first place is to be saved.
    unsaved: BTreeSet<RoomId>,
    presences: BTreeMap<RoomId, Presence>,
    posts: PostWaiters,
    questions: Questions,
    saver: Option<Saver>,
    access: AccessTokens,
    /// Of the newest welcome.
    member: Option<MemberId>,
    epoch: Option<Epoch>,
    server_time: ServerTime,
    jitter: Jitter,
    started: Instant,
    timer: Pin<Box<Sleep>>,
}

/// The server's clock, as it was at a welcome.
#[derive(Debug, Clone, Copy)]
struct ServerTime {
    unix_ms: u64,
    at: Instant,
}

/// What woke the driver.
enum Wakeup {
    /// A command, or `None` when the client was dropped.
    Command(Option<Command>),
    Socket(SocketEvent),
    Timer,
    /// An access token was fetched.
    Access(Fetched),
    /// The state file is to be written.
    Save,
    /// Something that is already dealt with.
    Progress,
}

impl Driver {
    pub(crate) fn new(config: DriverConfig) -> Self {
        let started = Instant::now();
        Self {
            session: Session::new(config.session),
            target: config.target,
            connection: Connection::Closed,
            closing: None,
            events: config.events,
            undelivered: VecDeque::new(),
            connected: config.connected,
            last_error: config.last_error,
            feeds: BTreeMap::new(),
            drained: config.drained,
            paused_until: None,
            rooms: BTreeSet::new(),
            unsaved: BTreeSet::new(),
            presences: BTreeMap::new(),
            posts: PostWaiters::default(),
            questions: Questions::default(),
            saver: config.saver,
            access: AccessTokens::new(config.access_source),
            member: None,
            epoch: None,
            server_time: ServerTime {
                unix_ms: 0,
                at: started,
            },
            jitter: Jitter::default(),
            started,
            timer: Box::pin(tokio::time::sleep_until(started)),
        }
    }

    /// Runs until the client is closed or dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        self.session.start(0);
        loop {
            self.drain_outputs();
            self.serve_program();
            match self.next(&mut commands).await {
                Wakeup::Command(None) => return self.close(None).await,
                Wakeup::Command(Some(command)) => {
                    if let ControlFlow::Break(reply) = self.on_command(command) {
                        return self.close(Some(reply)).await;
                    }
                }
                Wakeup::Socket(event) => self.on_socket_event(event),
                Wakeup::Timer => self.on_timer(),
                Wakeup::Access(fetched) => self.on_access(fetched),
                Wakeup::Save => self.save(),
                Wakeup::Progress => {}
            }
        }
    }

    async fn next(&mut self, commands: &mut mpsc::Receiver<Command>) -> Wakeup {
        let reading = self.reading();
        let resumes_at = self.paused_until.filter(|until| *until > Instant::now());
        let timer_set = self.set_timer() && reading == Reading::On;
        let takes_commands = self.connection.queued_frames() < SEND_QUEUE_HIGH_FRAMES
            && !self.saver.as_ref().is_some_and(Saver::is_full);
        tokio::select! {
            command = commands.recv(), if takes_commands => Wakeup::Command(command),
            delivered = deliver(&self.events, &mut self.undelivered),
                if !self.undelivered.is_empty() =>
            {
                delivered
            }
            () = self.drained.notified() => Wakeup::Progress,
            () = sleep_until(resumes_at) => Wakeup::Progress,
            event = self.connection.next(reading) => Wakeup::Socket(event),
            () = self.timer.as_mut(), if timer_set => Wakeup::Timer,
            () = completion(&mut self.closing) => Wakeup::Progress,
            fetched = self.access.next() => Wakeup::Access(fetched),
            () = until_due(&mut self.saver) => Wakeup::Save,
        }
    }

    /// Whether to read the socket. Not while the program has not taken its events: the server keeps
    /// the client's place. That ends when the program waits for the server, or takes none of the
    /// rooms' events for long: they are dropped then, and read again later.
    fn reading(&mut self) -> Reading {
        let is_program_waiting = !self.posts.is_empty()
            || !self.questions.is_empty()
            || self.session.outbox().next().is_some();
        let are_feeds_blocked = !self.feeds.is_empty()
            && !is_program_waiting
            && self.feeds.values().all(Feed::is_blocked);
        if are_feeds_blocked {
            let stall = Duration::from_millis(ROOM_STALL_MS);
            let now = Instant::now();
            self.paused_until.get_or_insert(now + stall);
        } else {
            self.paused_until = None;
        }
        let is_paused = self
            .paused_until
            .is_some_and(|until| Instant::now() < until);
        if self.undelivered.is_empty() && !is_paused {
            Reading::On
        } else {
            Reading::Paused
        }
    }

    /// Asks what can be asked, for the program and for the streams of rooms that lag.
    fn serve_program(&mut self) {
        for (room, feed) in &mut self.feeds {
            let head = self.session.position(room);
            let head = head.map_or(Seq::ZERO, |position| position.seq);
            if let Some(after) = feed.next_page(head) {
                let room = room.clone();
                self.questions.add(Question::Page { room, after });
            }
        }
        self.feeds.retain(|_, feed| !feed.is_over());
        self.questions.ask_next(&mut self.session);
        self.drain_outputs();
    }

    /// Sets the timer for the session's next deadline, and says whether there is one. The timer
    /// moves only when it would fire too late; firing early does no harm.
    fn set_timer(&mut self) -> bool {
        let Some(deadline_ms) = self.session.poll_timeout() else {
            return false;
        };
        let deadline = self.started + Duration::from_millis(deadline_ms);
        if self.timer.is_elapsed() || deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
        true
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Carries out everything the session asks for.
    fn drain_outputs(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.connection = Connection::open(&self.target),
                Output::Send(text) => self.connection.send(text),
                Output::Close => self.closing = self.connection.close().or(self.closing.take()),
                Output::Event(event) => self.emit(event),
            }
        }
    }

    fn on_socket_event(&mut self, event: SocketEvent) {
        let (code, error) = match event {
            SocketEvent::Opened => {
                self.last_error.send_replace(None);
                return self.session.handle_open();
            }
            SocketEvent::Frame(text) => {
                let (now_ms, random) = (self.now_ms(), self.jitter.draw());
                return self.session.handle_frame(now_ms, &text, random);
            }
            SocketEvent::CloseReceived(code) => {
                self.closing = self.connection.close();
                (code, None)
            }
            SocketEvent::Ended(error) => {
                self.connection = Connection::Closed;
                (None, error)
            }
        };
        if let Some(error) = &error {
            tracing::debug!(%error, "the connection ended");
        }
        self.last_error.send_replace(error);
        let (now_ms, random) = (self.now_ms(), self.jitter.draw());
        self.session.handle_closed(now_ms, code, random);
    }

    fn on_timer(&mut self) {
        // A frame that arrived while the program delayed this task is a sign of life: read it
        // before the session judges the silence.
        match self.connection.next(Reading::On).now_or_never() {
            Some(event) => self.on_socket_event(event),
            None => {
                let (now_ms, random) = (self.now_ms(), self.jitter.draw());
                self.session.handle_timeout(now_ms, random);
            }
        }
    }

    fn on_access(&mut self, Fetched { purpose, token }: Fetched) {
        let now_ms = self.now_ms();
        match purpose {
            Purpose::Renew => self.session.renew(token),
            Purpose::Connect => self.session.show(Access::Token(token), now_ms),
        }
    }

    fn outbox(&self) -> Vec<OutboxPost> {
        self.session.outbox().cloned().collect()
    }

    fn save(&mut self) {
        let outbox = self.outbox();
        if let Some(saver) = &mut self.saver {
            saver.begin(outbox);
        }
    }

    /// Stops the session, completes the close handshake, answers, and delivers the remaining
    /// events.
    async fn close(mut self, reply: Option<oneshot::Sender<Vec<OutboxPost>>>) {
        self.session.stop();
        self.drain_outputs();
        if let Some(closing) = self.closing.take() {
            closing.await;
        }
        let outbox = self.outbox();
        if let Some(saver) = self.saver.take() {
            saver.finish(outbox.clone()).await;
        }
        self.feeds.clear();
        if let Some(reply) = reply {
            // The caller may have stopped waiting for the answer.
            reply.send(outbox).ok();
        }
        while !self.undelivered.is_empty() {
            deliver(&self.events, &mut self.undelivered).await;
        }
    }
}

/// Delivers one event as soon as there is space for it.
async fn deliver(
    events: &Option<mpsc::Sender<Event>>,
    undelivered: &mut VecDeque<Event>,
) -> Wakeup {
    let permit = match events {
        Some(events) => events.reserve().await.ok(),
        None => None,
    };
    match permit {
        Some(permit) => {
            if let Some(event) = undelivered.pop_front() {
                permit.send(event);
            }
        }
        // The program dropped its receiver.
        None => undelivered.clear(),
    }
    Wakeup::Progress
}

/// Returns when the state file is to be written, if there is one.
async fn until_due(saver: &mut Option<Saver>) {
    match saver {
        Some(saver) => saver.until_due().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
