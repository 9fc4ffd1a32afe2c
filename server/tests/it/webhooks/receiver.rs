//! A program elsewhere that is sent entries: a real HTTP server, which answers as it is told.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::Entry;
use parlor_test_server::TestServer;
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::watch;

use crate::{access::run, client::PATIENCE};

/// Options of a server that may send to this machine.
pub(crate) const OPTIONS: [&str; 6] = [
    "--fetch-from",
    "127.0.0.1",
    "--rate-per-second",
    "0",
    "--connections-per-address",
    "0",
];

/// The folder of a server's log.
pub(crate) fn data(server: &TestServer) -> PathBuf {
    server.log_file().parent().unwrap().to_owned()
}

/// What was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Its entries, each with its room; none in a reset.
    pub(crate) fn entries(&self) -> Vec<(String, Entry)> {
        let json = self.json();
        let entries = json["data"]["entries"].as_array().into_iter().flatten();
        let of = |one: &Value| {
            let room = one["room"].as_str().unwrap().to_owned();
            (room, serde_json::from_value(one["entry"].clone()).unwrap())
        };
        entries.map(of).collect()
    }

    /// Checks that it is signed with this secret.
    pub(crate) fn check_signature(&self, secret: &str) {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
        let at = &self.headers["webhook-timestamp"];
        mac.update(format!("{}.{at}.{}", self.id(), self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(self.headers["webhook-signature"], expected);
        assert_eq!(self.headers["content-type"], "application/json");
    }
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status and these header lines, each with its line break.
    Status(u16, String),
    /// The connection stays open, and nothing comes.
    Nothing,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, String::new())
    }
}

/// A receiver, which answers 200 until it is told otherwise.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    count: watch::Receiver<usize>,
}

struct State {
    answer: Answer,
    received: Vec<Received>,
    /// Requests that are not answered.
    held: Vec<TcpStream>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            answer: Answer::status(200),
            received: Vec::new(),
            held: Vec::new(),
        }));
        let (counted, count) = watch::channel(0);
        let shared = state.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for tcp in listener.incoming() {
                if let Some(all) = serve(tcp.unwrap(), &shared) {
                    counted.send_replace(all);
                }
            }
        });
        Self {
            address,
            state,
            count,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// Waits until this many requests have come, and gives all of them.
    pub(crate) async fn requests(&mut self, count: usize) -> Vec<Received> {
        let reached = self.count.wait_for(|all| *all >= count);
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        drop(reached.unwrap_or_else(|_| panic!("{count} requests are sent")));
        self.received()
    }

    /// Waits until this many different entries have come in requests after the first so many, and
    /// gives them in the order in which they came first.
    pub(crate) async fn entries(&mut self, after: usize, count: usize) -> Vec<(String, Entry)> {
        for requests in after + 1.. {
            let received = self.requests(requests).await;
            let mut entries: Vec<(String, Entry)> = Vec::new();
            for (room, entry) in received[after..].iter().flat_map(Received::entries) {
                if entries.iter().all(|(_, known)| known.seq != entry.seq) {
                    entries.push((room, entry));
                }
            }
            if entries.len() >= count {
                return entries;
            }
        }
        unreachable!("it waits for the next request")
    }
}

/// Reads a request and answers it; gives how many there are by now.
fn serve(mut tcp: TcpStream, state: &Mutex<State>) -> Option<usize> {
    let mut reader = BufReader::new(tcp.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut state = state.lock().unwrap();
    state.received.push(Received {
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
    });
    let count = state.received.len();
    match state.answer.clone() {
        Answer::Nothing => state.held.push(tcp),
        Answer::Status(status, lines) => {
            let answer = format!("HTTP/1.1 {status} x\r\n{lines}content-length: 0\r\n\r\n");
            // The server may have given up.
            tcp.write_all(answer.as_bytes()).ok();
        }
    }
    Some(count)
}

/// A webhook that was made: its number and its secret.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) number: String,
    pub(crate) secret: String,
}

/// Makes a webhook that sends these rooms to this receiver.
pub(crate) fn add(data: &Path, receiver: &Receiver, rooms: &str) -> Made {
    add_from(data, receiver, rooms, "now")
}

/// The same from this place on.
pub(crate) fn add_from(data: &Path, receiver: &Receiver, rooms: &str, from: &str) -> Made {
    let url = receiver.url();
    let said = run(
        data,
        &["webhook", "add", &url, "--room", rooms, "--from", from],
    );
    let number = said.split(' ').nth(1).unwrap().to_owned();
    let secret = said
        .split_whitespace()
        .find(|word| word.starts_with("whsec_"));
    Made {
        number,
        secret: secret.unwrap().to_owned(),
    }
}

/// The line of a webhook in the list.
pub(crate) fn listed(data: &Path, made: &Made) -> String {
    let list = run(data, &["webhook", "list"]);
    let start = format!("{}: ", made.number);
    let line = list.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("{list}")).to_owned()
}

/// Waits until the list says this of a webhook.
pub(crate) async fn until_listed(data: &Path, made: &Made, part: &str) -> String {
    let listing = async {
        loop {
            let line = listed(data, made);
            if line.contains(part) {
                return line;
            }
            tokio::task::yield_now().await;
        }
    };
    let listing = tokio::time::timeout(PATIENCE, listing).await;
    listing.unwrap_or_else(|_| panic!("{part} is not said: {}", listed(data, made)))
}
