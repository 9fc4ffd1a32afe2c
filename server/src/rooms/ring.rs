//! A room's recent frames, each encoded once for everyone.
//!
//! The ring holds ready WebSocket frames: entries, and what is not on the log (presence, typing, notices). Frames are
//! numbered without gaps; a cursor is a frame number. What leaves the ring is only forgotten here: entries are on
//! the log, the rest is made up for by a snapshot.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use parlor_shared::{
    Seq,
    limits::{CHUNK_BYTES_MAX, RING_BYTES_MAX, RING_FRAMES_MAX},
};

/// A room's recent frames.
#[derive(Debug)]
pub(crate) struct Ring {
    bounds: RingBounds,
    frames: VecDeque<Frame>,
    /// The number of `frames[0]`; the number of the next frame when there is none.
    first: u64,
    bytes: usize,
    /// Every entry after this place is in the ring.
    start: Seq,
    /// The newest entry's place, as published.
    head: Seq,
    /// The last read that took several frames: cursors move together, so the next one wants the same bytes.
    merged: Option<Merged>,
    /// The same of entries only: those who come back together have missed the same.
    merged_entries: Option<Merged>,
}

/// How much a ring keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RingBounds {
    /// See [`RING_FRAMES_MAX`].
    pub(crate) frames_max: usize,
    /// See [`RING_BYTES_MAX`].
    pub(crate) bytes_max: usize,
}

impl Default for RingBounds {
    fn default() -> Self {
        Self {
            frames_max: RING_FRAMES_MAX,
            bytes_max: RING_BYTES_MAX,
        }
    }
}

#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    /// The room's newest entry once this frame is read: its own, or for a fleeting frame the one before it.
    seq: Seq,
    kind: FrameKind,
}

/// Whether a frame is on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Entry,
    Ephemeral,
}

#[derive(Debug)]
struct Merged {
    from: u64,
    /// How far it could have gone.
    until: u64,
    read: Read,
}

impl Merged {
    /// Whether a read from `from` would give the same now: it could go as far, or it was full before that.
    fn holds(&self, from: u64, until: u64) -> bool {
        let full = self.read.next < self.until && self.read.next < until;
        self.from == from && (self.until == until || full)
    }
}

/// Frames to send, and where the cursor is after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// Whole frames, in order.
    pub(crate) bytes: Bytes,
    /// The next frame's number.
    pub(crate) next: u64,
    /// The newest entry among everything read so far.
    pub(crate) seq: Seq,
}

/// What a ring says to a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// Frames to send.
    Frames(Read),
    /// The cursor has everything.
    Nothing,
    /// The cursor's next frame is gone: read the log.
    Forgotten,
}

impl Ring {
    /// An empty ring of a room whose newest entry is `head`.
    pub(crate) fn new(head: Seq, bounds: RingBounds) -> Self {
        Self {
            bounds,
            frames: VecDeque::new(),
            first: 0,
            bytes: 0,
            start: head,
            head,
            merged: None,
            merged_entries: None,
        }
    }

    /// The newest entry's place.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// The number the next frame will have.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// Takes the room's next entry. One that is not after the head is known already and ignored.
    pub(crate) fn push_entry(&mut self, seq: Seq, frame: Bytes) {
        if seq > self.head {
            self.head = seq;
            self.push(Frame {
                bytes: frame,
                seq,
                kind: FrameKind::Entry,
            });
        }
    }

    /// Takes a frame that is not on the log.
    pub(crate) fn push_ephemeral(&mut self, frame: Bytes) {
        self.push(Frame {
            bytes: frame,
            seq: self.head,
            kind: FrameKind::Ephemeral,
        });
    }

    /// The number of the first frame after this place; `None` when entries after it are not all here.
    pub(crate) fn find(&self, after: Seq) -> Option<u64> {
        let frames_until = || self.frames.partition_point(|frame| frame.seq <= after);
        (after >= self.start).then(|| self.first + frames_until() as u64)
    }

