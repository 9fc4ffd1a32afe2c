//! Checks each frame by its header, before a byte of its body is kept (RFC 6455, section 5).
//!
//! The WebSocket codec of actix checks a frame's size only once the whole frame is in memory. A
//! header that announces 4 GiB made the server buffer 400 MiB on one connection, so this guard
//! watches the bytes in front of the codec. It also finds everything else that the codec would
//! reject, and names it in the terms of the close codes.

use crate::connection::utf8::Utf8Check;
use actix_http::ws::Parser;

/// Follows the frames of one connection through its bytes.
#[derive(Debug)]
pub(crate) struct FrameGuard {
    /// The most bytes of a message, in all its frames.
    message_bytes_max: u64,
    header: [u8; HEADER_BYTES_MAX],
    header_len: usize,
    /// The frame whose body is being read.
    frame: Frame,
    /// The message that is being read, until its last frame ends.
    message: Option<Message>,
}

/// What is left of a frame.
#[derive(Debug, Default)]
struct Frame {
    kind: Kind,
    body_left: u64,
    mask: [u8; 4],
    /// Bytes of the body that have come, modulo four.
    mask_offset: usize,
}

#[derive(Debug, Default)]
enum Kind {
    /// A ping or a pong.
    #[default]
    Control,
    /// A close frame, with its payload so far.
    Close(Vec<u8>),
    /// A part of a message.
    Data { is_last: bool },
}

#[derive(Debug)]
struct Message {
    bytes: u64,
    /// Checks a text as its bytes come, so that a fault in it is met at once. `None` for binary
    /// messages.
    text: Option<Utf8Check>,
}

/// Two bytes, the long form of the length, and the mask.
const HEADER_BYTES_MAX: usize = 2 + 8 + 4;
/// The most bytes in the body of a control frame (RFC 6455, section 5.5).
const CONTROL_BYTES_MAX: u64 = 125;

/// What is wrong with a connection's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameFault {
    /// Not a frame that a client may send here.
    #[error("not the WebSocket protocol")]
    Protocol,
    /// A text that is not UTF-8.
    #[error("a text that is not UTF-8")]
    NotUtf8,
    /// A message larger than the limit, in one frame or several.
    #[error("a message over the limit")]
    TooBig,
}

/// A fault, and where it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FaultAt {
    pub(crate) fault: FrameFault,
    /// Bytes of the inspected ones before the frame or the piece of a body with the fault. Whole
    /// frames among them are valid.
    pub(crate) valid_bytes: usize,
}

impl FrameGuard {
    /// The guard of a connection whose messages have at most `message_bytes_max` bytes.
    pub(crate) fn new(message_bytes_max: usize) -> Self {
        Self {
            message_bytes_max: message_bytes_max as u64,
            header: [0; HEADER_BYTES_MAX],
            header_len: 0,
            frame: Frame::default(),
            message: None,
        }
    }

    /// Inspects the connection's next bytes.
    ///
    /// # Errors
    /// [`FaultAt`] the first fault in them. Nothing may be inspected after it.
    pub(crate) fn inspect(&mut self, bytes: &[u8]) -> Result<(), FaultAt> {
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            let valid_bytes = bytes.len() - rest.len();
            let at = |fault| FaultAt { fault, valid_bytes };
            if self.frame.body_left > 0 {
                let length = self.frame.body_left.min(rest.len() as u64) as usize;
                let (body, after) = rest.split_at(length);
                self.inspect_body(body).map_err(at)?;
                rest = after;
                continue;
            }
            self.header[self.header_len] = first;
            self.header_len += 1;
            rest = after;
            if self.header_len == 2 {
                self.check_header().map_err(at)?;
            }
            // The long form of a length has 63 bits (RFC 6455, section 5.2). The codec says so
            // before the header is complete, so the guard must, too.
            if self.header_len == 3 && self.header[1] & 0x7F == 127 && first & 0x80 != 0 {
                return Err(at(FrameFault::Protocol));
            }
            if self.header_len >= 2 && self.header_len == self.header_bytes() {
                self.header_len = 0;
                self.begin_frame().map_err(at)?;
            }
        }
        Ok(())
    }

    /// The length of this header, by its second byte.
    fn header_bytes(&self) -> usize {
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        let length = match self.header[1] & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + mask
    }

    /// Checks a header's first two bytes.
    fn check_header(&self) -> Result<(), FrameFault> {
        let [first, second, ..] = self.header;
        let (is_final, opcode) = (first & 0x80 != 0, first & 0x0F);
        let is_masked = second & 0x80 != 0;
        let is_expected = match opcode {
            CONTINUATION => self.message.is_some(),
            TEXT | BINARY => self.message.is_none(),
            CLOSE..=PONG => is_final && u64::from(second & 0x7F) <= CONTROL_BYTES_MAX,
            _ => false,
        };
        if first & RESERVED == 0 && is_masked && is_expected {
            Ok(())
        } else {
            Err(FrameFault::Protocol)
        }
    }

    /// Begins the frame whose header is complete.
    fn begin_frame(&mut self) -> Result<(), FrameFault> {
        let long = &self.header[2..];
        let (length, mask) = match self.header[1] & 0x7F {
            126 => (
                u64::from(u16::from_be_bytes([long[0], long[1]])),
                &long[2..],
            ),
            127 => (
                u64::from_be_bytes([
                    long[0], long[1], long[2], long[3], long[4], long[5], long[6], long[7],
                ]),
                &long[8..],
            ),
            short => (u64::from(short), long),
        };
        let (is_last, opcode) = (self.header[0] & 0x80 != 0, self.header[0] & 0x0F);
        self.frame = Frame {
            kind: match opcode {
                ..CLOSE => Kind::Data { is_last },
                CLOSE => Kind::Close(Vec::new()),
                _ => Kind::Control,
            },
            body_left: length,
            mask: [mask[0], mask[1], mask[2], mask[3]],
            mask_offset: 0,
        };
        if opcode < CLOSE {
            let message = self.message.get_or_insert_with(|| Message {
                bytes: 0,
                text: (opcode == TEXT).then(Utf8Check::default),
            });
            message.bytes = message.bytes.saturating_add(length);
            if message.bytes > self.message_bytes_max {
                return Err(FrameFault::TooBig);
            }
        }
        if length == 0 {
            self.end_frame()
        } else {
            Ok(())
        }
    }

    /// Inspects a piece of the current frame's body.
    fn inspect_body(&mut self, body: &[u8]) -> Result<(), FrameFault> {
        let Self { frame, message, .. } = self;
        frame.body_left -= body.len() as u64;
        let text = message.as_mut().and_then(|message| message.text.as_mut());
        match (&mut frame.kind, text) {
            (Kind::Close(payload), _) => {
                unmask(frame.mask, &mut frame.mask_offset, body, |plain| {
                    payload.extend_from_slice(plain);
                    Ok(())
                })?;
            }
            (Kind::Data { .. }, Some(text)) => {
                unmask(frame.mask, &mut frame.mask_offset, body, |plain| {
                    text.feed(plain).map_err(|_| FrameFault::NotUtf8)
                })?;
            }
            (Kind::Data { .. }, None) | (Kind::Control, _) => {}
        }
        if frame.body_left == 0 {
            self.end_frame()?;
        }
        Ok(())
    }

    fn end_frame(&mut self) -> Result<(), FrameFault> {
        match &self.frame.kind {
            Kind::Close(payload) => {
                Parser::try_parse_close_payload(payload).map_err(|_| FrameFault::Protocol)?;
            }
            Kind::Data { is_last: true } => {
                let text = self.message.take().and_then(|message| message.text);
                if text.is_some_and(|text| !text.is_complete()) {
                    return Err(FrameFault::NotUtf8);
                }
            }
            Kind::Data { is_last: false } | Kind::Control => {}
        }
        Ok(())
    }
}

