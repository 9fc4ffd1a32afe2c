//! Encodes the WebSocket frames that the server sends (RFC 6455, section 5.2).

use bytes::{BufMut, Bytes, BytesMut};
use parlor_shared::{Body, Entry, MessageId, RoomId, Seq, ServerMessage, close::CloseCode, codec};

/// First byte of an unfragmented text frame.
pub(crate) const TEXT: u8 = 0x81;
/// First byte of an unfragmented binary frame.
#[cfg(feature = "echo")]
pub(crate) const BINARY: u8 = 0x82;

/// The kinds of control frame (RFC 6455, section 5.5), each with its frame's first byte.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Control {
    Close = 0x88,
    Ping = 0x89,
    Pong = 0x8A,
}

/// An entry encoded for everyone in its room.
#[derive(Debug)]
pub(crate) struct EncodedEntry {
    pub(crate) seq: Seq,
    pub(crate) prev: Seq,
    /// The message whose words are in the frame, if it has words.
    pub(crate) words_of: Option<MessageId>,
    /// The message that the entry deletes.
    pub(crate) deletes: Option<MessageId>,
    /// The whole frame.
    pub(crate) frame: Bytes,
}

/// A message as one text frame.
pub(crate) fn frame(message: &ServerMessage) -> Bytes {
    let mut out = BytesMut::new();
    put_frame(&mut out, message);
    out.freeze()
}

/// A message of a client as one frame.
#[cfg(feature = "echo")]
pub(crate) fn data_frame(first_byte: u8, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    put(&mut out, first_byte, payload);
    out.freeze()
}

/// A control frame. Its payload is at most 125 bytes.
pub(crate) fn control_frame(control: Control, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    put(&mut out, control as u8, payload);
    out.freeze()
}

/// The close frame that gives this code and its reason.
pub(crate) fn close_frame(code: CloseCode) -> Bytes {
    let mut payload = code.number().to_be_bytes().to_vec();
    payload.extend_from_slice(code.reason().as_bytes());
    control_frame(Control::Close, &payload)
}

/// The close frame that answers a client's, with the code that the client gave, if it gave one.
pub(crate) fn close_answer(code: Option<u16>) -> Bytes {
    let payload = code.map(u16::to_be_bytes);
    control_frame(Control::Close, payload.as_ref().map_or(&[], |code| code))
}

/// Entries as one frame each, side by side in one buffer, and where each of them ends.
pub(crate) fn encode_page(room: &RoomId, entries: Vec<Entry>) -> (Bytes, Vec<usize>) {
    let mut out = BytesMut::new();
    let mut ends = Vec::with_capacity(entries.len());
    for entry in entries {
        put_entry(&mut out, room, entry);
        ends.push(out.len());
    }
    (out.freeze(), ends)
}

/// Entries as one frame each, side by side in one buffer, for a room's ring.
pub(crate) fn encode_entries(
    room: &RoomId,
    entries: impl Iterator<Item = Entry>,
) -> Vec<EncodedEntry> {
    let mut out = BytesMut::new();
    let mut encoded: Vec<EncodedEntry> = Vec::new();
    let mut ends = Vec::new();
    for entry in entries {
        let has_words = entry.body.text().is_some();
        let message = entry.body.target().unwrap_or(entry.id);
        let is_deletion = matches!(entry.body, Body::Deletion { .. });
        encoded.push(EncodedEntry {
            seq: entry.seq,
            prev: entry.prev,
            words_of: has_words.then_some(message),
            deletes: is_deletion.then_some(message),
            frame: Bytes::new(),
        });
        put_entry(&mut out, room, entry);
        ends.push(out.len());
    }
    let mut rest = out.freeze();
    let length = rest.len();
    for (entry, end) in encoded.iter_mut().zip(ends) {
        let start = length - rest.len();
        entry.frame = rest.split_to(end - start);
    }
    encoded
}

/// The frame of an entry without its words, for an entry whose message was deleted since. A frame
/// that is no entry becomes one that clients ignore; they then miss a place and read it from the
/// log.
pub(crate) fn blanked(entry_frame: &Bytes) -> Bytes {
    let payload = entry_frame.get(header_bytes(entry_frame)..);
    let text = payload.and_then(|payload| str::from_utf8(payload).ok());
    let message = text.and_then(|text| codec::decode_server(text).ok());
    frame(&match message {
        Some(ServerMessage::Entry { room, mut entry }) => {
            entry.body = entry.body.blanked();
            ServerMessage::Entry { room, entry }
        }
        Some(_) | None => ServerMessage::Unknown,
    })
}

