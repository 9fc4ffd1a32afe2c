//! One socket: reads what the client says, hands it to dispatch, and ends the connection when it is time.

pub(crate) mod frame_guard;
pub(crate) mod origin;
pub(crate) mod outbound;
pub(crate) mod proxy;
pub(crate) mod upgrade;

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev,
    error::{ErrorBadRequest, ErrorForbidden, PayloadError},
    http::header,
    web,
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError};
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, future::LocalBoxFuture};
use parlor_shared::{
    ErrorCode, Refusal, SUB_PROTOCOL, ServerMessage,
    close::CloseCode,
    limits::{FRAME_BYTES_MAX, HELLO_TIMEOUT_MS, PING_INTERVAL_MS, PONG_TIMEOUT_MS},
};
use tokio::time::{Instant, Sleep};

use crate::{
    connection::{
        frame_guard::FrameGuard, outbound::Outbound, proxy::client_address, upgrade::SocketWriter,
    },
    dispatch::Client,
    node::{Connections, Fit, Node},
    rooms::registry::SessionRegistry,
};

/// `GET /ws`: turns the request into a connection.
pub(crate) async fn open(
    request: HttpRequest,
    payload: web::Payload,
    node: web::Data<Node>,
) -> Result<HttpResponse<BoxBody>, Error> {
    let node = node.into_inner();
    check_origin(&request, &node)?;
    let guarded = Guarded {
        payload: payload.into_inner(),
        guard: FrameGuard::default(),
    };
    let mut guarded: dev::Payload = dev::Payload::Stream {
        payload: Box::pin(guarded),
    };
    let payload = web::Payload::from_request(&request, &mut guarded).await?;
    // What goes out is the tail's: no session of actix-ws is needed.
    let (response, _, stream) =
        actix_ws::handle_with_protocols(&request, payload, &[SUB_PROTOCOL])?;
    let stream = stream
        .max_frame_size(FRAME_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(FRAME_BYTES_MAX);

    let (counted, fit) = Connections::count(&node);
    let forwarded = request.headers().get_all(header::X_FORWARDED_FOR);
    let address = client_address(
        request.peer_addr().map(|peer| peer.ip()),
        forwarded.map(|value| value.to_str().unwrap_or_default()),
        &node.proxies,
    );
    let extensions = request.extensions();
    let line = extensions.get::<Rc<SocketWriter>>().cloned();
    let registry = request.app_data::<Rc<SessionRegistry>>().cloned();
    let (line, registry) = line
        .zip(registry)
        .ok_or_else(|| ErrorBadRequest("this is not a connection that can be upgraded"))?;
    let outbound = Rc::new(Outbound::new(line, registry));
    let client = Client::new(node, outbound, address);
    let serving = async move {
        let _counted = counted;
        match fit {
            Fit::Fits => serve(client, stream).await,
            Fit::OneTooMany => close(&client.outbound, CloseCode::TooManyConnections).await,
        }
    };
    Ok(response.map_body(|_, control| {
        BoxBody::new(Conversation {
            serving: serving.boxed_local(),
            _control: control,
        })
    }))
}

/// The response's body: it writes to the socket itself, and ends when the conversation does.
struct Conversation {
    serving: LocalBoxFuture<'static, ()>,
    /// actix-ws's own body, not asked for anything: once it is gone, the stream of messages ends.
    _control: BoxBody,
}

impl MessageBody for Conversation {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.serving.poll_unpin(cx).map(|()| None)
    }
}

fn check_origin(request: &HttpRequest, node: &Node) -> Result<(), Error> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("null"))
    };
    let origin = header(header::ORIGIN);
    if node
        .origins
        .allow(origin, header(header::HOST).unwrap_or_default())
    {
        return Ok(());
    }
    let origin = origin.unwrap_or_default();
    tracing::warn!(
        origin,
        "refused: start with --allow-origin to let pages of that origin connect"
    );
    Err(ErrorForbidden("pages of this origin may not connect here"))
}