/// Gives `take` these bytes of a frame's body, unmasked, piece by piece.
fn unmask(
    mask: [u8; 4],
    offset: &mut usize,
    body: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), FrameFault>,
) -> Result<(), FrameFault> {
    for masked in body.chunks(UNMASK_BYTES) {
        let mut plain = [0; UNMASK_BYTES];
        for (index, (plain, masked)) in plain.iter_mut().zip(masked).enumerate() {
            *plain = masked ^ mask[(*offset + index) % 4];
        }
        *offset = (*offset + masked.len()) % 4;
        take(&plain[..masked.len()])?;
    }
    Ok(())
}

const RESERVED: u8 = 0x70;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PONG: u8 = 10;

/// Bytes of a text that are unmasked at once, on the stack.
const UNMASK_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use parlor_shared::limits::FRAME_BYTES_MAX;

    use super::*;

    /// A masked frame: its header and its body.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match length {
            0..=125 => bytes.push(0x80 | length as u8),
            126..=0xFFFF => {
                bytes.push(0x80 | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(vec![b' '; length]);
        bytes
    }

    const TEXT: u8 = 0x81;
    const TEXT_START: u8 = 0x01;
    const PING: u8 = 0x89;

    #[test]
    fn frames_up_to_the_limit_pass_wherever_the_bytes_are_cut() {
        let mut bytes = Vec::new();
        for length in [0, 1, 125, 126, 1_000, 65_535, FRAME_BYTES_MAX] {
            bytes.extend(frame(TEXT, length));
        }
        for cut in [1, 2, 3, 7, 4_096, bytes.len()] {
            let mut guard = FrameGuard::new(FRAME_BYTES_MAX);
            for chunk in bytes.chunks(cut) {
                assert_eq!(guard.inspect(chunk), Ok(()), "cut every {cut} bytes");
            }
        }
    }

    /// The fault in these bytes.
    fn fault(bytes: &[u8]) -> Option<FrameFault> {
        let inspected = FrameGuard::new(FRAME_BYTES_MAX).inspect(bytes);
        inspected.err().map(|at| at.fault)
    }

    #[test]
    fn a_larger_frame_is_refused_by_its_header() {
        let header = &frame(TEXT, FRAME_BYTES_MAX + 1)[..14];
        assert_eq!(fault(header), Some(FrameFault::TooBig));
        let mut huge = [
            TEXT, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
        ];
        assert_eq!(fault(&huge), Some(FrameFault::TooBig));
        huge[2] = 0x80;
        for cut in 3..=huge.len() {
            let fault = fault(&huge[..cut]);
            assert_eq!(fault, Some(FrameFault::Protocol), "no length");
        }
    }

    #[test]
    fn a_message_in_many_frames_counts_as_one() {
        let frames = [
            frame(TEXT_START, 40_000),
            frame(PING, 4),
            frame(CONTINUATION, 20_000),
        ]
        .concat();
        assert_eq!(fault(&frames), None);
        let more = [frames, frame(CONTINUATION, 5_537)].concat();
        assert_eq!(fault(&more), Some(FrameFault::TooBig));
    }
}
