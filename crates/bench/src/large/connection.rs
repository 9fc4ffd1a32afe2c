//! One connection that asks and waits for the answer.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};
use parlor_shared::{ClientInfo, ClientMessage, Name, PROTOCOL_VERSION, RoomId, codec};

use crate::{frames, handshake};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(120);
const READ_BYTES: usize = 256 * 1024;

/// A welcomed connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    unparsed: Vec<u8>,
    scratch: Vec<u8>,
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        let mut connection = Self {
            socket,
            unparsed: Vec::new(),
            scratch: vec![0; READ_BYTES],
        };
        let request = handshake::request("localhost", "/ws");
        connection.socket.write_all(request.as_bytes())?;
        let head = loop {
            if let Some(head) = handshake::head_bytes(&connection.unparsed) {
                break head;
            }
            connection.receive()?;
        };
        connection.unparsed.drain(..head);
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: Name::parse("bench")?,
            token: None,
            access: None,
            client: ClientInfo::default(),
        };
        connection.ask(&hello, "welcome")?;
        Ok(connection)
    }

    /// Joins a room and waits for its newest entries, after which presence comes.
    pub(super) fn join(&mut self, room: &RoomId) -> anyhow::Result<()> {
        let room = room.clone();
        self.ask(&ClientMessage::Join { room, after: None }, "present")?;
        Ok(())
    }

    pub(super) fn leave(&mut self, room: &RoomId) -> anyhow::Result<()> {
        self.send(&ClientMessage::Leave { room: room.clone() })
    }

    pub(super) fn send(&mut self, message: &ClientMessage) -> anyhow::Result<()> {
        send(&mut self.socket, message)
    }

    /// A second handle of the socket, for a thread that only sends.
    pub(super) fn sender(&self) -> anyhow::Result<TcpStream> {
        Ok(self.socket.try_clone()?)
    }

    /// Sends a message and waits for the answer of this type.
    pub(super) fn ask(&mut self, message: &ClientMessage, answer: &str) -> anyhow::Result<Vec<u8>> {
        self.send(message)?;
        let wanted = format!(r#"{{"type":"{answer}""#);
        loop {
            let text = self.next_text()?;
            if text.starts_with(wanted.as_bytes()) {
                return Ok(text);
            }
            if text.starts_with(br#"{"type":"error""#) {
                bail!("refused: {}", String::from_utf8_lossy(&text));
            }
        }
    }

    /// The next text that the server sends.
    pub(super) fn next_text(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            let Some(frame) = frames::next(&self.unparsed) else {
                self.receive()?;
                continue;
            };
            let (opcode, bytes, payload) = (frame.opcode, frame.bytes, frame.payload.to_vec());
            self.unparsed.drain(..bytes);
            match opcode {
                frames::TEXT => return Ok(payload),
                frames::PING => {
                    let mut pong = Vec::new();
                    frames::put_pong(&mut pong, &payload);
                    self.socket.write_all(&pong)?;
                }
                frames::CLOSE => bail!("the server has closed the connection"),
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> anyhow::Result<()> {
        let count = loop {
            match self.socket.read(&mut self.scratch) {
                // As after a signal.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.context("no answer")?,
            }
        };
        anyhow::ensure!(count > 0, "the server has closed the connection");
        self.unparsed.extend_from_slice(&self.scratch[..count]);
        Ok(())
    }
}

/// Sends a message.
pub(super) fn send(socket: &mut TcpStream, message: &ClientMessage) -> anyhow::Result<()> {
    let mut frame = Vec::new();
    frames::put_text(&mut frame, &codec::encode_client(message));
    Ok(socket.write_all(&frame)?)
}
