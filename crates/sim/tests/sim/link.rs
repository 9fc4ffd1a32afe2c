//! One connection's line: what is on its way, in both directions, and how it breaks.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use parlor_server::sim::Connection;
use parlor_shared::{RoomId, Seq, ServerMessage};

use crate::oracle::Violation;

/// What is on its way to the server.
#[derive(Debug)]
pub(crate) enum ToServer {
    Frame(String),
    End,
}

/// What is on its way to the program.
#[derive(Debug)]
pub(crate) enum ToClient {
    /// Part of a stream of frames.
    Bytes(Bytes),
    /// The end, with the code of a close frame where there was one.
    End(Option<u16>),
}

/// Whether what is said on a line arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    /// What was on its way when it broke arrives in part; nothing said after.
    Violation,
    /// Nothing arrives, and nobody is told.
    Silent,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    /// The server's end, while it is open.
    pub(crate) server_end: Option<Connection>,
    pub(crate) health: Health,
    pub(crate) up: VecDeque<ToServer>,
    pub(crate) down: VecDeque<ToClient>,
    /// When the last of them arrives: a line keeps the order.
    pub(crate) to_server_arrives_ms: u64,
    pub(crate) to_client_arrives_ms: u64,
    pub(crate) latency_ms: u64,
    /// What a byte more costs, for a slow reader.
    pub(crate) ms_per_kib: u64,
    pub(crate) write_due: bool,
    /// For each room the newest entry that came, or where its tail starts.
    tails: BTreeMap<RoomId, Seq>,
    frames: Vec<u8>,
}

impl Link {
    pub(crate) fn new(client: usize, now_ms: u64, latency_ms: u64) -> Self {
        Self {
            client,
            server_end: None,
            health: Health::Good,
            up: VecDeque::new(),
            down: VecDeque::new(),
            to_server_arrives_ms: now_ms,
            to_client_arrives_ms: now_ms,
            latency_ms,
            ms_per_kib: 0,
            write_due: false,
            tails: BTreeMap::new(),
            frames: Vec::new(),
        }
    }

    /// Bytes on their way to the program.
    pub(crate) fn bytes_to_client(&self) -> u64 {
        let length = |down: &ToClient| match down {
            ToClient::Bytes(bytes) => bytes.len() as u64,
            ToClient::End(_) => 0,
        };
        self.down.iter().map(length).sum()
    }

    /// Holds what the server says against what it said before: a session would mend a gap, but there is none to mend.
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

    /// The texts of the frames that are whole once these bytes are there; the rest is kept.
    pub(crate) fn arrived(&mut self, bytes: &[u8]) -> Vec<String> {
        self.frames.extend_from_slice(bytes);
        let mut texts = Vec::new();
        while let Some((header, length)) = frame_size(&self.frames) {
            let end = header + length;
            if self.frames.len() < end {
                break;
            }
            texts.push(String::from_utf8(self.frames[header..end].to_vec()).unwrap());
            self.frames.drain(..end);
        }
        texts
    }
}

/// The sizes of the first frame's header and content (RFC 6455, section 5.2), once the header is there.
fn frame_size(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes.get(1)? {
        126 => {
            let length = bytes.get(2..4)?.try_into().ok()?;
            Some((4, u16::from_be_bytes(length).into()))
        }
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            Some((10, u64::from_be_bytes(length) as usize))
        }
        short => Some((2, short.into())),
    }
}
