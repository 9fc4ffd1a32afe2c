//! Reads a client's WebSocket messages from its socket.
//!
//! actix-http's codec splits and unmasks the frames. The frame guard in front of it lets no bytes
//! through that the codec would refuse, and names what is wrong with them. The fragments of a
//! message are copied into one buffer: as slices of what was read, fragments of one byte would pin
//! 8 KiB each.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_codec::Decoder;
use actix_http::ws::{Codec, Frame, Item};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use futures_util::Stream;

use crate::connection::frame_guard::{FrameFault, FrameGuard};

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A whole text, from one frame or several.
    Text(ByteString),
    /// A whole binary message, from one frame or several.
    Binary(Bytes),
    /// A frame of a message whose last frame has not come.
    Fragment,
    Ping(Bytes),
    Pong,
    /// The client closes the connection, with this code if it gave one.
    Close(Option<u16>),
}

impl Message {
    /// The bytes of its payload. A fragment's are counted with its message.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Ping(bytes) => bytes.len(),
            Self::Fragment | Self::Pong | Self::Close(_) => 0,
        }
    }
}

/// Why no more messages can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The connection broke.
    #[error("the connection broke")]
    Lost,
    /// The client's bytes are wrong.
    #[error(transparent)]
    Fault(#[from] FrameFault),
}

/// The messages of one client. The stream ends with the first error, and where the client's bytes
/// end.
///
/// It keeps what was read at once, the bytes of one frame that is not complete, and one message
/// that is not complete. While nothing of these is there, it keeps no buffer.
#[derive(Debug)]
pub(crate) struct Inbound<S> {
    bytes: S,
    guard: FrameGuard,
    codec: Codec,
    /// What was read and is not split into frames yet. The guard has inspected it.
    unread: BytesMut,
    fragments: Fragments,
    end: Option<End>,
}

/// Why nothing more is read from the socket.
#[derive(Debug)]
enum End {
    /// The client's bytes end.
    Closed,
    /// What is wrong after the bytes that are unread.
    Fault(ReadError),
}

/// The payloads of a message's frames so far, copied into one buffer.
#[derive(Debug, Default)]
struct Fragments {
    is_text: bool,
    bytes: BytesMut,
}

impl<S> Inbound<S> {
    /// The messages in these bytes, of at most `message_bytes_max` bytes each.
    pub(crate) fn new(bytes: S, message_bytes_max: usize) -> Self {
        Self {
            bytes,
            guard: FrameGuard::new(message_bytes_max),
            codec: Codec::new().max_size(message_bytes_max),
            unread: BytesMut::new(),
            fragments: Fragments::default(),
            end: None,
        }
    }

    /// The next message of what was read, if it is there as a whole.
    fn next_unread(&mut self) -> Result<Option<Message>, ReadError> {
        let frame = self.codec.decode(&mut self.unread);
        match frame.map_err(|_| FrameFault::Protocol)? {
            Some(frame) => Ok(Some(self.fragments.message(frame)?)),
            None => {
                if self.unread.is_empty() {
                    self.unread = BytesMut::new();
                }
                Ok(None)
            }
        }
    }

    /// Takes what was read: `None` where the client's bytes end.
    fn add(&mut self, read: Option<io::Result<Bytes>>) {
        let mut bytes = match read {
            Some(Ok(bytes)) => bytes,
            Some(Err(_)) => return self.end = Some(End::Fault(ReadError::Lost)),
            None => return self.end = Some(End::Closed),
        };
        if let Err(at) = self.guard.inspect(&bytes) {
            bytes.truncate(at.valid_bytes);
            self.end = Some(End::Fault(at.fault.into()));
        }
        if self.unread.is_empty() {
            self.unread = BytesMut::from(bytes);
        } else {
            self.unread.extend_from_slice(&bytes);
        }
    }
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin> Stream for Inbound<S> {
    type Item = Result<Message, ReadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.next_unread() {
                Ok(None) => {}
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Err(error) => {
                    self.unread = BytesMut::new();
                    self.end = Some(End::Closed);
                    return Poll::Ready(Some(Err(error)));
                }
            }
            if let Some(end) = &mut self.end {
                return Poll::Ready(match std::mem::replace(end, End::Closed) {
                    End::Closed => None,
                    End::Fault(fault) => Some(Err(fault)),
                });
            }
            let read = ready!(Pin::new(&mut self.bytes).poll_next(cx));
            self.add(read);
        }
    }
}

impl Fragments {
    /// The message that this frame is, or is the last of.
    fn message(&mut self, frame: Frame) -> Result<Message, FrameFault> {
        match frame {
            Frame::Text(bytes) => text(bytes),
            Frame::Binary(bytes) => Ok(Message::Binary(bytes)),
            Frame::Continuation(item) => self.add(item),
            Frame::Ping(payload) => Ok(Message::Ping(payload)),
            Frame::Pong(_) => Ok(Message::Pong),
            Frame::Close(reason) => Ok(Message::Close(reason.map(|reason| reason.code.into()))),
        }
    }

    /// Adds a frame's payload. Gives the whole message if the frame is its last one.
    fn add(&mut self, item: Item) -> Result<Message, FrameFault> {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) => {
                self.is_text = true;
                (bytes, false)
            }
            Item::FirstBinary(bytes) => {
                self.is_text = false;
                (bytes, false)
            }
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        self.bytes.extend_from_slice(&bytes);
        if !is_last {
            return Ok(Message::Fragment);
        }
        let bytes = std::mem::take(&mut self.bytes).freeze();
        if self.is_text {
            text(bytes)
        } else {
            Ok(Message::Binary(bytes))
        }
    }
}