    /// All that is pending from frame `from` on, up to [`CHUNK_BYTES_MAX`] (one frame at least).
    pub(crate) fn read(&mut self, from: u64) -> Pending {
        let Some(offset) = from.checked_sub(self.first) else {
            return Pending::Forgotten;
        };
        let Some(frame) = self.frames.get(offset as usize) else {
            return Pending::Nothing;
        };
        if from + 1 == self.end() {
            let read = Read {
                bytes: frame.bytes.clone(),
                next: from + 1,
                seq: frame.seq,
            };
            return Pending::Frames(read);
        }
        let end = self.end();
        let known = self.merged.take().filter(|merged| merged.holds(from, end));
        let merged = known.unwrap_or_else(|| self.merge(from, end, |_| true));
        let read = merged.read.clone();
        self.merged = Some(merged);
        Pending::Frames(read)
    }

    /// Like [`Ring::read`], but only entries, and only before frame `until`: for a cursor that catches up.
    pub(crate) fn read_entries(&mut self, from: u64, until: u64) -> Pending {
        if from < self.first {
            return Pending::Forgotten;
        }
        if from >= until {
            return Pending::Nothing;
        }
        let known = self.merged_entries.take();
        let known = known.filter(|merged| merged.holds(from, until));
        let merged = known
            .unwrap_or_else(|| self.merge(from, until, |frame| frame.kind == FrameKind::Entry));
        let read = merged.read.clone();
        self.merged_entries = Some(merged);
        Pending::Frames(read)
    }

    fn merge(&self, from: u64, until: u64, wanted: impl Fn(&Frame) -> bool) -> Merged {
        let mut bytes = BytesMut::new();
        let mut next = from;
        let mut seq = self.start;
        let range = (from - self.first) as usize..(until - self.first) as usize;
        for frame in self.frames.range(range) {
            if wanted(frame) {
                if !bytes.is_empty() && bytes.len() + frame.bytes.len() > CHUNK_BYTES_MAX {
                    break;
                }
                bytes.put_slice(&frame.bytes);
            }
            next += 1;
            seq = frame.seq;
        }
        let bytes = bytes.freeze();
        Merged {
            from,
            until,
            read: Read { bytes, next, seq },
        }
    }

    fn push(&mut self, frame: Frame) {
        self.bytes += frame.bytes.len();
        self.frames.push_back(frame);
        while self.bytes > self.bounds.bytes_max || self.frames.len() > self.bounds.frames_max {
            let Some(oldest) = self.frames.pop_front() else {
                break;
            };
            self.first += 1;
            self.bytes -= oldest.bytes.len();
            self.start = oldest.seq;
        }
    }
}

/// Appends one unmasked text frame (RFC 6455, section 5.2) to `out`.
pub(crate) fn put_frame(out: &mut BytesMut, text: &str) {
    const TEXT: u8 = 0x81;
    put(out, TEXT, text.as_bytes());
}

/// What a frame says about the connection itself (RFC 6455, section 5.5).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Control {
    Close = 0x88,
    Ping = 0x89,
    Pong = 0x8A,
}

/// One unmasked control frame; its payload is at most 125 bytes.
pub(crate) fn control_frame(control: Control, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    put(&mut out, control as u8, payload);
    out.freeze()
}

