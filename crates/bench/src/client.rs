//! One client of the load: its socket, its handshake, and what it has received.

use std::{
    io::{self, ErrorKind, Write},
    net::Ipv4Addr,
    ops::ControlFlow,
    time::Instant,
};

use mio::net::TcpStream;
use parlor_shared::{MemberId, Position, Seq, ServerMessage, Token, codec};

use crate::{
    frames, handshake,
    ledger::Ledger,
    operation::Operation,
    protocol::Protocol,
    recorder::Recorder,
    socket_io::{self, Packet},
};

/// How far a client's connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Without a connection.
    Disconnected,
    /// Connecting, and waiting for the answer to the upgrade request.
    Handshaking,
    /// Has sent hello and join.
    Joining,
    /// At the head of its room.
    Live,
}

pub(crate) struct Client {
    /// The index of its room.
    pub(crate) room: usize,
    pub(crate) stage: Stage,
    /// How many of its room's entries it has received.
    pub(crate) received_entries: usize,
    /// Whether it has stopped reading.
    pub(crate) is_stalled: bool,
    pub(crate) socket: Option<TcpStream>,
    pub(crate) to_send: Vec<u8>,
    /// Whether it is the one that posts in its room.
    pub(crate) is_author: bool,
    /// The address that it connects from; any, if none is named.
    pub(crate) source: Option<Ipv4Addr>,
    protocol: Protocol,
    token: Option<Token>,
    /// Who the server says it is.
    pub(crate) member: Option<MemberId>,
    /// What it has asked and was not answered yet.
    asked: Vec<Request>,
    /// Bytes received that are not a whole response or frame yet.
    unparsed: Vec<u8>,
}

/// A request, and how its answer is known.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// When it was due.
    pub(crate) due: Instant,
    pub(crate) frame: Vec<u8>,
    /// How the text of its answer begins.
    pub(crate) answer: String,
    /// What is sent once it is answered.
    pub(crate) afterwards: Vec<u8>,
}

impl Request {
    fn is_answered_by(&self, text: &[u8]) -> bool {
        text.starts_with(self.answer.as_bytes())
    }
}

impl Client {
    pub(crate) fn new(protocol: Protocol, room: usize, is_author: bool) -> Self {
        Self {
            room,
            stage: Stage::Disconnected,
            received_entries: 0,
            is_stalled: false,
            socket: None,
            to_send: Vec::new(),
            is_author,
            source: None,
            protocol,
            token: None,
            member: None,
            asked: Vec::new(),
            unparsed: Vec::new(),
        }
    }

    /// Takes a socket that is being connected, and the upgrade request to send on it.
    pub(crate) fn connect(&mut self, socket: TcpStream, upgrade_request: String) {
        self.socket = Some(socket);
        self.to_send = upgrade_request.into_bytes();
        self.stage = Stage::Handshaking;
    }

    /// Closes the socket without a close frame.
    pub(crate) fn disconnect(&mut self) {
        self.socket = None;
        self.stage = Stage::Disconnected;
        self.to_send = Vec::new();
        self.unparsed = Vec::new();
    }

