//! A room's entries as a stream of events (`text/event-stream`), from a place on and without an
//! end.
//!
//! A stream reads as a cursor does: pages of the log while it is behind, then the room's ring,
//! whose frames were encoded once for everyone. A client that takes them slowly costs its place in
//! the log, and no queue. It counts as a connection, which a draining server sends away like the
//! others.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{FutureExt, future::LocalBoxFuture};
use parlor_shared::{
    ErrorCode, Seq,
    limits::{EVENTS_HEARTBEAT_MS, EVENTS_RETRY_MS_MAX, EVENTS_RETRY_MS_MIN},
};
use tokio::time::{Sleep, sleep};

use super::{
    asked,
    client::{ApiClient, EnteredRoom},
    place::Held,
    position,
    problem::{HttpRefusal, Problem},
    watch,
};
use crate::{
    connection::{frame::payloads, handshake::Thread, http_socket::Lasting},
    rooms::{
        entry_reader::{EntriesRead, EntryReader, PageSlot, ReaderLost},
        room::waker_slot::WakerSlot,
    },
};

const CONTENT_TYPE: &str = "text/event-stream";

/// What is sent after a silence. Clients ignore it.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// Whether a request wants a stream of events.
pub(super) fn is_asked(request: &HttpRequest) -> bool {
    let accepted = asked::header(request, header::ACCEPT).unwrap_or_default();
    let mut types = accepted
        .split(',')
        .filter_map(|part| part.split(';').next());
    types.any(|essence| essence.trim().eq_ignore_ascii_case(CONTENT_TYPE))
}

/// Answers with the room's entries after this one, and goes on with those that come.
///
/// # Errors
/// [`Problem`] if there are too many connections, or the server sends its clients away.
pub(super) fn answer(
    request: &HttpRequest,
    client: ApiClient,
    entered: EnteredRoom,
    after: Seq,
) -> Result<HttpResponse, Problem> {
    let held = Held::take(&client)?;
    let thread = request.app_data::<Thread>().ok_or_else(|| {
        let why = "The server can't send events here. Try again later.";
        Problem::new(ErrorCode::Busy, why)
    })?;
    let lasting = asked::exchange(request).map(|exchange| {
        // From here on it counts as a connection.
        drop(exchange.take_counted());
        exchange.last()
    });
    let client = Rc::new(client);
    let handle = entered.room.handle;
    let events = Events {
        slot: WakerSlot::new(&handle, thread.registry.inbox()),
        entry_start: format!(r#"{{"type":"entry","room":"{}","entry":"#, handle.id()),
        ending: {
            let (client, room) = (client.clone(), handle.open());
            async move { watch::ending(&client, &room).await }.boxed_local()
        },
        reader: EntryReader::new(handle, client.log.clone(), after),
        heartbeat: Box::pin(sleep(Duration::from_millis(EVENTS_HEARTBEAT_MS))),
        state: State::Opening,
        is_behind: true,
        client,
        _held: held,
        _lasting: lasting,
    };
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        // nginx would collect the events before it passes them on.
        .insert_header(("x-accel-buffering", "no"))
        .force_close()
        .body(events))
}

/// The body of such an answer.
struct Events {
    client: Rc<ApiClient>,
    reader: EntryReader,
    /// The place of its task among those that a publish wakes.
    slot: WakerSlot,
    /// Resolves when the stream is to end, with the reason.
    ending: LocalBoxFuture<'static, Problem>,
    heartbeat: Pin<Box<Sleep>>,
    /// How the message of each of the room's entries begins.
    entry_start: String,
    state: State,
    /// Whether it has not caught up yet: until then what it gives is paid for.
    is_behind: bool,
    _held: Held,
    _lasting: Option<Lasting>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    Open,
    Ended,
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        match this.state {
            State::Opening => {
                this.state = State::Open;
                Poll::Ready(Some(Ok(opening())))
            }
            State::Open => this.poll_open(cx).map(|bytes| Some(Ok(bytes))),
            State::Ended => Poll::Ready(None),
        }
    }
}

