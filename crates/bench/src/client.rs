//! One client of the crowd.

use std::io::{self, ErrorKind, Write};

use mio::net::TcpStream;
use parlor_shared::{Position, Seq, ServerMessage, Token, codec};

use crate::{crowd::Ears, frames, handshake, talk::Talk};

/// How far a client has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Without a line.
    Out,
    /// Connecting, and asking for a WebSocket.
    Asking,
    /// Saying hello and joining its room.
    Joining,
    /// At the head of its room.
    Live,
}

/// Whether to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    More,
    End,
}

pub(crate) struct Client {
    pub(crate) room: usize,
    pub(crate) stage: Stage,
    /// How many of its room's entries it has.
    pub(crate) next: usize,
    /// It does not read.
    pub(crate) stalled: bool,
    pub(crate) socket: Option<TcpStream>,
    pub(crate) to_send: Vec<u8>,
    pub(crate) is_author: bool,
    token: Option<Token>,
    /// Received, and not yet a whole answer or frame.
    received: Vec<u8>,
}

impl Client {
    pub(crate) fn new(room: usize, is_author: bool) -> Self {
        Self {
            room,
            stage: Stage::Out,
            next: 0,
            stalled: false,
            socket: None,
            to_send: Vec::new(),
            is_author,
            token: None,
            received: Vec::new(),
        }
    }

    /// Takes a socket that is about to be connected, and what to ask for on it.
    pub(crate) fn connect(&mut self, socket: TcpStream, ask: String) {
        self.socket = Some(socket);
        self.to_send = ask.into_bytes();
        self.stage = Stage::Asking;
    }

    /// Cuts the line without a word.
    pub(crate) fn cut(&mut self) {
        self.socket = None;
        self.stage = Stage::Out;
        self.to_send = Vec::new();
        self.received = Vec::new();
    }

    /// Writes what there is to write, as far as the system takes it.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else {
            return Ok(());
        };
        while !self.to_send.is_empty() {
            match socket.write(&self.to_send) {
                Ok(count) => drop(self.to_send.drain(..count)),
                // Not connected yet, or full.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::NotConnected
                    ) =>
                {
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes what came.
    pub(crate) fn hear(&mut self, bytes: &[u8], ears: &mut Ears<'_>) -> Heard {
        if self.received.is_empty() {
            return self.hear_all(bytes, ears);
        }
        let mut all = std::mem::take(&mut self.received);
        all.extend_from_slice(bytes);
        self.hear_all(&all, ears)
    }

    fn hear_all(&mut self, mut bytes: &[u8], ears: &mut Ears<'_>) -> Heard {
        if self.stage == Stage::Asking {
            let Some(head) = handshake::head_bytes(bytes) else {
                self.received.extend_from_slice(bytes);
                return Heard::More;
            };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                return Heard::End;
            }
            bytes = &bytes[head..];
            self.greet(ears);
        }
        while let Some(frame) = frames::next(bytes) {
            match frame.opcode {
                frames::TEXT => self.hear_text(frame.payload, ears),
                frames::PING => frames::put_pong(&mut self.to_send, frame.payload),
                frames::CLOSE => return Heard::End,
                _ => {}
            }
            bytes = &bytes[frame.bytes..];
        }
        self.received.extend_from_slice(bytes);
        Heard::More
    }

    fn greet(&mut self, ears: &Ears<'_>) {
        self.stage = match ears.talk {
            Talk::Plain => Stage::Live,
            Talk::Parlor => {
                // One that was here before goes on after what it has, if only after the beginning.
                let last = self.next.checked_sub(1);
                let seq = Seq(last.and_then(|index| ears.book.seq(index)).unwrap_or(0));
                let epoch = ears.epoch.filter(|_| self.token.is_some());
                let after = epoch.map(|epoch| Position { epoch, seq });
                ears.talk.join(
                    &ears.book.room,
                    self.token.clone(),
                    after,
                    &mut self.to_send,
                );
                Stage::Joining
            }
        };
    }

    fn hear_text(&mut self, text: &[u8], ears: &mut Ears<'_>) {
        if let Some(seq) = ears.talk.seq(&ears.book.room, text) {
            if let Some(due) = ears.book.saw(self.next, seq, ears.faults) {
                self.next += 1;
                if ears.book.timed {
                    ears.delivery.record(due, ears.now);
                }
                if self.is_author {
                    ears.book.author_has(self.next);
                    if ears.book.timed {
                        ears.durability.record(due, ears.now);
                    }
                }
            }
            return;
        }
        // While it is live, all that matters besides entries is what it asked for, and what was refused.
        let answers: [&[u8]; 2] = [br#"{"type":"error""#, br#"{"type":"history""#];
        if self.stage == Stage::Live && !answers.iter().any(|answer| text.starts_with(answer)) {
            return;
        }
        let message = std::str::from_utf8(text)
            .ok()
            .and_then(|text| codec::decode_server(text).ok());
        match message {
            Some(ServerMessage::Welcome { token, epoch, .. }) => {
                self.token = Some(token);
                *ears.epoch = Some(epoch);
            }
            Some(ServerMessage::History { entries, .. }) => *ears.page = Some(entries),
            Some(ServerMessage::Present { .. }) => self.stage = Stage::Live,
            Some(ServerMessage::Error(refusal)) => {
                ears.faults.refused += 1;
                ears.complaint.get_or_insert(refusal.message);
            }
            _ => {}
        }
    }
}