/// Serves one connection to its end.
async fn serve(client: Client, stream: AggregatedMessageStream) {
    let outbound = client.outbound.clone();
    let mut connection = Connection {
        client,
        stream,
        signs: SignsOfLife::new(),
    };
    let ending = tokio::select! {
        ending = connection.converse() => ending,
        // The line broke.
        _ = poll_fn(|cx| outbound.poll_write(cx)) => Ending::Gone,
    };
    outbound.clear();
    match ending {
        Ending::Gone => {}
        Ending::Close(code) => close(&outbound, code).await,
    }
}

/// Tells the client why the connection ends, after all it was told before; not longer than a client may be silent.
async fn close(outbound: &Outbound, code: CloseCode) {
    outbound.close(code);
    let flushed = poll_fn(|cx| {
        let broken = outbound.poll_write(cx).is_ready();
        if broken || outbound.is_flushed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let patience = Duration::from_millis(PONG_TIMEOUT_MS);
    // Past it, the client has not taken a byte and will not miss these.
    drop(tokio::time::timeout(patience, flushed).await);
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The socket is closed.
    Gone,
    /// The client is told why, then the socket is closed.
    Close(CloseCode),
}

struct Connection {
    client: Client,
    stream: AggregatedMessageStream,
    signs: SignsOfLife,
}

impl Connection {
    /// Talks until there is a reason to end.
    async fn converse(&mut self) -> Ending {
        let mut stopping = self.client.node.stopping.clone();
        loop {
            let readable = self.client.may_hear();
            let ending = tokio::select! {
                message = self.stream.recv(), if readable => self.hear(message).await,
                Some(settled) = self.client.commits.next(), if !self.client.commits.is_empty() => {
                    self.client.settle(settled);
                    None
                }
                () = self.client.outbound.changed() => {
                    // Whoever takes answers lives, though while there are too many to take it is not heard.
                    self.signs.heard();
                    self.client.outbound.take_lost().map(|why| {
                        tracing::error!(error = %why, "a connection can't go on");
                        Ending::Close(CloseCode::Internal)
                    })
                }
                () = self.signs.due() => self.watch(),
                _ = stopping.wait_for(|stopping| *stopping) => {
                    let text = "The server is stopping. It may be back in a moment.".to_owned();
                    self.client.outbound.reply(&ServerMessage::Notice { text });
                    Some(Ending::Close(CloseCode::ShuttingDown))
                }
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Option<Ending> {
        self.signs.heard();
        match message {
            None => Some(Ending::Gone),
            Some(Err(error)) => Some(broken(&error)),
            Some(Ok(AggregatedMessage::Text(text))) => {
                self.client.hear(&text).await.map(Ending::Close)
            }
            Some(Ok(AggregatedMessage::Binary(_))) => {
                let refusal = Refusal::new(ErrorCode::Malformed, "messages are text frames");
                self.client.outbound.reply(&ServerMessage::Error(refusal));
                None
            }
            Some(Ok(AggregatedMessage::Ping(payload))) => {
                self.client.outbound.pong(&payload);
                None
            }
            Some(Ok(AggregatedMessage::Pong(_))) => None,
            Some(Ok(AggregatedMessage::Close(_))) => Some(Ending::Close(CloseCode::Normal)),
        }
    }

    /// Says what silence means by now.
    fn watch(&mut self) -> Option<Ending> {
        match self.signs.judge(self.client.is_welcome()) {
            Silence::Bearable => None,
            Silence::Long => {
                self.client.outbound.ping();
                None
            }
            Silence::NoHello => Some(Ending::Close(CloseCode::HelloTimeout)),
            Silence::TooLong => Some(Ending::Close(CloseCode::HeartbeatLost)),
        }
    }
}

/// Why the bytes that came are not a message.
fn broken(error: &ProtocolError) -> Ending {
    match error {
        ProtocolError::Overflow => Ending::Close(CloseCode::FrameTooBig),
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Ending::Close(CloseCode::NotUtf8)
        }
        ProtocolError::Io(error) => {
            let payload = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<PayloadError>());
            match payload {
                Some(PayloadError::Overflow) => Ending::Close(CloseCode::FrameTooBig),
                // The line broke.
                Some(_) | None => Ending::Gone,
            }
        }
        ProtocolError::UnmaskedFrame
        | ProtocolError::MaskedFrame
        | ProtocolError::InvalidOpcode(_)
        | ProtocolError::InvalidLength(_)
        | ProtocolError::BadOpCode
        | ProtocolError::ContinuationNotStarted
        | ProtocolError::ContinuationStarted
        | ProtocolError::ContinuationFragment(_) => Ending::Close(CloseCode::Protocol),
    }
}

/// When a connection was last heard, and when that is to be looked at again. One timer, moved only when it rings.
struct SignsOfLife {
    heard_at: Instant,
    opened_at: Instant,
    pinged: bool,
    timer: Pin<Box<Sleep>>,
}

/// What a silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    Bearable,
    Long,
    NoHello,
    TooLong,
}

impl SignsOfLife {
    fn new() -> Self {
        let now = Instant::now();
        let hello_due = now + Duration::from_millis(HELLO_TIMEOUT_MS);
        Self {
            heard_at: now,
            opened_at: now,
            pinged: false,
            timer: Box::pin(tokio::time::sleep_until(hello_due)),
        }
    }

    fn heard(&mut self) {
        self.heard_at = Instant::now();
        self.pinged = false;
    }

    async fn due(&mut self) {
        self.timer.as_mut().await;
    }

    fn judge(&mut self, welcome: bool) -> Silence {
        let (now, ms) = (Instant::now(), Duration::from_millis);
        let (due, silence) = if !welcome {
            let due = self.opened_at + ms(HELLO_TIMEOUT_MS);
            (
                due,
                if now < due {
                    Silence::Bearable
                } else {
                    Silence::NoHello
                },
            )
        } else if self.pinged {
            (now, Silence::TooLong)
        } else if now < self.heard_at + ms(PING_INTERVAL_MS) {
            (self.heard_at + ms(PING_INTERVAL_MS), Silence::Bearable)
        } else {
            self.pinged = true;
            (now + ms(PONG_TIMEOUT_MS), Silence::Long)
        };
        self.timer.as_mut().reset(due);
        silence
    }
}

/// The socket's bytes, with the guard in front.
struct Guarded {
    payload: dev::Payload,
    guard: FrameGuard,
}

impl Stream for Guarded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &next
            && self.guard.inspect(bytes).is_err()
        {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until silence is to be judged, and says after how many milliseconds it was.
    async fn judged(signs: &mut SignsOfLife, since: Instant) -> (u64, Silence) {
        signs.due().await;
        let silence = signs.judge(true);
        (since.elapsed().as_millis() as u64, silence)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_pinged_and_given_up_and_a_sign_of_life_starts_over() {
        let start = Instant::now();
        let mut signs = SignsOfLife::new();
        let next = judged(&mut signs, start).await;
        assert_eq!(next, (HELLO_TIMEOUT_MS, Silence::Bearable));
        let next = judged(&mut signs, start).await;
        assert_eq!(next, (PING_INTERVAL_MS, Silence::Long));
        signs.heard();
        let pong_at = Instant::now();
        let next = judged(&mut signs, pong_at).await;
        assert_eq!(next, (PONG_TIMEOUT_MS, Silence::Bearable));
        let next = judged(&mut signs, pong_at).await;
        assert_eq!(next, (PING_INTERVAL_MS, Silence::Long));
        let next = judged(&mut signs, pong_at).await;
        assert_eq!(next, (PING_INTERVAL_MS + PONG_TIMEOUT_MS, Silence::TooLong));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_say_hello_in_time_is_given_up() {
        let start = Instant::now();
        let mut signs = SignsOfLife::new();
        signs.heard();
        signs.due().await;
        assert_eq!(signs.judge(false), Silence::NoHello);
        assert_eq!(start.elapsed(), Duration::from_millis(HELLO_TIMEOUT_MS));
    }
}