fn text(bytes: Bytes) -> Result<Message, FrameFault> {
    let text = ByteString::try_from(bytes).map_err(|_| FrameFault::NotUtf8)?;
    Ok(Message::Text(text))
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    /// A masked frame.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [0x37, 0xFA, 0x21, 0x3D];
        let mut bytes = vec![first, 0x80 | payload.len() as u8];
        bytes.extend(mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(p, m)| p ^ m));
        bytes
    }

    /// The messages in these bytes, read in pieces of `size`, and the fault that ends them.
    async fn read(bytes: &[u8], size: usize) -> (Vec<Message>, Option<FrameFault>) {
        let pieces = bytes
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let pieces = stream::iter(pieces.collect::<Vec<_>>());
        let mut inbound = Inbound::new(pieces, 1_000);
        let mut messages = Vec::new();
        loop {
            match inbound.next().await {
                Some(Ok(message)) => messages.push(message),
                Some(Err(ReadError::Fault(fault))) => return (messages, Some(fault)),
                Some(Err(ReadError::Lost)) => panic!("the connection breaks"),
                None => return (messages, None),
            }
        }
    }

    const TEXT: u8 = 0x81;
    const TEXT_START: u8 = 0x01;
    const BINARY_START: u8 = 0x02;
    const CONTINUATION: u8 = 0x00;
    const LAST: u8 = 0x80;
    const CLOSE: u8 = 0x88;
    const PING: u8 = 0x89;
    const PONG: u8 = 0x8A;

    #[tokio::test]
    async fn messages_are_the_same_wherever_their_bytes_are_cut() {
        let bytes = [
            frame(TEXT, "a 世界".as_bytes()),
            frame(TEXT_START, b"b \xE4\xB8"),
            frame(PING, b"?"),
            frame(CONTINUATION, b""),
            frame(LAST, b"\x96"),
            frame(PONG, b""),
            frame(BINARY_START, b"\xFF"),
            frame(LAST, b"\xFE"),
            frame(CLOSE, b"\x0F\xA0bye"),
        ]
        .concat();
        for size in 1..=bytes.len() {
            let (messages, fault) = read(&bytes, size).await;
            let expected = [
                Message::Text("a 世界".into()),
                Message::Fragment,
                Message::Ping(Bytes::from_static(b"?")),
                Message::Fragment,
                Message::Text("b 世".into()),
                Message::Pong,
                Message::Fragment,
                Message::Binary(Bytes::from_static(b"\xFF\xFE")),
                Message::Close(Some(4000)),
            ];
            assert_eq!((messages.as_slice(), fault), (&expected[..], None));
        }
    }

    #[tokio::test]
    async fn what_comes_before_a_fault_is_read() {
        let not_masked = vec![TEXT, 1, b'x'];
        let faults = [
            (vec![TEXT | 0x40, 0x80], FrameFault::Protocol),
            (vec![0x83], FrameFault::Protocol),
            (not_masked, FrameFault::Protocol),
            (frame(PING & 0x7F, b""), FrameFault::Protocol),
            (vec![PING, 0x80 | 126, 0, 126], FrameFault::Protocol),
            (frame(LAST, b"x"), FrameFault::Protocol),
            (
                [frame(TEXT_START, b""), frame(TEXT, b"")].concat(),
                FrameFault::Protocol,
            ),
            (frame(CLOSE, b"\x03"), FrameFault::Protocol),
            (frame(CLOSE, b"\x03\xED"), FrameFault::Protocol),
            (frame(CLOSE, b"\x03\xE8\xFF"), FrameFault::Protocol),
            (frame(TEXT, b"\xFF"), FrameFault::NotUtf8),
            (
                frame(TEXT, "é".as_bytes()[..1].as_ref()),
                FrameFault::NotUtf8,
            ),
            (frame(TEXT_START, b"\xFF"), FrameFault::NotUtf8),
            (
                [frame(TEXT_START, b"\xC3"), frame(LAST, b"")].concat(),
                FrameFault::NotUtf8,
            ),
            (
                vec![TEXT, 0x80 | 126, 0xFF, 0xFF, 0, 0, 0, 0],
                FrameFault::TooBig,
            ),
        ];
        for (bytes, expected) in faults {
            let before = [frame(TEXT, b"before"), bytes.clone(), vec![0; 8]].concat();
            for size in 1..=before.len() {
                let (messages, fault) = read(&before, size).await;
                assert_eq!(messages[0], Message::Text("before".into()), "{bytes:?}");
                let expected = Some(expected);
                assert_eq!(fault, expected, "{bytes:?} cut every {size} bytes");
            }
        }
    }

    /// A fault in a text is met where it is, and not where its frame or its message ends.
    #[tokio::test]
    async fn a_text_that_is_not_utf8_is_met_at_its_first_wrong_byte() {
        let mut long = frame(TEXT, &[b"ok \xC0".as_slice(), &[b'x'; 100]].concat());
        long.truncate(6 + 4);
        for size in 1..long.len() {
            assert_eq!(read(&long, size).await, (vec![], Some(FrameFault::NotUtf8)));
        }
    }
}
