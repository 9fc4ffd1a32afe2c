//! The task that owns a client's session and connection: feeds the session with what happens, and
//! carries out what it asks for.

use std::{collections::VecDeque, ops::ControlFlow, pin::Pin, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use parlor_session::{
    Event, NotJoined, NotOnline, OutboxFull, OutboxPost, Output, Session, SessionConfig, Status,
};
use parlor_shared::{Moderation, Name, Place, RoomId, Seq};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot, watch,
    },
    time::{Instant, Sleep},
};

use crate::{
    connection::{Connection, ConnectionError, Reading, SocketEvent, Target, completion},
    jitter::Jitter,
    limits::SEND_QUEUE_HIGH_FRAMES,
};

/// What the program asks of its client. Each sender takes the answer.
#[derive(Debug)]
pub(crate) enum Command {
    Join(RoomId),
    Leave(RoomId),
    Append {
        post: Box<OutboxPost>,
        reply: oneshot::Sender<Result<(), OutboxFull>>,
    },
    History {
        room: RoomId,
        before: Seq,
        limit: u16,
        reply: oneshot::Sender<Result<(), NotJoined>>,
    },
    Slice {
        room: RoomId,
        at: Place,
        limit: u16,
        reply: oneshot::Sender<Result<(), NotJoined>>,
    },
    Search {
        room: RoomId,
        text: String,
        reply: oneshot::Sender<Result<(), NotJoined>>,
    },
    Rooms {
        text: String,
        after: Option<String>,
        reply: oneshot::Sender<Result<(), NotOnline>>,
    },
    Moderate {
        request: Moderation,
        reply: oneshot::Sender<Result<(), NotOnline>>,
    },
    Typing(RoomId),
    Rename(Name),
    Probe,
    Outbox(oneshot::Sender<Vec<OutboxPost>>),
    Close(oneshot::Sender<Vec<OutboxPost>>),
}

/// The task's state.
pub(crate) struct Driver {
    session: Session,
    target: Target,
    connection: Connection,
    /// The close handshake of the previous connection.
    closing: Option<BoxFuture<'static, ()>>,
    events: mpsc::Sender<Event>,
    /// Events that found the channel full. While there are any, the driver neither reads the socket
    /// nor lets the session's timers run, so there are never more of them than one frame caused.
    undelivered: VecDeque<Event>,
    last_error: watch::Sender<Option<ConnectionError>>,
    jitter: Jitter,
    started: Instant,
    timer: Pin<Box<Sleep>>,
}

/// What woke the driver.
enum Wakeup {
    /// A command, or `None` when the client was dropped.
    Command(Option<Command>),
    Socket(SocketEvent),
    Timer,
    /// Something that is already dealt with.
    Progress,
}

impl Driver {
    pub(crate) fn new(
        target: Target,
        session: SessionConfig,
        events: mpsc::Sender<Event>,
        last_error: watch::Sender<Option<ConnectionError>>,
    ) -> Self {
        let started = Instant::now();
        Self {
            session: Session::new(session),
            target,
            connection: Connection::Closed,
            closing: None,
            events,
            undelivered: VecDeque::new(),
            last_error,
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
            match self.next(&mut commands).await {
                Wakeup::Command(None) => return self.close(None).await,
                Wakeup::Command(Some(command)) => {
                    if let ControlFlow::Break(reply) = self.on_command(command) {
                        return self.close(Some(reply)).await;
                    }
                }
                Wakeup::Socket(event) => self.on_socket_event(event),
                Wakeup::Timer => self.on_timer(),
                Wakeup::Progress => {}
            }
        }
    }

    async fn next(&mut self, commands: &mut mpsc::Receiver<Command>) -> Wakeup {
        let reading = if self.undelivered.is_empty() {
            Reading::On
        } else {
            Reading::Paused
        };
        let timer_set = self.set_timer() && reading == Reading::On;
        tokio::select! {
            command = commands.recv(),
                if self.connection.queued_frames() < SEND_QUEUE_HIGH_FRAMES =>
            {
                Wakeup::Command(command)
            }
            permit = self.events.reserve(), if reading == Reading::Paused => {
                match permit {
                    Ok(permit) => if let Some(event) = self.undelivered.pop_front() {
                        permit.send(event);
                    },
                    // The program dropped its receiver.
                    Err(_) => self.undelivered.clear(),
                }
                Wakeup::Progress
            }
            event = self.connection.next(reading) => Wakeup::Socket(event),
            () = self.timer.as_mut(), if timer_set => Wakeup::Timer,
            () = completion(&mut self.closing) => Wakeup::Progress,
        }
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

    fn emit(&mut self, event: Event) {
        if !self.undelivered.is_empty() {
            return self.undelivered.push_back(event);
        }
        match self.events.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(event)) => self.undelivered.push_back(event),
            // The program dropped its receiver, and the client goes on without it.
            Err(TrySendError::Closed(_)) => {}
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

    /// Carries out a command. Breaks with the sender of the answer when the program closes the
    /// client.
    fn on_command(&mut self, command: Command) -> ControlFlow<oneshot::Sender<Vec<OutboxPost>>> {
        match command {
            Command::Join(room) => self.session.join(&room),
            Command::Leave(room) => self.session.leave(&room),
            Command::Append { post, reply } => {
                let OutboxPost { room, id, body } = *post;
                answer(reply, self.session.post(&room, id, body));
            }
            Command::History {
                room,
                before,
                limit,
                reply,
            } => answer(reply, self.session.history(&room, before, limit)),
            Command::Rooms { text, after, reply } => {
                answer(reply, self.session.rooms(&text, after));
            }
            Command::Slice {
                room,
                at,
                limit,
                reply,
            } => answer(reply, self.session.slice(&room, at, limit)),
            Command::Search { room, text, reply } => {
                answer(reply, self.session.search(&room, &text));
            }
            Command::Moderate { request, reply } => answer(reply, self.session.moderate(request)),
            Command::Typing(room) => {
                let now_ms = self.now_ms();
                self.session.typing(&room, now_ms);
            }
            Command::Rename(name) => self.session.rename(name),
            Command::Probe => self.probe(),
            Command::Outbox(reply) => answer(reply, self.outbox()),
            Command::Close(reply) => return ControlFlow::Break(reply),
        }
        ControlFlow::Continue(())
    }

    fn probe(&mut self) {
        // While the program takes no events the socket is not read, so silence would prove nothing.
        if !self.undelivered.is_empty() {
            return;
        }
        let now_ms = self.now_ms();
        match self.session.status() {
            Status::Stopped(_) => self.session.start(now_ms),
            Status::Connecting { .. } | Status::Online | Status::Waiting { .. } => {
                self.session.probe(now_ms);
            }
        }
    }

    fn outbox(&self) -> Vec<OutboxPost> {
        self.session.outbox().cloned().collect()
    }

    /// Stops the session, completes the close handshake, answers, and delivers the remaining
    /// events.
    async fn close(mut self, reply: Option<oneshot::Sender<Vec<OutboxPost>>>) {
        self.session.stop();
        self.drain_outputs();
        if let Some(closing) = self.closing.take() {
            closing.await;
        }
        if let Some(reply) = reply {
            answer(reply, self.outbox());
        }
        for event in std::mem::take(&mut self.undelivered) {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }
}

fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    // The caller may have stopped waiting for the answer.
    reply.send(value).ok();
}
