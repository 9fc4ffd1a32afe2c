//! WebSocket frames (RFC 6455, section 5.2), as far as a measurement needs them.
//!
//! Written here rather than taken from tungstenite because the load must cost next to nothing: on a
//! machine with two cores, ten thousand clients share one of them, and every cycle that they spend
//! lowers the rate at which a server can be measured. Reading a frame copies nothing, and a sent
//! frame is masked with zeros.

/// Appends one masked text frame. The mask is zero, so the payload is the text itself; the server
/// unmasks it as it does any other.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_header(out, 0x81, text.len(), Some([0; 4]));
    out.extend_from_slice(text.as_bytes());
}

/// Appends one unmasked text frame, as a server sends it.
pub(crate) fn put_server_text(out: &mut Vec<u8>, text: &[u8]) {
    put_header(out, 0x81, text.len(), None);
    out.extend_from_slice(text);
}

/// Appends a masked pong.
pub(crate) fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put_frame(out, PONG, payload);
}

/// Appends any masked, unfragmented frame.
pub(crate) fn put_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_header(out, 0x80 | opcode, payload.len(), Some([0; 4]));
    out.extend_from_slice(payload);
}

fn put_header(out: &mut Vec<u8>, first: u8, length: usize, mask: Option<[u8; 4]>) {
    let mask_bit = if mask.is_some() { 0x80 } else { 0 };
    out.push(first);
    match length {
        0..=125 => out.push(mask_bit | length as u8),
        126..=0xFFFF => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend(mask.into_iter().flatten());
}

/// The frame at the start of a buffer.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) payload: &'a [u8],
    /// The length of the whole frame, header included.
    pub(crate) bytes: usize,
}

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// The first frame in `bytes`; `None` until it is complete.
pub(crate) fn next(bytes: &[u8]) -> Option<Frame<'_>> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7F {
        126 => {
            let (long, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*long) as usize, rest)
        }
        127 => {
            let (long, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*long) as usize, rest)
        }
        short => (usize::from(short), rest),
    };
    let (mask, rest) = if second & 0x80 == 0 {
        (None, rest)
    } else {
        let (mask, rest) = rest.split_first_chunk()?;
        (Some(*mask), rest)
    };
    let payload = rest.get(..length)?;
    Some(Frame {
        opcode: first & 0x0F,
        mask,
        payload,
        bytes: bytes.len() - rest.len() + length,
    })
}

/// How many whole frames these bytes are.
pub(crate) fn count(mut bytes: &[u8]) -> u64 {
    let mut count = 0;
    while let Some(frame) = next(bytes) {
        bytes = &bytes[frame.bytes..];
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back_as_written_and_only_once_it_is_complete() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            let mut bytes = Vec::new();
            put_text(&mut bytes, &text);
            assert!(next(&bytes[..bytes.len() - 1]).is_none());
            let frame = next(&bytes).unwrap();
            assert_eq!(frame.opcode, TEXT);
            assert_eq!(frame.payload, text.as_bytes());
            assert_eq!(frame.bytes, bytes.len());
            put_pong(&mut bytes, b"pong");
            assert_eq!(count(&bytes), 2);
        }
    }
}
