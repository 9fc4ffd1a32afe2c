//! The attackers' connections: each sends what its script says as fast as the server takes it, and
//! reads every answer. One that the server closes connects again at once.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::Context;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use parlor_shared::{ClientMessage, ServerMessage, codec};
use serde::Serialize;

use super::author::Author;
use crate::{client::is_not_ready, frames, handshake, protocol, source};

/// Bytes that are encoded ahead of what the socket accepts.
const AHEAD_BYTES: usize = 8 * 1024;
const READ_BYTES: usize = 256 * 1024;
const EVENTS_MAX: usize = 256;
/// How long a poll waits where no connection can be written to or read from.
const POLL: Duration = Duration::from_millis(5);

/// What a script did when it was asked for the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It appended one or more messages.
    Sent,
    /// It waits for answers.
    Wait,
    /// The connection is to be broken off and made again.
    Disconnect,
    /// The script has ended, and with it the flood.
    Done,
}

/// What a connection sends.
pub(super) trait Script {
    /// Appends the next message to `out`.
    fn put_next(&mut self, author: &mut Author, out: &mut Vec<u8>) -> Next;
}

/// What all attackers of a run together sent and got.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Traffic {
    /// Frames written to sockets. The server may have read fewer.
    pub(crate) sent: u64,
    /// Answers: own entries, pages, pongs, and what rooms were told of the attacker.
    pub(crate) answered: u64,
    pub(crate) refused: u64,
    /// Connections that the server closed or did not accept.
    pub(crate) closed: u64,
    pub(crate) bytes_out: u64,
    pub(crate) bytes_in: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Handshaking,
    Greeting,
    Attacking,
}

struct Connection {
    author: Author,
    script: Box<dyn Script>,
    socket: Option<TcpStream>,
    stage: Stage,
    can_read: bool,
    can_write: bool,
    to_send: Vec<u8>,
    unparsed: Vec<u8>,
}

/// Some connections from one address.
pub(super) struct Flood {
    poll: Poll,
    address: SocketAddr,
    source: Ipv4Addr,
    connections: Vec<Connection>,
    traffic: Traffic,
    scratch: Vec<u8>,
    has_ended: bool,
}

impl Flood {
    pub(super) fn new(address: SocketAddr, source: Ipv4Addr) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            address,
            source,
            connections: Vec::new(),
            traffic: Traffic::default(),
            scratch: vec![0; READ_BYTES],
            has_ended: false,
        })
    }

    pub(super) fn add(&mut self, author: Author, script: impl Script + 'static) {
        self.connections.push(Connection {
            author,
            script: Box::new(script),
            socket: None,
            stage: Stage::Handshaking,
            can_read: false,
            can_write: false,
            to_send: Vec::new(),
            unparsed: Vec::new(),
        });
    }

    /// Attacks until `until`, or until a script has ended.
    pub(super) fn run(&mut self, until: Instant) -> anyhow::Result<Traffic> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        while !self.has_ended && Instant::now() < until {
            let is_ready = |one: &Connection| one.can_read || one.can_write;
            let wait = match self.connections.iter().any(is_ready) {
                true => Duration::ZERO,
                false => POLL,
            };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
            for event in &events {
                if let Some(connection) = self.connections.get_mut(event.token().0) {
                    connection.can_read |= event.is_readable();
                    connection.can_write |= event.is_writable();
                }
            }
            for index in 0..self.connections.len() {
                self.serve(index)?;
            }
        }
        Ok(self.traffic)
    }

    /// Whether a script has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// How much all connections were answered.
    pub(super) fn answered(&self) -> u64 {
        self.traffic.answered
    }

    /// The token of the first connection, once the server has welcomed it.
    pub(super) fn token(&self) -> Option<parlor_shared::Token> {
        self.connections.first()?.author.token.clone()
    }

    fn serve(&mut self, index: usize) -> anyhow::Result<()> {
        let connection = self.connections.get_mut(index).context("no connection")?;
        if connection.socket.is_none() {
            let mut socket = source::connect_from(self.source, self.address)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            let registry = self.poll.registry();
            registry.register(&mut socket, Token(index), both)?;
            connection.begin(socket);
            return Ok(());
        }
        let read = connection.read(&mut self.scratch, &mut self.traffic);
        let next = match read {
            Ok(()) => connection.write(&mut self.traffic),
            Err(error) => Err(error),
        };
        match next {
            Ok(Next::Sent | Next::Wait) => {}
            Ok(Next::Done) => self.has_ended = true,
            Ok(Next::Disconnect) => connection.socket = None,
            Err(_) => {
                self.traffic.closed += 1;
                connection.socket = None;
            }
        }
        Ok(())
    }
}

