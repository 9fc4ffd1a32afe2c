//! The server's end of a simulated connection.

use std::{
    collections::VecDeque,
    fmt,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use futures_util::{FutureExt, future::LocalBoxFuture};
use parlor_shared::{ServerMessage, close::CloseCode, limits::PONG_TIMEOUT_MS};
use tokio::{runtime::Handle, sync::watch};

use crate::{
    clock::Clock as _,
    connection::{
        heartbeat::{ConnectionHeartbeat, HeartbeatAction},
        intake::{Admission, Intake},
        outbound::Outbound,
    },
    dispatch::client::Client,
    sim::{clock::Clock, tasks::Flag},
};

/// The server's end of one connection. All but its socket, its timer and the reading of frames is
/// the server's own: handlers, cursors, registry, socket writer, heartbeat.
#[derive(Debug)]
pub struct Connection {
    reading: Reading,
    outbound: Rc<Outbound>,
    heartbeat: ConnectionHeartbeat,
    received: VecDeque<Received>,
    intake: Intake<Received>,
    /// When the connection ends even if the close frame is not written; `None` until it closes.
    close_until_ms: Option<u64>,
    woken: Arc<Flag>,
    clock: Clock,
    /// News of what members may do.
    access_changes: watch::Receiver<u64>,
    /// Where its engine's tasks run, if it has some.
    runtime: Option<Handle>,
}

/// What a client sends: one WebSocket frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A text frame.
    Text(String),
    /// The answer to a ping.
    Pong,
}

impl Received {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Pong => 0,
        }
    }
}

/// What the reading half does.
enum Reading {
    Waiting(Box<Client>),
    Handling(LocalBoxFuture<'static, (Box<Client>, Option<CloseCode>)>),
}

impl Connection {
    pub(super) fn new(client: Client, clock: Clock, runtime: Option<Handle>) -> Self {
        Self {
            runtime,
            outbound: client.outbound.clone(),
            access_changes: client.node.hub.access_changes(),
            reading: Reading::Waiting(Box::new(client)),
            heartbeat: ConnectionHeartbeat::new(clock.now_ms()),
            received: VecDeque::new(),
            intake: Intake::new(),
            close_until_ms: None,
            woken: Arc::new(Flag::set()),
            clock,
        }
    }

    /// A frame has arrived.
    pub fn receive(&mut self, frame: Received) {
        self.received.push_back(frame);
    }

    /// Handles what has arrived and what was committed, as far as it can without waiting. Returns
    /// the code if the connection begins to close.
    pub fn run(&mut self) -> Option<CloseCode> {
        if self.close_until_ms.is_some() {
            return None;
        }
        let code = self.read()?;
        self.close(code);
        Some(code)
    }

    fn read(&mut self) -> Option<CloseCode> {
        let runtime = self.runtime.clone();
        let _entered = runtime.as_ref().map(Handle::enter);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if self.outbound.progress().now_or_never().is_some() && self.outbound.take_drained() {
                self.heartbeat.on_received(self.clock.now_ms());
            }
            if self.outbound.take_lost().is_some() {
                return Some(CloseCode::Internal);
            }
            if let Reading::Waiting(client) = &mut self.reading {
                client.handle_seen_news();
                let is_changed = self.access_changes.has_changed().unwrap_or_default();
                if is_changed && client.can_handle_more() {
                    self.access_changes.mark_unchanged();
                    if let Some(code) = client.handle_access_change() {
                        return Some(code);
                    }
                }
            }
            match &mut self.reading {
                Reading::Handling(handling) => {
                    let Poll::Ready((client, close)) = handling.poll_unpin(&mut context) else {
                        return None;
                    };
                    if client.is_welcomed() {
                        self.heartbeat.mark_welcomed();
                    }
                    self.reading = Reading::Waiting(client);
                    if close.is_some() {
                        return close;
                    }
                }
                Reading::Waiting(client) => {
                    client.handle_receipts();
                    let admission = match self.intake.due_ms() {
                        Some(due_ms) if due_ms > self.clock.now_ms() => return None,
                        Some(_) => client.resume(&mut self.intake),
                        None if !client.can_handle_more() => return None,
                        None => {
                            let frame = self.received.pop_front()?;
                            let bytes = frame.bytes();
                            client.receive(&mut self.intake, frame, bytes)
                        }
                    };
                    self.heartbeat.on_received(self.clock.now_ms());
                    match admission {
                        Some(Admission::Admitted(Received::Text(text))) => self.handle(text),
                        Some(Admission::Refused(Received::Text(text), too_fast)) => {
                            client.refuse_frame(&text, too_fast);
                        }
                        Some(Admission::Admitted(Received::Pong)) => {}
                        Some(Admission::Refused(Received::Pong, _)) => client.charge(1),
                        None => {}
                    }
                }
            }
        }
    }

    fn handle(&mut self, text: String) {
        let handle = |mut client: Box<Client>| async move {
            let close = client.handle_frame(&text).await;
            (client, close)
        };
        let busy = Reading::Handling(std::future::pending().boxed_local());
        self.reading = match std::mem::replace(&mut self.reading, busy) {
            Reading::Waiting(client) => Reading::Handling(handle(client).boxed_local()),
            handling @ Reading::Handling(_) => handling,
        };
    }

    /// Whether a frame waits for its tokens, so that nothing else is read.
    #[must_use]
    pub fn is_delayed(&self) -> bool {
        self.intake.due_ms().is_some()
    }

    /// When [`Connection::check_timer`] next has something to do.
    #[must_use]
    pub fn timer_ms(&self) -> u64 {
        let heartbeat_ms = self.heartbeat.deadline_ms();
        let timer_ms = self.close_until_ms.or(self.intake.due_ms());
        timer_ms.unwrap_or(heartbeat_ms)
    }

    /// Handles a frame that has waited for its tokens, or does what the heartbeat calls for.
    /// Returns the code if the connection begins to close.
    pub fn check_timer(&mut self) -> Option<CloseCode> {
        if self.close_until_ms.is_some() {
            return None;
        }
        if self.intake.due_ms().is_some() {
            return self.run();
        }
        match self.heartbeat.check(self.clock.now_ms()) {
            HeartbeatAction::Wait => None,
            HeartbeatAction::Ping => {
                self.outbound.ping();
                None
            }
            HeartbeatAction::Close(code) => {
                self.close(code);
                Some(code)
            }
        }
    }

    /// Tells the client that the server stops.
    pub fn shut_down(&mut self) {
        let text = "The server is stopping.".to_owned();
        self.outbound.reply(&ServerMessage::Notice { text });
        self.close(CloseCode::ShuttingDown);
    }

    fn close(&mut self, code: CloseCode) {
        self.outbound.clear();
        self.outbound.close(code);
        self.close_until_ms = Some(self.clock.now_ms() + PONG_TIMEOUT_MS);
    }

    /// Whether there may be something to write since the last [`Connection::write`].
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.woken.is_set()
    }

    /// Writes to the socket what is pending, as far as it takes it.
    pub fn write(&mut self) {
        let waker = self.woken.reset();
        let mut context = Context::from_waker(&waker);
        // A socket of the simulation is not broken; it is only forgotten.
        if self.outbound.poll_write(&mut context).is_ready() {
            self.close_until_ms = Some(0);
        }
    }

    /// Whether the connection has closed: its close frame is written, or waited long enough.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.close_until_ms
            .is_some_and(|until_ms| self.outbound.is_flushed() || self.clock.now_ms() >= until_ms)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.outbound.clear();
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(_) => f.write_str("Waiting"),
            Self::Handling(_) => f.write_str("Handling"),
        }
    }
}
