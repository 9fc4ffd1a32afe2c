//! A session that writes down what it was called with and what it asked for: the traces that
//! clients in other languages are held against (crates/session/traces/README.md).

use std::{
    cell::Cell,
    collections::VecDeque,
    env, fs,
    ops::Deref,
    path::{Path, PathBuf},
    thread,
};

use parlor_session::{
    Event, NotJoined, NotOnline, OutboxFull, OutboxPost, Output, Session, SessionConfig, Status,
    StopReason,
};
use parlor_shared::{
    Access, AccessToken, Body, MessageId, Moderation, Name, Place, Position, RoomId, Seq, codec,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The variable with the folder for the traces. Without it none is written.
pub(crate) const FOLDER: &str = "PARLOR_TRACES";
/// A trace of more steps is not written: it fills a bound, and would be large.
const STEPS_MAX: usize = 400;

thread_local! {
    /// The sessions that the current test has made. Each test has a thread of its own.
    static SESSIONS: Cell<usize> = const { Cell::new(0) };
}

/// A [`Session`] with the same methods.
pub(crate) struct RecordedSession {
    session: Session,
    /// What it has asked for, and the test has not taken.
    outputs: VecDeque<Output>,
    config: Value,
    steps: Vec<Value>,
    number: usize,
}

impl Deref for RecordedSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// Methods that return nothing: their name, and what each argument is called in a trace.
macro_rules! recorded {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        pub(crate) fn $name(&mut self, $($argument: $type),*) {
            let arguments = json!({ $((stringify!($argument)): $argument),* });
            self.session.$name($($argument),*);
            self.record(stringify!($name), arguments);
        }
    )*};
}

/// The same for methods whose answer the program learns.
macro_rules! recorded_result {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        pub(crate) fn $name(&mut self, $($argument: $type),*) -> $result {
            let mut arguments = json!({ $((stringify!($argument)): $argument),* });
            let result = self.session.$name($($argument),*);
            arguments["fails"] = result.is_err().into();
            self.record(stringify!($name), arguments);
            result
        }
    )*};
}

impl RecordedSession {
    pub(crate) fn new(config: SessionConfig) -> Self {
        let number = SESSIONS.get() + 1;
        SESSIONS.set(number);
        Self {
            config: json!({
                "name": config.name,
                "token": config.token,
                "access": config.access,
                "client": config.client,
                "outbox": config.outbox,
            }),
            session: Session::new(config),
            outputs: VecDeque::new(),
            steps: Vec::new(),
            number,
        }
    }

    recorded! {
        start(now_ms: u64);
        stop();
        join(room: &RoomId);
        join_after(room: &RoomId, position: Position);
        leave(room: &RoomId);
        show(access: Access, now_ms: u64);
        renew(access: AccessToken);
        typing(room: &RoomId, now_ms: u64);
        rename(name: Name);
        probe(now_ms: u64);
        mark_seen(room: &RoomId, position: Position, now_ms: u64);
        flush_seen(now_ms: u64);
        handle_open();
        handle_closed(now_ms: u64, code: Option<u16>, random: u64);
        handle_timeout(now_ms: u64, random: u64);
    }

    recorded_result! {
        post(room: &RoomId, id: MessageId, body: Body) -> Result<(), OutboxFull>;
        history(room: &RoomId, before: Seq, limit: u16) -> Result<(), NotJoined>;
        slice(room: &RoomId, at: Place, limit: u16) -> Result<(), NotJoined>;
        search(room: &RoomId, text: &str) -> Result<(), NotJoined>;
        rooms(text: &str, after: Option<String>) -> Result<(), NotOnline>;
        moderate(request: Moderation) -> Result<(), NotOnline>;
    }

    pub(crate) fn discard(&mut self, id: MessageId) -> Option<OutboxPost> {
        let discarded = self.session.discard(id);
        self.record("discard", json!({ "id": id }));
        discarded
    }

