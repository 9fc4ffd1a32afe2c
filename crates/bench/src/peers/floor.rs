//! The floor: one thread, one epoll set, and for each connection one write of everything pending.
//!
//! All clients of a room read one buffer of frames, which stays in memory and never shrinks.
//! `/ws/ROOM?replay` starts at its beginning: what a reconnect storm costs when nothing has to be
//! looked up.
//!
//! With a file it is the durable floor: the frames that one turn of the loop has read are appended
//! to the file and synced, all at once, before the first of them is written to anyone. Nothing can
//! be read back from the file but the frames themselves.

use std::{
    collections::HashMap,
    fs::File,
    io::{ErrorKind, Read, Write},
    path::Path,
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

/// One client's connection.
struct Connection {
    socket: TcpStream,
    /// Bytes received that are not a whole request or frame yet.
    unparsed: Vec<u8>,
    /// `None` before the handshake.
    cursor: Option<Cursor>,
}

/// How far a connection has read its room's frames.
struct Cursor {
    room: usize,
    /// The offset of the first byte that was not written yet.
    offset: usize,
}

/// One room.
#[derive(Default)]
struct Room {
    members: Vec<usize>,
    frames: Vec<u8>,
    /// How many bytes of `frames` have been offered to the members.
    published: usize,
}

/// The file that frames are made durable in.
struct Journal {
    file: File,
    /// The frames of this turn.
    turn: Vec<u8>,
}

struct Floor {
    journal: Option<Journal>,
    connections: HashMap<usize, Connection>,
    room_numbers: HashMap<String, usize>,
    rooms: Vec<Room>,
    next_id: usize,
    scratch: Vec<u8>,
}

/// The connection is closed or broken.
struct Closed;

pub(super) fn serve(file: Option<&Path>) -> anyhow::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("http://{}/", listener.local_addr()?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_MAX);
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut floor = Floor {
        journal: file.map(Journal::create).transpose()?,
        connections: HashMap::new(),
        room_numbers: HashMap::new(),
        rooms: Vec::new(),
        next_id: 0,
        scratch: vec![0; READ_BYTES_MAX],
    };
    loop {
        match poll.poll(&mut events, None) {
            // An attaching debugger or strace interrupts the wait.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            if event.token() == LISTENER {
                floor.accept(&listener, poll.registry())?;
            } else if floor.serve(event.token().0).is_err() {
                floor.remove(event.token().0);
            }
        }
        floor.publish()?;
    }
}

impl Journal {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()));
        Ok(Self {
            file: file?,
            turn: Vec::new(),
        })
    }

    /// Makes what these rooms have not published durable.
    fn append(&mut self, rooms: &[Room]) -> anyhow::Result<()> {
        self.turn.clear();
        for room in rooms {
            self.turn.extend_from_slice(room.unpublished());
        }
        if !self.turn.is_empty() {
            self.file.write_all(&self.turn).context("cannot write")?;
            self.file.sync_data().context("cannot sync")?;
        }
        Ok(())
    }
}

impl Room {
    fn unpublished(&self) -> &[u8] {
        self.frames.get(self.published..).unwrap_or_default()
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
            registry.register(&mut socket, Token(self.next_id), both)?;
            let connection = Connection {
                socket,
                unparsed: Vec::new(),
                cursor: None,
            };
            self.connections.insert(self.next_id, connection);
            self.next_id += 1;
        }
    }

    /// Reads what one connection has received, and writes what is pending for it.
    fn serve(&mut self, id: usize) -> Result<(), Closed> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        connection.read(&mut self.scratch)?;
        if connection.cursor.is_none() {
            let Some(head) = handshake::head_bytes(&connection.unparsed) else {
                return Ok(());
            };
            let request: Vec<u8> = connection.unparsed.drain(..head).collect();
            let target = Target::parse(&request).ok_or(Closed)?;
            let number = *self.room_numbers.entry(target.room).or_insert_with(|| {
                self.rooms.push(Room::default());
                self.rooms.len() - 1
            });
            let room = self.rooms.get_mut(number).ok_or(Closed)?;
            // The buffer of a new socket always has room for the response.
            connection
                .socket
                .write_all(handshake::RESPONSE.as_bytes())
                .map_err(|_| Closed)?;
            connection.cursor = Some(Cursor {
                room: number,
                offset: if target.replay { 0 } else { room.frames.len() },
            });
            room.members.push(id);
        }
        let cursor = connection.cursor.as_ref().ok_or(Closed)?;
        let room = self.rooms.get_mut(cursor.room).ok_or(Closed)?;
        connection.relay_into(&mut room.frames)?;
        connection.write_pending(&room.frames[..room.published])
    }

    /// Writes to every member what this iteration of the loop has added to its room.
    fn publish(&mut self) -> anyhow::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.append(&self.rooms)?;
        }
        let mut closed = Vec::new();
        for room in &mut self.rooms {
            if room.unpublished().is_empty() {
                continue;
            }
            room.published = room.frames.len();
            for id in &room.members {
                let connection = self.connections.get_mut(id);
                if connection.is_some_and(|it| it.write_pending(&room.frames).is_err()) {
                    closed.push(*id);
                }
            }
        }
        for id in closed {
            self.remove(id);
        }
        Ok(())
    }

    fn remove(&mut self, id: usize) {
        let cursor = self.connections.remove(&id).and_then(|it| it.cursor);
        if let Some(room) = cursor.and_then(|cursor| self.rooms.get_mut(cursor.room)) {
            room.members.retain(|member| *member != id);
        }
    }
}

impl Connection {
    fn read(&mut self, scratch: &mut [u8]) -> Result<(), Closed> {
        loop {
            match self.socket.read(scratch) {
                Ok(0) => return Err(Closed),
                Ok(count) => self.unparsed.extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(Closed),
            }
        }
    }

    /// Appends every text frame that is complete to the room's frames.
    fn relay_into(&mut self, room_frames: &mut Vec<u8>) -> Result<(), Closed> {
        let mut parsed = 0;
        while let Some(frame) = frames::next(&self.unparsed[parsed..]) {
            parsed += frame.bytes;
            match frame.opcode {
                frames::TEXT => {
                    let mask = frame.mask.unwrap_or_default();
                    let masks = mask.iter().cycle();
                    let text = frame.payload.iter().zip(masks);
                    let text: Vec<u8> = text.map(|(byte, mask)| byte ^ mask).collect();
                    frames::put_server_text(room_frames, &text);
                }
                frames::CLOSE => return Err(Closed),
                _ => {}
            }
        }
        self.unparsed.drain(..parsed);
        Ok(())
    }

    /// Writes as much of the pending frames as the socket accepts.
    fn write_pending(&mut self, frames: &[u8]) -> Result<(), Closed> {
        let Some(Cursor { offset, .. }) = &mut self.cursor else {
            return Ok(());
        };
        while *offset < frames.len() {
            match self.socket.write(&frames[*offset..]) {
                Ok(count) => *offset += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(Closed),
            }
        }
        Ok(())
    }
}

/// What a request asks for.
struct Target {
    room: String,
    /// Whether the room's frames are wanted from the first one on.
    replay: bool,
}

impl Target {
    fn parse(request: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(request).ok()?;
        let path = text.strip_prefix("GET /ws/")?.split(' ').next()?;
        let (room, replay) = match path.split_once('?') {
            Some((room, _)) => (room, true),
            None => (path, false),
        };
        Some(Self {
            room: room.to_owned(),
            replay,
        })
    }
}
