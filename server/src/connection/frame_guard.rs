//! Refuses a message that is too big by its frame headers, before a byte of its body is kept.
//!
//! The WebSocket codec of actix checks a frame's size only once the whole frame is in memory. A
//! header that announces 4 GiB made the server buffer 400 MiB on one connection, so this guard
//! watches the bytes in front of the codec.

use parlor_shared::limits::FRAME_BYTES_MAX;

/// Follows the frames of one connection through its bytes (RFC 6455, section 5.2).
#[derive(Debug, Default)]
pub(crate) struct FrameGuard {
    header: [u8; HEADER_BYTES_MAX],
    header_len: usize,
    /// Bytes of the current frame's body that have not come yet.
    body_left: u64,
    /// Bytes of the current message, in all its frames so far.
    message_bytes: u64,
}

/// Two bytes, the long form of the length, and the mask.
const HEADER_BYTES_MAX: usize = 2 + 8 + 4;

/// A message of more than [`FRAME_BYTES_MAX`], in one frame or several.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of more than {FRAME_BYTES_MAX} bytes")]
pub(crate) struct TooBig;

impl FrameGuard {
    /// Inspects the connection's next bytes.
    ///
    /// # Errors
    /// [`TooBig`] if they begin a frame that makes its message too big.
    pub(crate) fn inspect(&mut self, mut bytes: &[u8]) -> Result<(), TooBig> {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.body_left > 0 {
                let skipped = self.body_left.min(bytes.len() as u64);
                self.body_left -= skipped;
                bytes = &bytes[skipped as usize..];
                continue;
            }
            self.header[self.header_len] = first;
            self.header_len += 1;
            bytes = rest;
            if self.header_len >= 2 && self.header_len == self.header_bytes() {
                self.begin_frame()?;
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

    fn begin_frame(&mut self) -> Result<(), TooBig> {
        let long = &self.header[2..];
        let length = match self.header[1] & 0x7F {
            126 => u64::from(u16::from_be_bytes([long[0], long[1]])),
            127 => u64::from_be_bytes([
                long[0], long[1], long[2], long[3], long[4], long[5], long[6], long[7],
            ]),
            short => u64::from(short),
        };
        self.header_len = 0;
        self.body_left = length;
        let before = match self.header[0] & 0x0F {
            // A continuation adds to its message. Control frames (8 and up) may come in between.
            0 => self.message_bytes,
            8.. => return if length > 125 { Err(TooBig) } else { Ok(()) },
            _ => 0,
        };
        self.message_bytes = before.saturating_add(length);
        if self.message_bytes > FRAME_BYTES_MAX as u64 {
            Err(TooBig)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
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
        bytes.extend([1, 2, 3, 4]);
        bytes.extend(vec![0xFF; length]);
        bytes
    }

    const TEXT: u8 = 0x81;
    const TEXT_START: u8 = 0x01;
    const CONTINUATION: u8 = 0x00;
    const PING: u8 = 0x89;

    #[test]
    fn frames_up_to_the_limit_pass_wherever_the_bytes_are_cut() {
        let mut bytes = Vec::new();
        for length in [0, 1, 125, 126, 1_000, 65_535, FRAME_BYTES_MAX] {
            bytes.extend(frame(TEXT, length));
        }
        for cut in [1, 2, 3, 7, 4_096, bytes.len()] {
            let mut guard = FrameGuard::default();
            for chunk in bytes.chunks(cut) {
                assert_eq!(guard.inspect(chunk), Ok(()), "cut every {cut} bytes");
            }
        }
    }

    #[test]
    fn a_larger_frame_is_refused_by_its_header() {
        let header = &frame(TEXT, FRAME_BYTES_MAX + 1)[..14];
        assert_eq!(FrameGuard::default().inspect(header), Err(TooBig));
        let huge = [
            TEXT, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
        ];
        assert_eq!(FrameGuard::default().inspect(&huge), Err(TooBig));
    }

    #[test]
    fn a_message_in_many_frames_counts_as_one() {
        let mut guard = FrameGuard::default();
        assert_eq!(guard.inspect(&frame(TEXT_START, 40_000)), Ok(()));
        assert_eq!(guard.inspect(&frame(PING, 4)), Ok(()));
        assert_eq!(guard.inspect(&frame(CONTINUATION, 20_000)), Ok(()));
        assert_eq!(guard.inspect(&frame(CONTINUATION, 5_537)), Err(TooBig));
    }
}