impl Connection {
    fn begin(&mut self, socket: TcpStream) {
        self.socket = Some(socket);
        self.stage = Stage::Handshaking;
        (self.can_read, self.can_write) = (false, false);
        self.unparsed.clear();
        self.to_send = handshake::request("localhost", "/ws").into_bytes();
    }

    /// Reads once, so that every connection gets its share.
    fn read(&mut self, scratch: &mut [u8], traffic: &mut Traffic) -> io::Result<()> {
        let Some(socket) = self.socket.as_mut().filter(|_| self.can_read) else {
            return Ok(());
        };
        match socket.read(scratch) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                traffic.bytes_in += count as u64;
                let mut bytes = std::mem::take(&mut self.unparsed);
                bytes.extend_from_slice(&scratch[..count]);
                self.parse(&bytes, traffic)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.can_read = false;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn parse(&mut self, mut bytes: &[u8], traffic: &mut Traffic) -> io::Result<()> {
        if self.stage == Stage::Handshaking {
            let Some(head) = handshake::head_bytes(bytes) else {
                self.unparsed.extend_from_slice(bytes);
                return Ok(());
            };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                return Err(ErrorKind::ConnectionRefused.into());
            }
            bytes = &bytes[head..];
            self.stage = Stage::Greeting;
            self.author.put_hello(&mut self.to_send);
        }
        while let Some(frame) = frames::next(bytes) {
            match frame.opcode {
                frames::TEXT => self.receive(frame.payload, traffic),
                frames::PING => frames::put_pong(&mut self.to_send, frame.payload),
                frames::PONG => traffic.answered += 1,
                frames::CLOSE => return Err(ErrorKind::ConnectionAborted.into()),
                _ => {}
            }
            bytes = &bytes[frame.bytes..];
        }
        self.unparsed.extend_from_slice(bytes);
        Ok(())
    }

    /// Counts an answer by the beginning of its frame; decoding all would slow the attack down.
    fn receive(&mut self, text: &[u8], traffic: &mut Traffic) {
        let kind = text.strip_prefix(br#"{"type":""#).unwrap_or_default();
        let kind = kind.split(|byte| *byte == b'"').next().unwrap_or_default();
        match kind {
            b"welcome" => self.receive_welcome(text),
            b"error" => traffic.refused += 1,
            b"found" | b"joined" | b"history" | b"slice" | b"pong" | b"duplicate" => {
                self.author.has_found = kind == b"found" && !text.ends_with(br#""entries":[]}"#);
                self.count_answer(traffic);
            }
            b"typing" | b"presence" => self.count_answer(traffic),
            b"entry" if protocol::entry_id(text).is_some_and(|id| self.author.is_own_id(id)) => {
                self.count_answer(traffic);
            }
            _ => {}
        }
    }

    fn count_answer(&mut self, traffic: &mut Traffic) {
        self.author.answered += 1;
        traffic.answered += 1;
    }

    fn receive_welcome(&mut self, text: &[u8]) {
        let message = std::str::from_utf8(text).ok().map(codec::decode_server);
        let Some(Ok(ServerMessage::Welcome { token, epoch, .. })) = message else {
            return;
        };
        self.author.token = Some(token);
        self.author.epoch = Some(epoch);
        self.stage = Stage::Attacking;
        for room in self.author.rooms.clone() {
            let join = ClientMessage::Join { room, after: None };
            frames::put_text(&mut self.to_send, &codec::encode_client(&join));
        }
    }

    /// Writes once, having encoded the script's next messages if there is room for them.
    fn write(&mut self, traffic: &mut Traffic) -> io::Result<Next> {
        let mut next = Next::Sent;
        while self.stage == Stage::Attacking
            && self.to_send.len() < AHEAD_BYTES
            && next == Next::Sent
        {
            let before = self.to_send.len();
            next = self.script.put_next(&mut self.author, &mut self.to_send);
            if next == Next::Sent {
                self.author.sent = self.author.sent.wrapping_add(1);
                traffic.sent += frames::count(&self.to_send[before..]);
            }
        }
        let Some(socket) = self.socket.as_mut().filter(|_| self.can_write) else {
            return Ok(next);
        };
        if self.to_send.is_empty() {
            // What comes next is written at once, without an event.
            return Ok(next);
        }
        match socket.write(&self.to_send) {
            Ok(count) => {
                traffic.bytes_out += count as u64;
                self.to_send.drain(..count);
            }
            Err(error) if is_not_ready(&error) => {
                self.can_write = false;
            }
            Err(error) => return Err(error),
        }
        Ok(next)
    }
}
