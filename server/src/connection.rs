//! One connection: the loop that reads what the client sends, hands it to dispatch, and ends when
//! there is a reason to.

pub(crate) mod bridge;
pub(crate) mod forwarded;
pub(crate) mod frame;
pub(crate) mod frame_guard;
pub(crate) mod handshake;
pub(crate) mod heartbeat;
pub(crate) mod hosts;
pub(crate) mod http_socket;
pub(crate) mod inbound;
pub(crate) mod intake;
pub(crate) mod leave;
pub(crate) mod origin;
pub(crate) mod outbound;
pub(crate) mod proxy;
mod read_socket;
pub(crate) mod socket;
mod tls_socket;
pub(crate) mod transport;
pub(crate) mod upgrade;
mod utf8;
pub(crate) mod within;

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use futures_util::{Stream, StreamExt};
use parlor_shared::{ErrorCode, Refusal, ServerMessage, close::CloseCode, limits::PONG_TIMEOUT_MS};

use self::{
    frame_guard::FrameFault,
    heartbeat::{HeartbeatAction, HeartbeatTimer},
    inbound::{Message, ReadError},
    intake::{Admission, Intake},
    leave::Leave,
    outbound::Outbound,
};
use crate::{
    dispatch::client::Client, node::Service, repeated_line::log_repeated, seen_feed::SeenInbox,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The socket is closed already.
    Gone,
    /// The client is told why, then the socket is closed.
    Close(CloseCode),
    /// The client has closed, with this code if it gave one. It gets the same code back.
    Closed(Option<u16>),
}

