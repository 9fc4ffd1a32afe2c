//! The floor: one thread, one epoll set, and for each connection one write of all that is pending.
//!
//! Everyone tails one buffer of frames, in memory and never shortened. `/ws/ROOM?replay` starts at its beginning: what
//! a storm of reconnects costs when nothing has to be looked up.

use std::{
    collections::HashMap,
    io::{ErrorKind, Read, Write},
};

use anyhow::Context;
use mio::{
    Events, Interest, Poll, Registry, Token,
    net::{TcpListener, TcpStream},
};

use crate::{frames, handshake};

const LISTENER: Token = Token(usize::MAX);
const EVENTS_MAX: usize = 1024;
const READ_BYTES_MAX: usize = 256 * 1024;

/// One connection.
struct Line {
    socket: TcpStream,
    /// Received, and not yet a whole request or frame.
    received: Vec<u8>,
    /// The room it tails, and from which byte on; none before the handshake.
    place: Option<(usize, usize)>,
}

/// One room.
#[derive(Default)]
struct Room {
    members: Vec<usize>,
    frames: Vec<u8>,
    /// How much of that the members were offered.
    published: usize,
}

struct Floor {
    lines: HashMap<usize, Line>,
    names: HashMap<String, usize>,
    rooms: Vec<Room>,
    next: usize,
    scratch: Vec<u8>,
}

/// The other side is gone.
struct Gone;

pub(super) fn serve() -> anyhow::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("http://{}/", listener.local_addr()?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_MAX);
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut floor = Floor {
        lines: HashMap::new(),
        names: HashMap::new(),
        rooms: Vec::new(),
        next: 0,
        scratch: vec![0; READ_BYTES_MAX],
    };
    loop {
        match poll.poll(&mut events, None) {
            // A debugger that comes interrupts the wait.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            if event.token() == LISTENER {
                floor.accept(&listener, poll.registry())?;
            } else if floor.serve(event.token().0).is_err() {
                floor.drop_line(event.token().0);
            }
        }
        floor.publish();
    }
}

impl Floor {
    fn accept(&mut self, listener: &TcpListener, registry: &Registry) -> anyhow::Result<()> {
        loop {
            let mut socket = match listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("cannot accept"),
            };
            socket.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            registry.register(&mut socket, Token(self.next), both)?;
            let line = Line {
                socket,
                received: Vec::new(),
                place: None,
            };
            self.lines.insert(self.next, line);
            self.next += 1;
        }
    }

    /// Reads what came and writes what was left over.
    fn serve(&mut self, index: usize) -> Result<(), Gone> {
        let Some(line) = self.lines.get_mut(&index) else {
            return Ok(());
        };
        line.read(&mut self.scratch)?;
        if line.place.is_none() {
            let Some(head) = handshake::head_bytes(&line.received) else {
                return Ok(());
            };
            let request: Vec<u8> = line.received.drain(..head).collect();
            let (name, replay) = asked_for(&request).ok_or(Gone)?;
            let number = *self.names.entry(name).or_insert_with(|| {
                self.rooms.push(Room::default());
                self.rooms.len() - 1
            });
            let room = self.rooms.get_mut(number).ok_or(Gone)?;
            let from = if replay { 0 } else { room.frames.len() };
            // A new socket takes so little at once.
            line.socket
                .write_all(handshake::ANSWER.as_bytes())
                .map_err(|_| Gone)?;
            line.place = Some((number, from));
            room.members.push(index);
        }
        let (number, _) = line.place.ok_or(Gone)?;
        let room = self.rooms.get_mut(number).ok_or(Gone)?;
        line.hear(&mut room.frames)?;
        line.tail(room.published, &room.frames)
    }

    /// Offers everyone what came in this turn.
    fn publish(&mut self) {
        let mut gone = Vec::new();
        for room in &mut self.rooms {
            if room.published == room.frames.len() {
                continue;
            }
            room.published = room.frames.len();
            for index in &room.members {
                let line = self.lines.get_mut(index);
                if line.is_some_and(|line| line.tail(room.published, &room.frames).is_err()) {
                    gone.push(*index);
                }
            }
        }
        for index in gone {
            self.drop_line(index);
        }
    }

    fn drop_line(&mut self, index: usize) {
        let place = self.lines.remove(&index).and_then(|line| line.place);
        if let Some(room) = place.and_then(|(room, _)| self.rooms.get_mut(room)) {
            room.members.retain(|member| *member != index);
        }
    }
}

impl Line {
    fn read(&mut self, scratch: &mut [u8]) -> Result<(), Gone> {
        loop {
            match self.socket.read(scratch) {
                Ok(0) => return Err(Gone),
                Ok(count) => self.received.extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(Gone),
            }
        }
    }

    /// Puts what was said in whole frames at the room's end.
    fn hear(&mut self, room: &mut Vec<u8>) -> Result<(), Gone> {
        let mut read = 0;
        while let Some(frame) = frames::next(&self.received[read..]) {
            read += frame.bytes;
            match frame.opcode {
                frames::TEXT => {
                    let mask = frame.mask.unwrap_or_default();
                    let masks = mask.iter().cycle();
                    let text = frame.payload.iter().zip(masks);
                    let text: Vec<u8> = text.map(|(byte, mask)| byte ^ mask).collect();
                    frames::put_server_text(room, &text);
                }
                frames::CLOSE => return Err(Gone),
                _ => {}
            }
        }
        self.received.drain(..read);
        Ok(())
    }

    /// Writes up to `end` what the system takes.
    fn tail(&mut self, end: usize, frames: &[u8]) -> Result<(), Gone> {
        let Some((_, at)) = &mut self.place else {
            return Ok(());
        };
        while *at < end {
            match self.socket.write(&frames[*at..end]) {
                Ok(count) => *at += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }
}

/// The room in a request, and whether it is wanted from its beginning.
fn asked_for(request: &[u8]) -> Option<(String, bool)> {
    let text = std::str::from_utf8(request).ok()?;
    let path = text.strip_prefix("GET /ws/")?.split(' ').next()?;
    match path.split_once('?') {
        Some((room, _)) => Some((room.to_owned(), true)),
        None => Some((path.to_owned(), false)),
    }
}
