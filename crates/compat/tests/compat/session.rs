//! The session of 0.1 against today's server, which is killed and started again.

use std::{
    env, fs,
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use parlor_session_frozen::{Event, Output, Session, SessionConfig};
use parlor_shared_frozen::{Body, ClientInfo, MessageId, Name, RoomId, ServerMessage, Text};
use parlor_test_server::{FREE_PORT, ServerProcess, command};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How many posts the program makes.
pub(crate) const POSTS: u64 = 200;
/// After how many acks the server is killed.
const KILLS: [usize; 2] = [30, 120];
/// The longest that a read waits, so that a timeout of the session is not missed.
const READ_TIMEOUT: Duration = Duration::from_millis(20);
/// The longest that the whole test may take.
const TIMEOUT: Duration = Duration::from_secs(60);

fn server(data: &Path, listen: SocketAddr) -> ServerProcess {
    let binary = env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    ServerProcess::spawn(&mut command(Path::new(&binary), data, listen)).unwrap()
}

/// What drives the frozen session: a socket, a clock, and a program that posts and reads.
struct Driver {
    session: Session,
    socket: Option<WebSocket<TcpStream>>,
    address: SocketAddr,
    started: Instant,
    /// The texts of the entries that the program was given.
    read: Vec<String>,
    acked: usize,
    /// What the session was called with, as [`crate::transcript`] reads it.
    calls: Vec<Value>,
}

impl Driver {
    fn start(address: SocketAddr) -> Self {
        let session = Session::new(SessionConfig {
            name: Name::parse("Old Heron").unwrap(),
            token: None,
            access: None,
            client: ClientInfo::default(),
            outbox: Vec::new(),
        });
        Self {
            session,
            socket: None,
            address,
            started: Instant::now(),
            read: Vec::new(),
            acked: 0,
            calls: Vec::new(),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    /// Does what the session asks for.
    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.connect(),
                Output::Send(frame) => {
                    let socket = self.socket.as_mut();
                    let sent = socket.map(|socket| socket.send(Message::text(frame)));
                    if !matches!(sent, Some(Ok(()))) {
                        self.lose(None);
                    }
                }
                Output::Close => self.socket = None,
                Output::Event(event) => self.take(event),
            }
        }
    }

    fn connect(&mut self) {
        let opened = TcpStream::connect(self.address).ok().and_then(|stream| {
            stream.set_nodelay(true).ok()?;
            let url = format!("ws://{}/ws", self.address);
            let (socket, _) = tungstenite::client(url, stream).ok()?;
            socket.get_ref().set_read_timeout(Some(READ_TIMEOUT)).ok()?;
            Some(socket)
        });
        match opened {
            Some(socket) => {
                self.socket = Some(socket);
                self.calls.push(json!({ "call": "open" }));
                self.session.handle_open();
            }
            None => self.lose(None),
        }
    }

    fn lose(&mut self, code: Option<u16>) {
        self.socket = None;
        let now_ms = self.now_ms();
        self.calls
            .push(json!({ "call": "closed", "now_ms": now_ms, "code": code }));
        self.session.handle_closed(now_ms, code, 7);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Acked { .. } => self.acked += 1,
            Event::Message(ServerMessage::Entry { entry, .. }) => {
                let text = entry.body.text().unwrap();
                self.read.push(text.as_str().to_owned());
            }
            Event::PostRefused { refusal, .. } | Event::Refused(refusal) => {
                panic!("refused: {refusal:?}")
            }
            Event::Message(_)
            | Event::Status(_)
            | Event::Slowed { .. }
            | Event::RoundTrip { .. } => {}
        }
    }

    /// Reads a frame, or waits a little for one, and lets time pass.
    fn step(&mut self) {
        let now_ms = self.now_ms();
        match self.socket.as_mut().map(WebSocket::read) {
            Some(Ok(Message::Text(text))) => {
                self.calls
                    .push(json!({ "call": "frame", "now_ms": now_ms, "text": text.as_str() }));
                self.session.handle_frame(now_ms, &text, 7);
            }
            Some(Ok(Message::Close(frame))) => self.lose(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(tungstenite::Error::Io(error)))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Some(Err(_)) => self.lose(None),
            // Nothing can arrive before the session is due.
            None => std::thread::park_timeout(READ_TIMEOUT),
        }
        let now_ms = self.now_ms();
        if self.session.poll_timeout().is_some_and(|at| at <= now_ms) {
            self.calls
                .push(json!({ "call": "timeout", "now_ms": now_ms }));
            self.session.handle_timeout(now_ms, 7);
        }
        self.drain();
    }
}

/// The text of a post.
pub(crate) fn text(n: u64) -> String {
    format!("post {n}")
}

#[test]
fn a_client_of_0_1_reads_and_posts_everything_once_while_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let mut running = server(data.path(), FREE_PORT);
    let address = running.address();
    let lobby = RoomId::parse("lobby").unwrap();
    let mut driver = Driver::start(address);
    driver.session.join(&lobby);
    driver.session.start(0);
    for n in 0..POSTS {
        let body = Body::post(Text::parse(text(n)).unwrap());
        let id = MessageId::new(n + 1, [7; 10]);
        driver.session.post(&lobby, id, body).unwrap();
    }
    driver.drain();
    let mut kills = KILLS.into_iter().peekable();
    while driver.read.len() < POSTS as usize {
        driver.step();
        if kills.next_if(|after| driver.acked >= *after).is_some() {
            running.kill().unwrap();
            running = server(data.path(), address);
        }
        assert!(
            driver.started.elapsed() < TIMEOUT,
            "{} of {POSTS} read",
            driver.read.len()
        );
    }
    let posted: Vec<String> = (0..POSTS).map(text).collect();
    assert_eq!(driver.read, posted, "each once, in order");
    assert_eq!(driver.session.outbox().count(), 0);
    assert_eq!(kills.next(), None, "it was killed as often as it should");
    // What a new frozen version begins with (transcript.rs).
    let lines: Vec<String> = driver.calls.iter().map(Value::to_string).collect();
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("transcript.jsonl");
    fs::write(made, lines.join("\n") + "\n").unwrap();
}