    pub(crate) fn handle_frame(&mut self, now_ms: u64, text: &str, random: u64) {
        self.session.handle_frame(now_ms, text, random);
        let mut arguments = json!({ "now_ms": now_ms, "random": random });
        // As it is where it is an object, so that a person can read it.
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(frame) => arguments["frame"] = frame.into(),
            Err(_) => arguments["text"] = text.into(),
        }
        self.record("handle_frame", arguments);
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn record(&mut self, call: &str, arguments: Value) {
        let mut outputs = Vec::new();
        while let Some(output) = self.session.poll_output() {
            outputs.push(described(&output));
            self.outputs.push_back(output);
        }
        let mut step = json!({ "call": call });
        if let (Value::Object(step), Value::Object(arguments)) = (&mut step, arguments) {
            step.extend(arguments);
        }
        step["outputs"] = outputs.into();
        step["timeout_ms"] = json!(self.session.poll_timeout());
        self.steps.push(step);
    }

    /// The trace, with a step in each line.
    fn trace(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(line).collect();
        let outbox: Vec<_> = self.session.outbox().map(|post| post.id).collect();
        format!(
            "{{\"config\":{},\n\"steps\":[\n{}\n],\n\"outbox\":{}}}\n",
            line(&self.config),
            steps.join(",\n"),
            line(&outbox)
        )
    }

    fn write(&self, folder: &Path) {
        let thread = thread::current();
        let test = thread.name().unwrap_or_default().replace("::", "/");
        let number = match self.number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let file = folder.join(format!("{test}{number}.json"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, self.trace()).unwrap();
    }
}

impl Drop for RecordedSession {
    fn drop(&mut self) {
        let is_written = !thread::panicking() && self.steps.len() <= STEPS_MAX;
        if let Some(folder) = env::var_os(FOLDER).filter(|_| is_written) {
            self.write(&PathBuf::from(folder));
        }
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// What the driver is to do, as a trace has it.
fn described(output: &Output) -> Value {
    match output {
        Output::Connect => json!({ "do": "connect" }),
        Output::Send(frame) => {
            let frame: Value = serde_json::from_str(frame).unwrap();
            json!({ "do": "send", "frame": frame })
        }
        Output::Close => json!({ "do": "close" }),
        Output::Event(event) => {
            let mut event = described_event(event);
            event["do"] = "emit".into();
            event
        }
    }
}

/// What the program is told. A message is the frame that has just arrived, so it is not repeated.
fn described_event(event: &Event) -> Value {
    match event {
        Event::Status(status) => json!({ "event": "status", "status": described_status(*status) }),
        Event::Message(_) => json!({ "event": "message" }),
        Event::Acked { room, entry } => json!({ "event": "acked", "room": room, "id": entry.id }),
        Event::PostRefused { post, refusal } => {
            json!({ "event": "post_refused", "id": post.id, "code": refusal.code })
        }
        Event::Slowed { room, until_ms } => {
            json!({ "event": "slowed", "room": room, "until_ms": until_ms })
        }
        Event::Refused(refusal) => json!({ "event": "refused", "code": refusal.code }),
        Event::RoundTrip { ms } => json!({ "event": "round_trip", "ms": ms }),
    }
}

fn described_status(status: Status) -> Value {
    match status {
        Status::Stopped(StopReason::Asked) => json!({ "is": "stopped" }),
        Status::Stopped(StopReason::Closed(code)) => json!({ "is": "stopped", "closed": code }),
        Status::Stopped(StopReason::Refused(code)) => json!({ "is": "stopped", "refused": code }),
        Status::Connecting { attempt } => json!({ "is": "connecting", "attempt": attempt }),
        Status::Online => json!({ "is": "online" }),
        Status::Waiting { until_ms, attempt } => {
            json!({ "is": "waiting", "until_ms": until_ms, "attempt": attempt })
        }
    }
}

/// Frames are read and written by the codec alone, and a trace has them as they are.
#[test]
fn a_frame_in_a_trace_is_the_frame_that_was_sent() {
    let frame = r#"{"type":"ping","t":12}"#;
    let sent = described(&Output::Send(frame.to_owned()));
    let message = codec::decode_client(&line(&sent["frame"])).unwrap();
    assert_eq!(codec::encode_client(&message), frame);
}