    /// Writes as much of `to_send` as the socket accepts.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else {
            return Ok(());
        };
        while !self.to_send.is_empty() {
            match socket.write(&self.to_send) {
                Ok(count) => {
                    self.to_send.drain(..count);
                }
                Err(error) if is_not_ready(&error) => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends a request. Of typing only the last is waited for: the server need not tell each.
    pub(crate) fn ask(&mut self, request: Request) -> io::Result<()> {
        if request.operation == Operation::Typing {
            self.asked.retain(|one| one.operation != Operation::Typing);
        }
        self.to_send.extend_from_slice(&request.frame);
        self.asked.push(request);
        self.flush()
    }

    /// How many requests were not answered yet that have to be.
    pub(crate) fn unanswered(&self) -> usize {
        let asked = self.asked.iter();
        asked
            .filter(|one| one.operation != Operation::Typing)
            .count()
    }

    /// Handles received bytes. Breaks when the server has refused or closed the connection.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        now: Instant,
        ledger: &mut Ledger,
        recorder: &mut Recorder,
    ) -> ControlFlow<()> {
        if self.unparsed.is_empty() {
            return self.parse(bytes, now, ledger, recorder);
        }
        let mut all = std::mem::take(&mut self.unparsed);
        all.extend_from_slice(bytes);
        self.parse(&all, now, ledger, recorder)
    }

    fn parse(
        &mut self,
        mut bytes: &[u8],
        now: Instant,
        ledger: &mut Ledger,
        recorder: &mut Recorder,
    ) -> ControlFlow<()> {
        if self.stage == Stage::Handshaking {
            let Some(head) = handshake::head_bytes(bytes) else {
                self.unparsed.extend_from_slice(bytes);
                return ControlFlow::Continue(());
            };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                return ControlFlow::Break(());
            }
            bytes = &bytes[head..];
            self.join(ledger, recorder);
        }
        while let Some(frame) = frames::next(bytes) {
            match frame.opcode {
                frames::TEXT => self.receive_text(frame.payload, now, ledger, recorder),
                frames::PING => frames::put_pong(&mut self.to_send, frame.payload),
                frames::CLOSE => return ControlFlow::Break(()),
                _ => {}
            }
            bytes = &bytes[frame.bytes..];
        }
        self.unparsed.extend_from_slice(bytes);
        ControlFlow::Continue(())
    }

    fn join(&mut self, ledger: &Ledger, recorder: &Recorder) {
        self.stage = match self.protocol {
            Protocol::Relay => Stage::Live,
            // The server speaks first.
            Protocol::SocketIo => Stage::Joining,
            Protocol::Parlor => {
                // A client that was connected before resumes after its last entry, or from the
                // beginning if it has none.
                let last = self.received_entries.checked_sub(1);
                let seq = Seq(last.and_then(|index| ledger.seq(index)).unwrap_or(0));
                let epoch = recorder.epoch.filter(|_| self.token.is_some());
                let after = epoch.map(|epoch| Position { epoch, seq });
                let token = self.token.clone();
                self.protocol
                    .put_join(&ledger.room, token, after, &mut self.to_send);
                Stage::Joining
            }
        };
    }

    fn receive_text(
        &mut self,
        text: &[u8],
        now: Instant,
        ledger: &mut Ledger,
        recorder: &mut Recorder,
    ) {
        let relayed = match self.protocol {
            Protocol::SocketIo => self.receive_packet(text),
            Protocol::Parlor | Protocol::Relay => Some(text),
        };
        let Some(text) = relayed else {
            return;
        };
        if let Some(seq) = self.protocol.entry_seq(&ledger.room, text) {
            if !ledger.has_others || Protocol::is_own_entry(text) {
                self.receive_entry(seq, now, ledger, recorder);
            }
            return;
        }
        if let Some(at) = self.asked.iter().position(|one| one.is_answered_by(text)) {
            let request = self.asked.remove(at);
            if let Some(operations) = &mut recorder.operations {
                operations.record_answer(request.operation, request.due, now);
            }
            self.to_send.extend_from_slice(&request.afterwards);
            return;
        }
        // A live client ignores what is neither an entry, nor a refusal, nor the history it asked
        // for.
        let handled: [&[u8]; 2] = [br#"{"type":"error""#, br#"{"type":"history""#];
        if self.stage == Stage::Live && !handled.iter().any(|start| text.starts_with(start)) {
            return;
        }
        let message = std::str::from_utf8(text)
            .ok()
            .and_then(|text| codec::decode_server(text).ok());
        match message {
            Some(ServerMessage::Welcome {
                token,
                epoch,
                member,
                ..
            }) => {
                self.token = Some(token);
                self.member = Some(member);
                recorder.epoch = Some(epoch);
            }
            Some(ServerMessage::History { entries, .. }) => recorder.history_page = Some(entries),
            Some(ServerMessage::Present { .. }) => self.stage = Stage::Live,
            Some(ServerMessage::Error(refusal)) => {
                recorder.faults.refused += 1;
                recorder.first_refusal.get_or_insert(refusal.message);
            }
            _ => {}
        }
    }

    /// What was relayed in one of socket.io's packets, if it is such a one.
    fn receive_packet<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        match socket_io::parse(text) {
            Packet::Open => frames::put_text(&mut self.to_send, socket_io::CONNECT),
            Packet::Connected => self.stage = Stage::Live,
            Packet::Ping => frames::put_text(&mut self.to_send, socket_io::PONG),
            Packet::Relayed(json) => return Some(json),
            Packet::Other => {}
        }
        None
    }

    fn receive_entry(
        &mut self,
        seq: u64,
        now: Instant,
        ledger: &mut Ledger,
        recorder: &mut Recorder,
    ) {
        let index = self.received_entries;
        let Some(due) = ledger.record_delivery(index, seq, &mut recorder.faults) else {
            return;
        };
        self.received_entries += 1;
        if ledger.is_timed {
            recorder.delivery.record(due, now);
        }
        if self.is_author {
            ledger.record_durable(self.received_entries);
            if ledger.is_timed {
                recorder.durability.record(due, now);
            }
            let operation = ledger.operation(index);
            if let (Some(operations), Some(operation)) = (&mut recorder.operations, operation) {
                operations.record_answer(operation, due, now);
            }
        }
    }
}

/// Whether a write failed only because the socket is not connected yet, or its buffer is full.
pub(crate) fn is_not_ready(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::NotConnected
    )
}