impl Events {
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if let Poll::Ready(problem) = self.ending.poll_unpin(cx) {
            return Poll::Ready(self.end(&problem));
        }
        // Before reading, or an entry in between would be missed.
        self.slot.register(cx.waker());
        while let Poll::Ready(read) = self.reader.poll_entries(cx, PageSlot::Free) {
            match read {
                Ok(EntriesRead::Frames(frames)) => {
                    let events = self.events(&frames);
                    if events.is_empty() {
                        continue;
                    }
                    if self.is_behind {
                        self.client.charge_bytes(events.len());
                    }
                    self.restart_heartbeat();
                    return Poll::Ready(events);
                }
                Ok(EntriesRead::CaughtUp(_)) => {
                    self.is_behind = false;
                    break;
                }
                Err(lost) => {
                    let problem = self.problem(lost);
                    return Poll::Ready(self.end(&problem));
                }
            }
        }
        if self.heartbeat.as_mut().poll(cx).is_ready() {
            self.restart_heartbeat();
            // It has a waker again once the stream is polled next, which this answer brings about.
            return Poll::Ready(COMMENT);
        }
        Poll::Pending
    }

    /// The entries of whole frames, an event each. What is no entry is left out, and an empty piece
    /// of a body would be its end.
    fn events(&self, frames: &Bytes) -> Bytes {
        let mut out = BytesMut::with_capacity(frames.len());
        for payload in payloads(frames) {
            let entry = payload.strip_prefix(self.entry_start.as_bytes());
            let entry = entry.and_then(|entry| entry.strip_suffix(b"}"));
            let Some((entry, seq)) = entry.and_then(|entry| Some((entry, seq_of(entry)?))) else {
                continue;
            };
            let id = position::current(&self.client.node, seq).to_string();
            out.put_slice(b"id: ");
            out.put_slice(id.as_bytes());
            // JSON has no line breaks.
            out.put_slice(b"\ndata: ");
            out.put_slice(entry);
            out.put_slice(b"\n\n");
        }
        out.freeze()
    }

    /// The last event: why the stream ends.
    fn end(&mut self, problem: &Problem) -> Bytes {
        self.state = State::Ended;
        Bytes::from(format!("event: end\ndata: {}\n\n", problem.to_json()))
    }

    fn problem(&self, lost: ReaderLost) -> Problem {
        match lost {
            ReaderLost::Unreadable(error) => error.into(),
            ReaderLost::Overtaken => {
                let why = "The entries that come next have expired. Start over without `after`.";
                Problem::of_http(HttpRefusal::Reset, why).in_room(self.reader.room().id())
            }
        }
    }

    fn restart_heartbeat(&mut self) {
        let heartbeat = Duration::from_millis(EVENTS_HEARTBEAT_MS);
        self.heartbeat
            .as_mut()
            .reset(tokio::time::Instant::now() + heartbeat);
    }
}

/// The first bytes: when to come back if the stream breaks. Each client is told another time, so
/// that they do not all come back together.
fn opening() -> Bytes {
    let span = EVENTS_RETRY_MS_MAX - EVENTS_RETRY_MS_MIN;
    // Without random bytes they come back as late as they may.
    let random = getrandom::u64().map_or(span, |random| random % (span + 1));
    Bytes::from(format!("retry: {}\n\n", EVENTS_RETRY_MS_MIN + random))
}

/// The seq with which the JSON of an entry begins.
fn seq_of(entry: &[u8]) -> Option<Seq> {
    let number = entry.strip_prefix(br#"{"seq":"#)?;
    let end = number.iter().position(|byte| !byte.is_ascii_digit())?;
    let number = str::from_utf8(&number[..end]).ok()?;
    number.parse().ok().map(Seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_entry_is_read_from_its_json() {
        assert_eq!(seq_of(br#"{"seq":12,"prev":9}"#), Some(Seq(12)));
        for other in [&br#"{"prev":9}"#[..], br#"{"seq":"#, br#"{"seq":,}"#, b""] {
            assert_eq!(seq_of(other), None);
        }
    }

    #[test]
    fn clients_come_back_at_different_times_within_bounds() {
        let times: Vec<u64> = (0..20)
            .map(|_| {
                let opening = opening();
                let text = str::from_utf8(&opening).unwrap();
                text.trim()
                    .strip_prefix("retry: ")
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        let bounds = EVENTS_RETRY_MS_MIN..=EVENTS_RETRY_MS_MAX;
        assert!(times.iter().all(|time| bounds.contains(time)), "{times:?}");
        assert!(times.iter().any(|time| *time != times[0]));
    }
}
