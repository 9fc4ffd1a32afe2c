//! A client that follows one room over HTTP: by a stream of events, which it resumes with
//! `Last-Event-ID`, or by requests that wait for what comes next.

use std::{net::SocketAddr, time::Duration};

use http_body_util::BodyExt;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::RETRY_AFTER,
};
use parlor_client::{Entry, MemberId, Position, Seq, Token};
use parlor_test_server::http::{self, EventStream, StreamedEvent};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout},
};

use crate::{
    client::Shared,
    follower::Follower,
    phase::Phase,
    record::{ClientKind, Record},
    rng::{self, Rng},
    stats::Fault,
};

/// How long a request may take: more than the server waits for an entry.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);
/// A stream without an event for longer is given up. The server sends a comment every 15 s, and
/// the rooms are busy.
const STREAM_TIMEOUT: Duration = Duration::from_secs(20);
/// The most that a client waits when the server says when to come back.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(2);
/// The time until a request that was not answered is repeated: less than clients are asked for, so
/// that they come back often.
const RETRY_MS: std::ops::Range<u64> = 20..300;
/// The time between two actions of the client.
const ACT_INTERVAL_MS: std::ops::Range<u64> = 500..4_000;
/// How many entries a poll asks for, and how many seconds it waits.
const POLL: &str = "limit=100";
const POLL_WAITS: &str = "limit=100&wait=25";

/// How the client follows its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Stream,
    Poll,
}

impl Transport {
    fn kind(self) -> ClientKind {
        match self {
            Self::Stream => ClientKind::EventStream,
            Self::Poll => ClientKind::LongPoll,
        }
    }
}

/// Where requests are sent, and as whom.
struct Requests {
    proxy: SocketAddr,
    token: Option<Token>,
}

/// A client, which is a member of its own and reads.
pub(crate) struct HttpClient {
    rng: Rng,
    transport: Transport,
    follower: Follower,
    requests: Requests,
    /// The text that the server has given for its place.
    after: Option<String>,
    stream: Option<EventStream>,
    acts_at: Instant,
}

/// The answer to who becomes a member.
#[derive(Deserialize)]
struct NewMember {
    member: MemberId,
    token: Token,
}

/// A page of entries.
#[derive(Deserialize)]
struct Page {
    entries: Vec<Entry>,
    after: String,
}

/// A refusal.
#[derive(Deserialize)]
struct Problem {
    code: String,
    retry: bool,
}

impl Requests {
    /// Sends a request; `None` if it is not answered.
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> anyhow::Result<Option<Response<Incoming>>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", self.proxy.to_string());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.as_str()));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = timeout(ANSWER_TIMEOUT, http::send(self.proxy, request.body(body)?)).await;
        // No answer in time, or a connection that breaks, is what a cut link is to a client.
        Ok(sent.ok().and_then(Result::ok))
    }
}

impl HttpClient {
    pub(crate) fn new(number: usize, transport: Transport, seed: u64, shared: Shared) -> Self {
        Self {
            rng: rng::for_part(seed, number as u64 + 1),
            transport,
            requests: Requests {
                proxy: shared.proxy,
                token: None,
            },
            follower: Follower::new(shared, number, transport.kind()),
            after: None,
            stream: None,
            acts_at: Instant::now(),
        }
    }

    /// Runs through all phases; returns the record. Says to `drained` that its outbox is empty,
    /// since it has none.
    pub(crate) async fn run(
        mut self,
        mut phases: watch::Receiver<Phase>,
        drained: mpsc::Sender<()>,
    ) -> anyhow::Result<Record> {
        let mut has_drained = false;
        loop {
            let phase = phases.borrow_and_update().clone();
            match &phase {
                Phase::Drain if !has_drained => {
                    has_drained = true;
                    drained.send(()).await?;
                }
                Phase::CatchUp(heads) if self.follower.has_received(heads) => {
                    return Ok(self.follower.finish());
                }
                Phase::TimedOut => {
                    let after = self.after;
                    return Ok(self.follower.give_up(&format!("it asks after {after:?}")));
                }
                Phase::Chaos | Phase::Drain | Phase::CatchUp(_) => {}
            }
            tokio::select! {
                step = self.step(&phase) => step?,
                changed = phases.changed() => {
                    changed?;
                    // Its place is shown to the server that is running then.
                    self.stream = None;
                }
            }
        }
    }

    /// Makes a request and takes its answer, or takes the next event. Cancel safe: what was not
    /// taken is asked for again.
    async fn step(&mut self, phase: &Phase) -> anyhow::Result<()> {
        if *phase == Phase::Chaos && Instant::now() >= self.acts_at {
            self.act().await;
        }
        if self.requests.token.is_none() {
            return self.become_member().await;
        }
        match self.transport {
            Transport::Poll => self.poll(phase).await,
            Transport::Stream => self.listen(phase).await,
        }
    }

    /// Reads nothing for a while, so that the room's ring overtakes it, or comes back as a program
    /// does that was started again.
    async fn act(&mut self) {
        self.acts_at = Instant::now() + rng::millis(&mut self.rng, ACT_INTERVAL_MS);
        if self.rng.bool() {
            let duration = rng::millis(&mut self.rng, 300..3_000);
            let what = format!("stops reading for {duration:?}");
            self.follower.count(Fault::ReaderStall, what);
            sleep(duration).await;
        } else {
            self.follower.count(Fault::Restart, "restarts");
            self.follower.come_back();
            self.stream = None;
        }
    }

