//! The task that owns a client's session and socket: says what happened to the one, does what it asks with the other.

use std::{collections::VecDeque, ops::ControlFlow, pin::Pin, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use parlor_session::{
    Event, NotJoined, OutboxFull, OutboxPost, Output, Session, SessionConfig, Status,
};
use parlor_shared::{Name, RoomId, Seq};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot, watch,
    },
    time::{Instant, Sleep},
};

use crate::{
    address::Address,
    connection::{ConnectionError, Happened, Line, Reading, done},
    jitter::Jitter,
    limits::SENDING_FRAMES_FULL,
};

/// What a program wants.
#[derive(Debug)]
pub(crate) enum Command {
    Join(RoomId),
    Leave(RoomId),
    Append(Box<OutboxPost>, oneshot::Sender<Result<(), OutboxFull>>),
    History(RoomId, Seq, u16, oneshot::Sender<Result<(), NotJoined>>),
    Search(RoomId, String, oneshot::Sender<Result<(), NotJoined>>),
    Typing(RoomId),
    Rename(Name),
    Probe,
    Outbox(oneshot::Sender<Vec<OutboxPost>>),
    Close(oneshot::Sender<Vec<OutboxPost>>),
}

/// The task's state.
pub(crate) struct Driver {
    session: Session,
    address: Address,
    line: Line,
    /// The goodbye on the line before this one.
    farewell: Option<BoxFuture<'static, ()>>,
    events: mpsc::Sender<Event>,
    /// Events that found the channel full. While there are some the socket is not read and no time passes, so that
    /// they are at most what one frame made.
    untold: VecDeque<Event>,
    trouble: watch::Sender<Option<ConnectionError>>,
    jitter: Jitter,
    started: Instant,
    timer: Pin<Box<Sleep>>,
}

/// What the driver is called for.
enum Call {
    /// A command, or `None` when the client was dropped.
    Command(Option<Command>),
    Line(Happened),
    Timer,
    /// Something went on that needs no more doing.
    Done,
}

impl Driver {
    pub(crate) fn new(
        address: Address,
        session: SessionConfig,
        events: mpsc::Sender<Event>,
        trouble: watch::Sender<Option<ConnectionError>>,
    ) -> Self {
        let started = Instant::now();
        Self {
            session: Session::new(session),
            address,
            line: Line::Down,
            farewell: None,
            events,
            untold: VecDeque::new(),
            trouble,
            jitter: Jitter::default(),
            started,
            timer: Box::pin(tokio::time::sleep_until(started)),
        }
    }

