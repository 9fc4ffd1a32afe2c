//! One simulated connection: what is on its way in both directions, and how it breaks.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use parlor_server::sim::{Connection, Received};
use parlor_shared::{RoomId, Seq, ServerMessage};

use crate::{oracle::Violation, socket::SimSocket};

/// What is on its way to the server.
#[derive(Debug)]
pub(crate) enum ToServer {
    Frame(Received),
    End,
}

/// What is on its way to the client.
#[derive(Debug)]
pub(crate) enum ToClient {
    /// Part of a stream of frames.
    Bytes(Bytes),
    End,
}

/// A frame that the client has received whole.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(String),
    Ping,
    Pong,
    /// A close frame with its code.
    Close(u16),
}

/// Whether what is sent on a connection arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    /// Some of what was on its way when it broke arrives, and nothing that is sent later.
    Broken,
    /// Nothing arrives, and neither end is told.
    Silent,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    /// The server's end, while it is open.
    pub(crate) server_end: Option<Connection>,
    pub(crate) socket: SimSocket,
    pub(crate) health: Health,
    /// When it stopped being good.
    pub(crate) broken_ms: Option<u64>,
    pub(crate) up: VecDeque<ToServer>,
    pub(crate) down: VecDeque<ToClient>,
    /// When the last of them arrives: a connection keeps the order.
    pub(crate) to_server_arrives_ms: u64,
    pub(crate) to_client_arrives_ms: u64,
    pub(crate) latency_ms: u64,
    /// How long a KiB takes to a slow reader.
    pub(crate) ms_per_kib: u64,
    /// When something last reached the server.
    pub(crate) received_ms: u64,
    /// When the server's timer is due to be checked.
    pub(crate) timer_ms: Option<u64>,
    pub(crate) write_due: bool,
    pub(crate) resume_due: bool,
    /// For each room the newest entry that came, or where its tail starts.
    tails: BTreeMap<RoomId, Seq>,
    bytes: Vec<u8>,
}

impl Link {
    pub(crate) fn new(client: usize, now_ms: u64, latency_ms: u64, socket: SimSocket) -> Self {
        Self {
            client,
            server_end: None,
            socket,
            health: Health::Good,
            broken_ms: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            to_server_arrives_ms: now_ms,
            to_client_arrives_ms: now_ms,
            latency_ms,
            ms_per_kib: 0,
            received_ms: now_ms,
            timer_ms: None,
            write_due: false,
            resume_due: false,
            tails: BTreeMap::new(),
            bytes: Vec::new(),
        }
    }

    /// Breaks the connection.
    pub(crate) fn fail(&mut self, health: Health, now_ms: u64) {
        self.health = health;
        self.broken_ms.get_or_insert(now_ms);
    }

    /// Checks what the server sends against what it sent before: a session would repair a gap, but there must be none.
    pub(crate) fn check(&mut self, message: &ServerMessage) -> Result<(), Violation> {
        if let ServerMessage::Joined { room, after, .. } = message {
            self.tails.insert(room.clone(), *after);
        }
        let ServerMessage::Entry { room, entry } = message else {
            return Ok(());
        };
        match self.tails.insert(room.clone(), entry.seq) {
            Some(tail) if tail == entry.prev => Ok(()),
            Some(tail) => Err(format!(
                "the server sends {} of {room} (after {}) next to {tail}",
                entry.seq, entry.prev
            )),
            None => Err(format!(
                "the server sends entries of {room} before its joined"
            )),
        }
    }

    /// Takes in bytes that have arrived at the client.
    pub(crate) fn arrived(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame, if it has arrived whole.
    ///
    /// # Errors
    /// The bytes are no frame that a server sends.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, Violation> {
        let Some(size) = FrameSize::of(&self.bytes) else {
            return Ok(None);
        };
        let end = size.header + size.payload;
        if self.bytes.len() < end {
            return Ok(None);
        }
        let first_byte = self.bytes[0];
        let payload = self.bytes[size.header..end].to_vec();
        self.bytes.drain(..end);
        let frame = match (first_byte, payload.as_slice()) {
            (0x81, _) => String::from_utf8(payload).ok().map(Frame::Text),
            (0x88, [high, low, ..]) => Some(Frame::Close(u16::from_be_bytes([*high, *low]))),
            (0x89, _) => Some(Frame::Ping),
            (0x8A, _) => Some(Frame::Pong),
            _ => None,
        };
        frame
            .map(Some)
            .ok_or_else(|| format!("the server sends a frame that begins with {first_byte:#x}"))
    }
}

/// The sizes of a frame's parts (RFC 6455, section 5.2).
struct FrameSize {
    header: usize,
    payload: usize,
}

impl FrameSize {
    /// The first frame's, once its header is there.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (header, payload) = match *bytes.get(1)? {
            126 => {
                let length = bytes.get(2..4)?.try_into().ok()?;
                (4, u16::from_be_bytes(length).into())
            }
            127 => {
                let length = bytes.get(2..10)?.try_into().ok()?;
                (10, u64::from_be_bytes(length) as usize)
            }
            short => (2, short.into()),
        };
        Some(Self { header, payload })
    }
}
