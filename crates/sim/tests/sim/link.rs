//! A link: the network between a client and the server for one connection, and how it breaks.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use parlor_server::sim::{Connection, Received};
use parlor_shared::{RoomId, Seq, ServerMessage};

use crate::{oracle::Violation, socket::SimSocket};

/// Something in transit to the server.
#[derive(Debug)]
pub(crate) enum ToServer {
    Frame(Received),
    End,
}

/// Something in transit to the client.
#[derive(Debug)]
pub(crate) enum ToClient {
    /// Part of the stream of frames, cut anywhere.
    Bytes(Bytes),
    End,
}

/// A frame that has arrived at the client in full.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(String),
    Ping,
    Pong,
    /// A close frame with its code.
    Close(u16),
}

/// Whether what is sent on a link arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    /// A part of what was in transit when the link broke arrives, and nothing sent later.
    Broken,
    /// Nothing arrives, and neither end is told.
    Silent,
    /// What the server sends arrives, and nothing that the client sends.
    Mute,
}

/// One connection between a client and the server.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    /// The node that it leads to.
    pub(crate) node: usize,
    /// The server's end, while it is open.
    pub(crate) server_end: Option<Connection>,
    pub(crate) socket: SimSocket,
    pub(crate) health: Health,
    /// When it stopped being good.
    pub(crate) broken_ms: Option<u64>,
    /// Whether the client was not given an entry that arrived.
    pub(crate) has_lost_entry: bool,
    pub(crate) to_server: VecDeque<ToServer>,
    pub(crate) to_client: VecDeque<ToClient>,
    /// When the last of them arrives. What is sent later arrives later: a link keeps the order.
    pub(crate) to_server_arrives_ms: u64,
    pub(crate) to_client_arrives_ms: u64,
    pub(crate) latency_ms: u64,
    /// How much longer a KiB takes where the client reads slowly.
    pub(crate) ms_per_kib: u64,
    /// When a frame last arrived at the server.
    pub(crate) received_ms: u64,
    /// When the server's timer is scheduled.
    pub(crate) timer_ms: Option<u64>,
    /// When the server last had a frame that it has read wait for its tokens.
    pub(crate) delayed_ms: u64,
    /// Whether the server's next write is scheduled.
    pub(crate) write_due: bool,
    /// Whether the end of the socket's stall is scheduled.
    pub(crate) resume_due: bool,
    /// The newest entry of each room that was received, or the position where its tail starts.
    tails: BTreeMap<RoomId, Seq>,
    /// Bytes of frames that the client has not read.
    unread: Vec<u8>,
}

impl Link {
    pub(crate) fn new(client: usize, node: usize, now_ms: u64, socket: SimSocket) -> Self {
        Self {
            client,
            node,
            server_end: None,
            socket,
            health: Health::Good,
            broken_ms: None,
            has_lost_entry: false,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            to_server_arrives_ms: now_ms,
            to_client_arrives_ms: now_ms,
            latency_ms: 0,
            ms_per_kib: 0,
            received_ms: now_ms,
            timer_ms: None,
            delayed_ms: now_ms,
            write_due: false,
            resume_due: false,
            tails: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    /// Breaks the link.
    pub(crate) fn fail(&mut self, health: Health, now_ms: u64) {
        self.health = health;
        self.broken_ms.get_or_insert(now_ms);
    }

    /// Checks that the server sends each room's entries without a gap. The session would recover
    /// from one, which must not be needed.
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

    /// Takes bytes that have arrived at the client.
    pub(crate) fn arrived(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next frame, if it has arrived in full.
    ///
    /// # Errors
    /// The bytes are no frame that a server sends.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, Violation> {
        let Some(size) = FrameSize::of(&self.unread) else {
            return Ok(None);
        };
        let end = size.header + size.payload;
        if self.unread.len() < end {
            return Ok(None);
        }
        let first_byte = self.unread[0];
        let payload = self.unread[size.header..end].to_vec();
        self.unread.drain(..end);
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
    /// The first frame's; `None` until its header is complete.
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
