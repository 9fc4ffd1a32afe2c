//! WebSocket frames (RFC 6455, section 5.2) as a client needs them: enough to measure, nothing more.

/// Appends one masked text frame. The mask is zero: the bytes are the text's own, and the server unmasks as ever.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_header(out, 0x81, text.len(), true);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(text.as_bytes());
}

/// Appends one unmasked text frame, as a server sends it.
pub(crate) fn put_server_text(out: &mut Vec<u8>, text: &[u8]) {
    put_header(out, 0x81, text.len(), false);
    out.extend_from_slice(text);
}

/// Appends a masked pong.
pub(crate) fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put_header(out, 0x8A, payload.len(), true);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

fn put_header(out: &mut Vec<u8>, first: u8, length: usize, masked: bool) {
    let mask = if masked { 0x80 } else { 0 };
    out.push(first);
    match length {
        0..=125 => out.push(mask | length as u8),
        126..=0xFFFF => {
            out.push(mask | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(mask | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// One frame at the start of some bytes.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) payload: &'a [u8],
    /// The frame's bytes, its header among them.
    pub(crate) bytes: usize,
}

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;

/// The first frame in these bytes, if all of it is there.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written_and_not_before_all_of_it_is_there() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            let mut bytes = Vec::new();
            put_text(&mut bytes, &text);
            assert!(next(&bytes[..bytes.len() - 1]).is_none());
            let frame = next(&bytes).unwrap();
            assert_eq!(frame.opcode, TEXT);
            assert_eq!(frame.payload, text.as_bytes());
            assert_eq!(frame.bytes, bytes.len());
        }
    }
}