/// The payloads of whole frames, as [`put`] wrote them side by side.
pub(crate) fn payloads(frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = frames;
    std::iter::from_fn(move || {
        let header = header_bytes(rest);
        let length = match header {
            2 => rest.get(1).map(|length| usize::from(*length)),
            _longer => rest.get(2..header).map(|length| {
                let length = length.iter();
                length.fold(0, |length, byte| length << 8 | usize::from(*byte))
            }),
        };
        let (frame, after) = rest.split_at_checked(header + length?)?;
        rest = after;
        frame.get(header..)
    })
}

/// The length of the header that [`put`] wrote.
fn header_bytes(frame: &[u8]) -> usize {
    match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        Some(_) | None => 2,
    }
}

fn put_entry(out: &mut BytesMut, room: &RoomId, entry: Entry) {
    let room = room.clone();
    put_frame(out, &ServerMessage::Entry { room, entry });
}

fn put_frame(out: &mut BytesMut, message: &ServerMessage) {
    put(out, TEXT, codec::encode_server(message).as_bytes());
}

/// Appends one unmasked frame.
fn put(out: &mut BytesMut, first_byte: u8, payload: &[u8]) {
    out.reserve(payload.len() + 10);
    out.put_u8(first_byte);
    match payload.len() {
        length @ 0..=125 => out.put_u8(length as u8),
        length @ 126..=0xFFFF => {
            out.put_u8(126);
            out.put_u16(length as u16);
        }
        length => {
            out.put_u8(127);
            out.put_u64(length as u64);
        }
    }
    out.put_slice(payload);
}

#[cfg(test)]
mod tests {
    use parlor_shared::{MemberId, Name, Text};

    use super::*;

    #[test]
    fn frame_lengths_are_encoded_as_the_rfc_says() {
        let header = |length: usize| {
            let mut out = BytesMut::new();
            put(&mut out, TEXT, "x".repeat(length).as_bytes());
            out[..out.len() - length].to_vec()
        };
        assert_eq!(header(5), [0x81, 5]);
        assert_eq!(header(125), [0x81, 125]);
        assert_eq!(header(126), [0x81, 126, 0, 126]);
        assert_eq!(header(65_535), [0x81, 126, 0xFF, 0xFF]);
        assert_eq!(header(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn the_payloads_of_frames_are_what_was_put_into_them() {
        let lengths = [5, 125, 126, 0, 65_535, 65_536, 1];
        let texts: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        let mut out = BytesMut::new();
        for text in &texts {
            put(&mut out, TEXT, text.as_bytes());
        }
        let read: Vec<&[u8]> = payloads(&out).collect();
        assert_eq!(read, texts.iter().map(String::as_bytes).collect::<Vec<_>>());
        out.truncate(out.len() - 1);
        assert_eq!(payloads(&out).count(), texts.len() - 1, "only whole ones");
    }

    #[test]
    fn a_blanked_frame_is_the_frame_of_the_blanked_entry() {
        let room = RoomId::parse("lobby").unwrap();
        for length in [1, 100, 30_000] {
            let mut entry = Entry {
                seq: Seq(9),
                prev: Seq(7),
                id: MessageId::new(1, [0; 10]),
                at_ms: 3,
                member: MemberId::from_bytes([1; 16]),
                name: Name::parse("ann").unwrap(),
                body: Body::Post {
                    text: Text::parse("\u{1F642}".repeat(length.min(8_000))).unwrap(),
                    reply_to: Some(MessageId::new(2, [0; 10])),
                },
            };
            let message = |entry| ServerMessage::Entry {
                room: room.clone(),
                entry,
            };
            let worded = frame(&message(entry.clone()));
            entry.body = entry.body.blanked();
            assert_eq!(blanked(&worded), frame(&message(entry)));
        }
    }

    #[test]
    fn entries_encoded_together_are_the_frames_of_each_alone() {
        let room = RoomId::parse("lobby").unwrap();
        let entry = |seq: u64| Entry {
            seq: Seq(seq),
            prev: Seq(seq - 1),
            id: MessageId::new(seq, [0; 10]),
            at_ms: 0,
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("ann").unwrap(),
            body: Body::post(Text::parse("x".repeat(100 * seq as usize)).unwrap()),
        };
        let together = encode_entries(&room, (1..=3).map(entry));
        assert_eq!(together.len(), 3);
        for (encoded, seq) in together.iter().zip(1..) {
            let (room, entry) = (room.clone(), entry(seq));
            assert_eq!((encoded.seq, encoded.prev), (entry.seq, entry.prev));
            assert_eq!(encoded.frame, frame(&ServerMessage::Entry { room, entry }));
        }
    }
}