    /// Works until the client is closed or dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        self.session.start(0);
        loop {
            self.obey();
            match self.next(&mut commands).await {
                Call::Command(None) => return self.close(None).await,
                Call::Command(Some(command)) => {
                    if let ControlFlow::Break(answer) = self.command(command) {
                        return self.close(Some(answer)).await;
                    }
                }
                Call::Line(happened) => self.happened(happened),
                Call::Timer => {
                    // A frame that came while nobody looked is the sign of life that a timer would miss.
                    match self.line.next(Reading::On).now_or_never() {
                        Some(happened) => self.happened(happened),
                        None => self
                            .session
                            .handle_timeout(self.now_ms(), self.jitter.draw()),
                    }
                }
                Call::Done => {}
            }
        }
    }

    async fn next(&mut self, commands: &mut mpsc::Receiver<Command>) -> Call {
        let reading = if self.untold.is_empty() {
            Reading::On
        } else {
            Reading::OnHold
        };
        let timed = self.set_timer() && reading == Reading::On;
        tokio::select! {
            command = commands.recv(), if self.line.sending() < SENDING_FRAMES_FULL => {
                Call::Command(command)
            }
            told = self.events.reserve(), if reading == Reading::OnHold => {
                match told {
                    Ok(permit) => if let Some(event) = self.untold.pop_front() {
                        permit.send(event);
                    },
                    // Nobody listens any more.
                    Err(_) => self.untold.clear(),
                }
                Call::Done
            }
            happened = self.line.next(reading) => Call::Line(happened),
            () = self.timer.as_mut(), if timed => Call::Timer,
            () = done(&mut self.farewell) => Call::Done,
        }
    }

    /// Sets the timer for when the session wants it; whether it does. One timer, moved only when it would ring late:
    /// one that rings early does no harm.
    fn set_timer(&mut self) -> bool {
        let Some(at_ms) = self.session.poll_timeout() else {
            return false;
        };
        let at = self.started + Duration::from_millis(at_ms);
        if self.timer.is_elapsed() || at < self.timer.deadline() {
            self.timer.as_mut().reset(at);
        }
        true
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Does all that the session asks for.
    fn obey(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.line = Line::open(&self.address),
                Output::Send(text) => self.line.send(text),
                Output::Close => self.farewell = self.line.leave().or(self.farewell.take()),
                Output::Event(event) => self.tell(event),
            }
        }
    }

    fn tell(&mut self, event: Event) {
        if !self.untold.is_empty() {
            return self.untold.push_back(event);
        }
        match self.events.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(event)) => self.untold.push_back(event),
            // Nobody listens, and the client goes on.
            Err(TrySendError::Closed(_)) => {}
        }
    }

    fn happened(&mut self, happened: Happened) {
        let (code, trouble) = match happened {
            Happened::Opened => {
                self.trouble.send_replace(None);
                return self.session.handle_open();
            }
            Happened::Frame(text) => {
                let (now_ms, random) = (self.now_ms(), self.jitter.draw());
                return self.session.handle_frame(now_ms, &text, random);
            }
            Happened::Goodbye(code) => {
                self.farewell = self.line.leave();
                (code, None)
            }
            Happened::Ended(trouble) => {
                self.line = Line::Down;
                (None, trouble)
            }
        };
        self.trouble.send_replace(trouble);
        let (now_ms, random) = (self.now_ms(), self.jitter.draw());
        self.session.handle_closed(now_ms, code, random);
    }

    /// Does what the program wants; breaks off where it wants to leave.
    fn command(&mut self, command: Command) -> ControlFlow<oneshot::Sender<Vec<OutboxPost>>> {
        match command {
            Command::Join(room) => self.session.join(&room),
            Command::Leave(room) => self.session.leave(&room),
            Command::Append(post, answer) => {
                let OutboxPost { room, id, body } = *post;
                reply(answer, self.session.post(&room, id, body));
            }
            Command::History(room, before, limit, answer) => {
                reply(answer, self.session.history(&room, before, limit));
            }
            Command::Search(room, words, answer) => {
                reply(answer, self.session.search(&room, &words));
            }
            Command::Typing(room) => {
                let now_ms = self.now_ms();
                self.session.typing(&room, now_ms);
            }
            Command::Rename(name) => self.session.rename(name),
            Command::Probe => self.probe(),
            Command::Outbox(answer) => reply(answer, self.outbox()),
            Command::Close(answer) => return ControlFlow::Break(answer),
        }
        ControlFlow::Continue(())
    }

    fn probe(&mut self) {
        // The line of a program that does not listen is not read, and so not to be judged.
        if !self.untold.is_empty() {
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

    /// Leaves in good order, answers, and tells the rest to whoever still listens.
    async fn close(mut self, answer: Option<oneshot::Sender<Vec<OutboxPost>>>) {
        self.session.stop();
        self.obey();
        if let Some(farewell) = self.farewell.take() {
            farewell.await;
        }
        if let Some(answer) = answer {
            reply(answer, self.outbox());
        }
        for event in std::mem::take(&mut self.untold) {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }
}

fn reply<T>(answer: oneshot::Sender<T>, what: T) {
    // Whoever asked may have stopped waiting.
    answer.send(what).ok();
}
