//! Carries a WebSocket between the HTTP server of another program and a connection.
//!
//! Such a server keeps its sockets: what it reads comes as the request's payload, and what it is to
//! write is the answer's body. A connection has a socket. Between the two is a pair of sockets of
//! this machine, whose buffers are the system's, so that a client that reads slowly is one here as
//! well. It costs two open files and two copies; Parlor's own server hands its socket over
//! (`upgrade.rs`).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Payload,
};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::connection::{transport::Transport, upgrade::UpgradedSocket};

/// Bytes of an answer's body that are carried at once.
const CHUNK_BYTES: usize = 4 * 1024;

/// A socket for a connection, and the body of the answer with which it becomes a WebSocket's.
pub(crate) struct Bridged {
    pub(crate) socket: UpgradedSocket,
    pub(crate) body: BoxBody,
}

/// A socket of this machine as that of a connection.
pub(crate) fn upgraded(unix: UnixStream) -> UpgradedSocket {
    let (reader, writer) = Transport::Unix(unix).split();
    UpgradedSocket {
        writer,
        reader,
        early: Bytes::new(),
    }
}

/// Carries this payload to a socket for a connection.
///
/// # Errors
/// If there is no socket left.
pub(crate) fn bridge(payload: Payload) -> io::Result<Bridged> {
    let (own, other) = UnixStream::pair()?;
    let (from, to) = other.into_split();
    tokio::task::spawn_local(carry(payload, to));
    Ok(Bridged {
        socket: upgraded(own),
        body: BoxBody::new(SocketBody {
            from,
            buffer: vec![0; CHUNK_BYTES].into(),
        }),
    })
}

/// Carries what the client sends, until it ends or the connection does. Dropping the write half
/// tells the connection that nothing more comes.
async fn carry(mut payload: Payload, mut to: OwnedWriteHalf) {
    while let Some(Ok(bytes)) = payload.next().await {
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// What the connection writes.
struct SocketBody {
    from: OwnedReadHalf,
    buffer: Box<[u8]>,
}

impl MessageBody for SocketBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        let this = self.get_mut();
        let mut buffer = ReadBuf::new(&mut this.buffer);
        ready!(Pin::new(&mut this.from).poll_read(cx, &mut buffer))?;
        Poll::Ready(match buffer.filled() {
            [] => None,
            read => Some(Ok(Bytes::copy_from_slice(read))),
        })
    }
}