/// Appends one whole frame.
fn put(out: &mut BytesMut, first: u8, payload: &[u8]) {
    out.reserve(payload.len() + 10);
    out.put_u8(first);
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
    use super::*;

    fn frame(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    /// "a1 ~ b2": entry `a` at place 1, a fleeting frame, entry `b` at place 2.
    fn ring(frames: &str) -> Ring {
        let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
        for word in frames.split_whitespace() {
            match word.strip_prefix('~') {
                Some(_) => ring.push_ephemeral(frame(word)),
                None => ring.push_entry(Seq(word[1..].parse().unwrap()), frame(&word[..1])),
            }
        }
        ring
    }

    fn text(pending: Pending) -> String {
        match pending {
            Pending::Frames(read) => String::from_utf8(read.bytes.to_vec()).unwrap(),
            Pending::Nothing => "nothing".into(),
            Pending::Forgotten => "forgotten".into(),
        }
    }

    #[test]
    fn a_cursor_takes_all_that_is_pending_at_once() {
        let mut ring = ring("a1 ~x b2 c7");
        assert_eq!(text(ring.read(0)), "a~xbc");
        assert_eq!(text(ring.read(2)), "bc");
        assert_eq!(text(ring.read(3)), "c");
        assert_eq!(text(ring.read(4)), "nothing");
        ring.push_entry(Seq(9), frame("d"));
        assert_eq!(
            text(ring.read(2)),
            "bcd",
            "a merged read is not reused once there is more"
        );
    }

    #[test]
    fn many_cursors_at_one_place_share_one_buffer() {
        let mut ring = ring("a1 b2 c3");
        let (Pending::Frames(one), Pending::Frames(two)) = (ring.read(1), ring.read(1)) else {
            panic!("both have frames")
        };
        assert_eq!(one.bytes.as_ptr(), two.bytes.as_ptr());
    }

    #[test]
    fn those_who_come_back_together_share_what_they_missed() {
        let mut ring = ring("a1 ~x b2 c3");
        let read = |ring: &mut Ring, until| match ring.read_entries(0, until) {
            Pending::Frames(read) => read.bytes,
            Pending::Nothing | Pending::Forgotten => panic!("frames"),
        };
        let one = read(&mut ring, 4);
        assert_eq!(one.as_ptr(), read(&mut ring, 4).as_ptr());
        ring.push_entry(Seq(4), frame("d"));
        assert_eq!(read(&mut ring, 5), "abcd", "there is more");
        assert_eq!(
            read(&mut ring, 3),
            "ab",
            "it was live from an earlier frame on"
        );
    }

    #[test]
    fn a_place_is_found_between_entries() {
        let ring = ring("a3 ~x b5 c8");
        assert_eq!(ring.find(Seq::ZERO), Some(0));
        assert_eq!(
            ring.find(Seq(3)),
            Some(2),
            "what was fleeting before `b` is past"
        );
        assert_eq!(ring.find(Seq(5)), Some(3));
        assert_eq!(ring.find(Seq(8)), Some(4));
    }

    #[test]
    fn catching_up_takes_entries_only() {
        let mut ring = ring("a1 ~x b2 ~y c3");
        assert_eq!(text(ring.read_entries(1, 4)), "b");
        assert_eq!(
            text(ring.read_entries(3, 4)),
            "",
            "a stretch of fleeting frames is just passed"
        );
        assert_eq!(text(ring.read_entries(5, 5)), "nothing");
    }

    #[test]
    fn what_falls_off_is_forgotten_and_says_so() {
        let mut ring = Ring::new(Seq(10), RingBounds::default());
        let count = RING_FRAMES_MAX as u64 + 5;
        for seq in 11..11 + count {
            ring.push_entry(Seq(seq), frame("x"));
        }
        assert_eq!(text(ring.read(4)), "forgotten");
        assert_eq!(text(ring.read_entries(4, 6)), "forgotten");
        assert_eq!(
            ring.find(Seq(14)),
            None,
            "15 fell off: one after 14 needs the log"
        );
        assert_eq!(ring.find(Seq(15)), Some(5));
        assert_eq!(ring.end(), count);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
        let big = Bytes::from(vec![b'x'; RING_BYTES_MAX / 4]);
        for seq in 1..=6 {
            ring.push_entry(Seq(seq), big.clone());
        }
        assert_eq!(ring.find(Seq(1)), None);
        assert_eq!(ring.find(Seq(2)), Some(2));
        let Pending::Frames(read) = ring.read(2) else {
            panic!("frames")
        };
        assert_eq!(read.next, 3, "one frame at least, however large");
    }

    #[test]
    fn an_entry_known_from_the_log_is_not_told_twice() {
        let mut ring = Ring::new(Seq(5), RingBounds::default());
        ring.push_entry(Seq(5), frame("old"));
        assert_eq!(ring.end(), 0);
    }

    #[test]
    fn frame_lengths_are_encoded_as_the_rfc_says() {
        let head = |length: usize| {
            let mut out = BytesMut::new();
            put_frame(&mut out, &"x".repeat(length));
            out[..out.len() - length].to_vec()
        };
        assert_eq!(head(5), [0x81, 5]);
        assert_eq!(head(125), [0x81, 125]);
        assert_eq!(head(126), [0x81, 126, 0, 126]);
        assert_eq!(head(65_535), [0x81, 126, 0xFF, 0xFF]);
        assert_eq!(head(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
