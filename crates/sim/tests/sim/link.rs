//! A link: the network between a client and the server for one connection, and how it breaks.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use parlor_server::sim::Connection;
use parlor_shared::{RoomId, Seq, ServerMessage};

use crate::oracle::Violation;

/// Something in transit to the server.
#[derive(Debug)]
pub(crate) enum ToServer {
    Frame(String),
    End,
}

/// Something in transit to the client.
#[derive(Debug)]
pub(crate) enum ToClient {
    /// Part of the stream of frames, cut anywhere.
    Bytes(Bytes),
    /// The end, with the code of the close frame if there was one.
    End(Option<u16>),
}

/// Whether what is sent on a link arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    /// A part of what was in transit when the link broke arrives, and nothing sent later.
    Broken,
    /// Nothing arrives, and neither end is told.
    Silent,
}

/// One connection between a client and the server.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    /// The server's end, while it is open.
    pub(crate) server_end: Option<Connection>,
    pub(crate) health: Health,
    pub(crate) to_server: VecDeque<ToServer>,
    pub(crate) to_client: VecDeque<ToClient>,
    /// When the last of them arrives. What is sent later arrives later: a link keeps the order.
    pub(crate) to_server_arrives_ms: u64,
    pub(crate) to_client_arrives_ms: u64,
    pub(crate) latency_ms: u64,
    /// How much longer a KiB takes where the client reads slowly.
    pub(crate) ms_per_kib: u64,
    /// Whether the server's next write is scheduled.
    pub(crate) write_due: bool,
    /// The newest entry of each room that was received, or the position where its tail starts.
    tails: BTreeMap<RoomId, Seq>,
    /// Bytes of a frame that has not arrived in full.
    partial_frame: Vec<u8>,
}

impl Link {
    pub(crate) fn new(client: usize, now_ms: u64, latency_ms: u64) -> Self {
        Self {
            client,
            server_end: None,
            health: Health::Good,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            to_server_arrives_ms: now_ms,
            to_client_arrives_ms: now_ms,
            latency_ms,
            ms_per_kib: 0,
            write_due: false,
            tails: BTreeMap::new(),
            partial_frame: Vec::new(),
        }
    }

    /// How many bytes are in transit to the client.
    pub(crate) fn bytes_to_client(&self) -> u64 {
        let length = |part: &ToClient| match part {
            ToClient::Bytes(bytes) => bytes.len() as u64,
            ToClient::End(_) => 0,
        };
        self.to_client.iter().map(length).sum()
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

    /// Takes bytes that have arrived; gives the texts of the frames that are complete with them.
    pub(crate) fn arrived(&mut self, bytes: &[u8]) -> Vec<String> {
        self.partial_frame.extend_from_slice(bytes);
        let mut texts = Vec::new();
        while let Some((header, length)) = frame_size(&self.partial_frame) {
            let end = header + length;
            if self.partial_frame.len() < end {
                break;
            }
            texts.push(String::from_utf8(self.partial_frame[header..end].to_vec()).unwrap());
            self.partial_frame.drain(..end);
        }
        texts
    }
}

/// The sizes of the first frame's header and payload (RFC 6455, section 5.2); `None` until the
/// header is complete.
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