/// Writes all replies that are queued. Gives up after [`PONG_TIMEOUT_MS`].
async fn flush(outbound: &Outbound) {
    let flushed = poll_fn(|cx| {
        let is_broken = outbound.poll_write(cx).is_ready();
        if is_broken || outbound.is_flushed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let timeout = Duration::from_millis(PONG_TIMEOUT_MS);
    // A client that takes nothing for so long will not miss the rest.
    tokio::time::timeout(timeout, flushed).await.ok();
}

/// The WebSocket messages of one client.
trait Messages: Stream<Item = Result<Message, ReadError>> + Unpin {}

impl<S: Stream<Item = Result<Message, ReadError>> + Unpin> Messages for S {}

struct Connection<S> {
    client: Client,
    messages: S,
    intake: Intake<Message>,
    heartbeat: HeartbeatTimer,
}

impl<S: Messages> Connection<S> {
    /// A connection that is opened now.
    fn new(client: Client, messages: S) -> Self {
        Self {
            client,
            messages,
            intake: Intake::new(),
            heartbeat: HeartbeatTimer::start(),
        }
    }

    /// Serves the connection to its end.
    async fn serve(&mut self) {
        let outbound = self.client.outbound.clone();
        let ending = tokio::select! {
            ending = self.run() => ending,
            _ = poll_fn(|cx| outbound.poll_write(cx)) => Ending::Gone,
        };
        outbound.clear();
        match ending {
            Ending::Gone => return,
            Ending::Close(code) => self.close(code),
            Ending::Closed(code) => outbound.answer_close(code),
        }
        flush(&outbound).await;
    }

    /// Tells the client that it is not served.
    async fn refuse(&mut self, code: CloseCode) {
        self.close(code);
        flush(&self.client.outbound).await;
    }

    fn close(&self, code: CloseCode) {
        self.client.node.operation.refusals.count_close(code);
        self.client.outbound.close(code);
    }

    /// Reads and answers until there is a reason to end.
    async fn run(&mut self) -> Ending {
        let mut leave = Leave::new(self.client.node.operation.watch_phase());
        let mut access_changes = self.client.node.hub.access_changes();
        loop {
            self.client.handle_receipts();
            // While a frame waits for its tokens, nothing else is read, and the client is not given
            // up for a silence that is the server's doing.
            let delay = self.delay();
            let lifetime = self.client.lifetime();
            let can_read = delay.is_none() && self.client.can_handle_more();
            let inbox = self.client.seen_inbox();
            let report_news = self.client.report_news();
            let ending = tokio::select! {
                message = self.messages.next(), if can_read => self.receive(message).await,
                () = sleep(delay), if delay.is_some() => self.resume().await,
                () = poll_fn(|cx| self.client.poll_receipts(cx)) => None,
                () = self.client.outbound.progress() => self.handle_progress(),
                () = seen_news(&inbox), if can_read => {
                    self.client.handle_seen_news();
                    None
                }
                () = news_of(report_news), if can_read => {
                    self.client.notify_open_reports();
                    None
                }
                Ok(()) = access_changes.changed(), if can_read => {
                    self.client.handle_access_change().map(Ending::Close)
                }
                () = expired(lifetime), if lifetime.is_some() => {
                    let is_over = self.client.lifetime().is_some_and(|left| left.is_zero());
                    is_over.then_some(Ending::Close(CloseCode::AccessExpired))
                }
                () = self.heartbeat.due(), if delay.is_none() => self.check_heartbeat(),
                () = leave.due() => {
                    let text = "The server is restarting. You'll be reconnected.".to_owned();
                    self.client.outbound.reply(&ServerMessage::Notice { text });
                    Some(Ending::Close(CloseCode::ShuttingDown))
                }
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    /// How much longer the frame that waits has to, if one does.
    fn delay(&self) -> Option<Duration> {
        let due_ms = self.intake.due_ms()?;
        let now_ms = self.client.now_ms();
        Some(Duration::from_millis(due_ms.saturating_sub(now_ms)))
    }

    /// Has a message paid for, and handles it unless it waits for its tokens.
    async fn receive(&mut self, message: Option<Result<Message, ReadError>>) -> Option<Ending> {
        self.heartbeat.on_received();
        match message {
            None => Some(Ending::Gone),
            Some(Err(error)) => Some(ending_of(&error)),
            Some(Ok(Message::Close(code))) => Some(Ending::Closed(code)),
            Some(Ok(message)) => {
                let bytes = message.bytes();
                let received = self.client.receive(&mut self.intake, message, bytes);
                self.handle_admission(received?).await
            }
        }
    }

    /// Handles the message that has waited for its tokens.
    async fn resume(&mut self) -> Option<Ending> {
        self.heartbeat.on_received();
        let resumed = self.client.resume(&mut self.intake);
        self.handle_admission(resumed?).await
    }

    async fn handle_admission(&mut self, admission: Admission<Message>) -> Option<Ending> {
        match admission {
            Admission::Admitted(message) => self.handle_message(message).await,
            Admission::Refused(Message::Text(text), too_fast) => {
                self.client.refuse_frame(&text, too_fast);
                None
            }
            // Nobody could repeat the others if they were refused, so they are only delayed.
            Admission::Refused(message, _) => {
                self.client.charge(1);
                self.handle_message(message).await
            }
        }
    }

    async fn handle_message(&mut self, message: Message) -> Option<Ending> {
        let message = match self.client.node.service {
            Service::Rooms => message,
            #[cfg(feature = "echo")]
            Service::Echo => self.echo(message)?,
        };
        match message {
            Message::Text(text) => {
                let close = self.client.handle_frame(&text).await;
                if self.client.is_welcomed() {
                    self.heartbeat.mark_welcomed();
                }
                close.map(Ending::Close)
            }
            Message::Binary(_) => {
                let refusal = Refusal::new(ErrorCode::Malformed, "Messages are text frames.");
                self.client.outbound.reply(&ServerMessage::Error(refusal));
                None
            }
            Message::Ping(payload) => {
                self.client.outbound.pong(&payload);
                None
            }
            Message::Pong | Message::Fragment => None,
            Message::Close(code) => Some(Ending::Closed(code)),
        }
    }

    /// Sends a message of the client back. The others are returned.
    #[cfg(feature = "echo")]
    fn echo(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::Text(_) | Message::Binary(_) => {
                self.heartbeat.mark_welcomed();
                self.client.outbound.echo(&message);
                None
            }
            Message::Fragment | Message::Ping(_) | Message::Pong | Message::Close(_) => {
                Some(message)
            }
        }
    }

    /// The client took something, a reply was written, or a cursor is lost.
    fn handle_progress(&mut self) -> Option<Ending> {
        if self.client.outbound.take_drained() {
            self.heartbeat.on_received();
        }
        let why = self.client.outbound.take_lost()?;
        log_repeated!(error, error = %why, "a connection can't continue");
        Some(Ending::Close(CloseCode::Internal))
    }

    fn check_heartbeat(&mut self) -> Option<Ending> {
        match self.heartbeat.check() {
            HeartbeatAction::Wait => None,
            HeartbeatAction::Ping => {
                self.client.outbound.ping();
                None
            }
            HeartbeatAction::Close(code) => Some(Ending::Close(code)),
        }
    }
}

/// Waits for a frame's delay, if there is one.
async fn sleep(delay: Option<Duration>) {
    tokio::time::sleep(delay.unwrap_or_default()).await;
}

/// Waits until the time of an access token may be over, for a day at most: clocks may change.
async fn expired(lifetime: Option<Duration>) {
    tokio::time::sleep(lifetime.unwrap_or_default().min(DAY)).await;
}

/// Waits for what the member sees on other connections.
async fn seen_news(inbox: &Option<Arc<SeenInbox>>) {
    match inbox {
        Some(inbox) => inbox.wait_for_news().await,
        None => std::future::pending().await,
    }
}

/// Waits for something, if there is something to wait for.
async fn news_of(news: Option<impl Future<Output = ()>>) {
    match news {
        Some(news) => news.await,
        None => std::future::pending().await,
    }
}

/// How a connection ends that can't be read on.
fn ending_of(error: &ReadError) -> Ending {
    match error {
        ReadError::Lost => Ending::Gone,
        ReadError::Fault(FrameFault::Protocol) => Ending::Close(CloseCode::Protocol),
        ReadError::Fault(FrameFault::NotUtf8) => Ending::Close(CloseCode::NotUtf8),
        ReadError::Fault(FrameFault::TooBig) => Ending::Close(CloseCode::FrameTooBig),
    }
}

#[cfg(test)]
mod tests;