    async fn become_member(&mut self) -> anyhow::Result<()> {
        let number = self.follower.record().client;
        let body = json!({"name": format!("Client {number}")}).to_string();
        let headers = [("content-type", "application/json")];
        let sent = self.requests.send("POST", "/members", &headers, body);
        let sent = sent.await?;
        let Some(made) = self.taken::<NewMember>(sent, StatusCode::CREATED).await else {
            return Ok(());
        };
        self.follower.record().members.insert(made.member);
        self.requests.token = Some(made.token);
        Ok(())
    }

    /// Asks for the next page, which comes once there is one.
    async fn poll(&mut self, phase: &Phase) -> anyhow::Result<()> {
        let parameters = match phase {
            Phase::Chaos | Phase::Drain => POLL_WAITS,
            Phase::CatchUp(_) | Phase::TimedOut => POLL,
        };
        let after = self.after.as_deref().unwrap_or("start");
        let room = self.follower.room();
        let path = format!("/rooms/{room}/entries?after={after}&{parameters}");
        let sent = self.requests.send("GET", &path, &[], String::new());
        let sent = sent.await?;
        let Some(page) = self.taken::<Page>(sent, StatusCode::OK).await else {
            return Ok(());
        };
        let position: Position = page.after.parse()?;
        self.follower.go_on(position.epoch, Seq::ZERO);
        for entry in page.entries {
            self.follower.receive(entry);
        }
        if self.follower.place() != Some(position) {
            let place = self.follower.place();
            let what = format!("a page ends at {place:?}, and goes on after {position}");
            self.follower.fail(what);
        }
        self.after = Some(page.after);
        Ok(())
    }

    /// Takes the next event, of a new stream if there is none.
    async fn listen(&mut self, phase: &Phase) -> anyhow::Result<()> {
        let Some(stream) = &mut self.stream else {
            return self.open(phase).await;
        };
        match timeout(STREAM_TIMEOUT, stream.next()).await {
            Ok(Some(event)) => self.on_event(event),
            // The stream has ended, or is dead.
            Ok(None) | Err(_) => self.stream = None,
        }
        Ok(())
    }

    async fn open(&mut self, phase: &Phase) -> anyhow::Result<()> {
        let path = format!("/rooms/{}/entries?after=start", self.follower.room());
        let mut headers = vec![("accept", "text/event-stream")];
        if let Some(last) = &self.after {
            headers.push(("last-event-id", last));
        }
        let sent = self.requests.send("GET", &path, &headers, String::new());
        let Some(answer) = sent.await? else {
            self.pause().await;
            return Ok(());
        };
        if answer.status() != StatusCode::OK {
            self.on_refusal(answer).await;
            return Ok(());
        }
        self.follower.come_back();
        if let Phase::CatchUp(heads) = phase
            && let Some(head) = heads.get(self.follower.room())
        {
            // The server takes the place for one of its log, so nothing need come to say so.
            self.follower.go_on(head.epoch, Seq::ZERO);
        }
        self.stream = Some(EventStream::new(answer.into_body()));
        Ok(())
    }

    fn on_event(&mut self, event: StreamedEvent) {
        if event.name.as_deref() == Some("end") {
            self.stream = None;
            return match serde_json::from_str::<Problem>(&event.data) {
                Ok(problem) if problem.code == "reset" => self.start_over(),
                Ok(problem) if problem.retry => {}
                Ok(_) | Err(_) => self.follower.fail(format!("the stream ends: {event:?}")),
            };
        }
        let position = event.id.as_deref().map(str::parse::<Position>);
        match (position, serde_json::from_str::<Entry>(&event.data)) {
            (Some(Ok(position)), Ok(entry)) if position.seq == entry.seq => {
                self.follower.go_on(position.epoch, Seq::ZERO);
                self.follower.receive(entry);
                self.after = event.id;
            }
            (_, _) => self.follower.fail(format!("no entry: {event:?}")),
        }
    }

    /// What an answer with this status has; `None` if there is no whole one.
    async fn taken<T: DeserializeOwned>(
        &mut self,
        sent: Option<Response<Incoming>>,
        expected: StatusCode,
    ) -> Option<T> {
        let Some(answer) = sent else {
            self.pause().await;
            return None;
        };
        if answer.status() != expected {
            self.on_refusal(answer).await;
            return None;
        }
        let Some(body) = whole(answer).await else {
            self.pause().await;
            return None;
        };
        let read = serde_json::from_slice(&body);
        read.map_err(|error| {
            self.follower
                .fail(format!("an answer can't be read: {error}"))
        })
        .ok()
    }

    /// Does what a refusal says.
    async fn on_refusal(&mut self, answer: Response<Incoming>) {
        let after = answer.headers().get(RETRY_AFTER);
        let seconds = after.and_then(|after| after.to_str().ok()?.parse().ok());
        match answer.status() {
            StatusCode::GONE => self.start_over(),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                self.pause().await;
                sleep(Duration::from_secs(seconds.unwrap_or(0)).min(RETRY_AFTER_MAX)).await;
            }
            status => {
                let body = whole(answer).await.unwrap_or_default();
                let why = String::from_utf8_lossy(&body);
                self.follower.fail(format!("refused with {status}: {why}"));
                self.pause().await;
            }
        }
    }

    fn start_over(&mut self) {
        self.after = None;
        self.follower.start_over();
    }

    async fn pause(&mut self) {
        sleep(rng::millis(&mut self.rng, RETRY_MS)).await;
    }
}

/// The body of an answer; `None` if it breaks off or takes too long.
async fn whole(answer: Response<Incoming>) -> Option<Bytes> {
    let body = timeout(ANSWER_TIMEOUT, answer.into_body().collect()).await;
    Some(body.ok()?.ok()?.to_bytes())
}
