//! A client of HTTP without behaviour of its own: a connection for each request, and what streams
//! of events (`text/event-stream`) are made of.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends a request to this address, over a connection of its own; returns the answer before its
/// body was read. Dropping the answer closes the connection.
///
/// # Errors
/// If the server can't be reached, or the connection breaks.
pub async fn send(
    address: SocketAddr,
    request: Request<String>,
) -> anyhow::Result<Response<Incoming>> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // How the connection ends, the answer says as well.
    tokio::spawn(connection);
    let request = request.map(|body| Full::new(Bytes::from(body)));
    Ok(sender.send_request(request).await?)
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedEvent {
    /// Its `id`: what comes next is asked for after it.
    pub id: Option<String>,
    /// Its type, if it is another one than `message`.
    pub name: Option<String>,
    /// What it says, in one line.
    pub data: String,
}

/// Reads a stream of events, of those forms that Parlor writes: a line for each field.
#[derive(Debug)]
pub struct EventStream {
    body: Incoming,
    /// What has come and is no whole event yet.
    unread: BytesMut,
    /// How much of it is known to have no end of an event.
    searched: usize,
}

impl EventStream {
    /// The events in the body of an answer.
    #[must_use]
    pub fn new(body: Incoming) -> Self {
        Self {
            body,
            unread: BytesMut::new(),
            searched: 0,
        }
    }

    /// The next event that has data; `None` where the stream ends or breaks. What has come of an
    /// event by then is dropped, as by a browser. Cancel safe.
    pub async fn next(&mut self) -> Option<StreamedEvent> {
        loop {
            let block = self.next_block().await?;
            if let Some(event) = event(&block) {
                return Some(event);
            }
        }
    }

    /// The next lines up to an empty one: an event, or a comment, which says that the stream is
    /// alive. `None` as of [`next`](Self::next). Cancel safe.
    pub async fn next_block(&mut self) -> Option<Bytes> {
        loop {
            if let Some(block) = self.take_block() {
                return Some(block);
            }
            let frame = self.body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                self.unread.extend_from_slice(&data);
            }
        }
    }

    /// Takes what is before the next empty line.
    fn take_block(&mut self) -> Option<Bytes> {
        let from = self.searched.saturating_sub(1);
        let found = self.unread[from..]
            .windows(2)
            .position(|pair| pair == b"\n\n");
        let Some(end) = found.map(|at| from + at) else {
            self.searched = self.unread.len();
            return None;
        };
        self.searched = 0;
        Some(self.unread.split_to(end + 2).freeze())
    }
}

/// The event of these lines; `None` for one without data.
fn event(block: &[u8]) -> Option<StreamedEvent> {
    let text = str::from_utf8(block).ok()?;
    let field = |name: &str| {
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.map(str::to_owned)
    };
    Some(StreamedEvent {
        data: field("data")?,
        id: field("id"),
        name: field("event"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_data() {
        let read = |text: &str| event(text.as_bytes());
        assert_eq!(read(":\n\n"), None);
        assert_eq!(read("retry: 900\n\n"), None);
        assert_eq!(
            read("id: 7.x\ndata: {\"seq\":7}\n\n"),
            Some(StreamedEvent {
                id: Some("7.x".to_owned()),
                name: None,
                data: "{\"seq\":7}".to_owned(),
            })
        );
        let end = read("event: end\ndata: {}\n\n").and_then(|event| event.name);
        assert_eq!(end.as_deref(), Some("end"));
    }
}
