//! A room's recent frames, each encoded once for everyone.
//!
//! The ring holds ready WebSocket frames: entries, and ephemeral frames that are not on the log
//! (presence, typing, notices). Frames are numbered without gaps, and a live cursor is at the
//! number of the frame it reads next. What leaves the ring is not lost: entries are on the log, and
//! a new snapshot replaces what was ephemeral.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use parlor_shared::{
    Seq,
    limits::{CHUNK_BYTES_MAX, RING_BYTES_MAX, RING_FRAMES_MAX},
};

/// A room's recent frames, bounded in number and in bytes.
#[derive(Debug)]
pub(crate) struct Ring {
    bounds: RingBounds,
    frames: VecDeque<Frame>,
    /// The number of `frames[0]`, or of the next frame while there is none.
    first: u64,
    bytes: usize,
    /// Every entry after this place is in the ring.
    start: Seq,
    /// The newest published entry's place.
    head: Seq,
    /// The last read of several frames. Cursors move together, so the next read is often for the
    /// same bytes.
    merged: Option<Merged>,
    /// The last read of entries only. Sessions that come back together have missed the same
    /// entries.
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
    /// The newest entry once this frame is read: its own, or the one before an ephemeral frame.
    seq: Seq,
    kind: FrameKind,
}

/// Whether a frame is on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Entry,
    Ephemeral,
}

/// A place in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RingPosition {
    /// The number of the next frame to read.
    pub(crate) frame: u64,
    /// The newest entry before it: where the log continues if the ring has dropped the frame.
    pub(crate) seq: Seq,
}

/// What a read of the ring gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RingRead {
    /// Frames to send.
    Frames(RingFrames),
    /// Nothing new.
    Empty,
    /// The next frame has been dropped: read the log.
    Lagged,
}

/// Frames read from the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RingFrames {
    /// Whole frames, in order.
    pub(crate) bytes: Bytes,
    /// The position after them.
    pub(crate) next: RingPosition,
    /// Whether the read stopped at its size limit, with more frames to read.
    pub(crate) more: bool,
}

/// A read that is likely to be asked for again.
#[derive(Debug)]
struct Merged {
    from: u64,
    until: u64,
    frames: RingFrames,
}

impl Merged {
    /// Whether a read of `from..until` gives the same frames now: it was for the same range, or
    /// stopped at its size limit within both ranges.
    fn is_current(&self, from: u64, until: u64) -> bool {
        let cut_short = self.frames.more && self.frames.next.frame < until;
        self.from == from && (self.until == until || cut_short)
    }
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

    /// Appends the room's next entry. An entry that is not after the head is known already and
    /// ignored.
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

    /// Appends a frame that is not on the log.
    pub(crate) fn push_ephemeral(&mut self, frame: Bytes) {
        self.push(Frame {
            bytes: frame,
            seq: self.head,
            kind: FrameKind::Ephemeral,
        });
    }

    /// The number of the first frame after the entry at `after`, or `None` if an entry after it has
    /// been dropped.
    pub(crate) fn find(&self, after: Seq) -> Option<u64> {
        let frames_until = || self.frames.partition_point(|frame| frame.seq <= after);
        (after >= self.start).then(|| self.first + frames_until() as u64)
    }

    /// All frames from number `from` on, up to [`CHUNK_BYTES_MAX`] but at least one.
    pub(crate) fn read(&mut self, from: u64) -> RingRead {
        let Some(offset) = from.checked_sub(self.first) else {
            return RingRead::Lagged;
        };
        let Some(frame) = self.frames.get(offset as usize) else {
            return RingRead::Empty;
        };
        let end = self.end();
        if from + 1 == end {
            return RingRead::Frames(RingFrames {
                bytes: frame.bytes.clone(),
                next: RingPosition {
                    frame: end,
                    seq: frame.seq,
                },
                more: false,
            });
        }
        let last = self.merged.take().filter(|last| last.is_current(from, end));
        let merged = last.unwrap_or_else(|| self.merge(from, end, |_| true));
        RingRead::Frames(self.merged.insert(merged).frames.clone())
    }

    /// Like [`Ring::read`], but only the entries before frame `until`: for a cursor that catches
    /// up.
    pub(crate) fn read_entries(&mut self, from: u64, until: u64) -> RingRead {
        if from < self.first {
            return RingRead::Lagged;
        }
        if from >= until {
            return RingRead::Empty;
        }
        let last = self.merged_entries.take();
        let last = last.filter(|last| last.is_current(from, until));
        let is_entry = |frame: &Frame| frame.kind == FrameKind::Entry;
        let merged = last.unwrap_or_else(|| self.merge(from, until, is_entry));
        RingRead::Frames(self.merged_entries.insert(merged).frames.clone())
    }

    fn merge(&self, from: u64, until: u64, is_wanted: impl Fn(&Frame) -> bool) -> Merged {
        let mut bytes = BytesMut::new();
        let mut next = RingPosition {
            frame: from,
            seq: self.start,
        };
        let range = (from - self.first) as usize..(until - self.first) as usize;
        for frame in self.frames.range(range) {
            if is_wanted(frame) {
                if !bytes.is_empty() && bytes.len() + frame.bytes.len() > CHUNK_BYTES_MAX {
                    break;
                }
                bytes.put_slice(&frame.bytes);
            }
            next.frame += 1;
            next.seq = frame.seq;
        }
        Merged {
            from,
            until,
            frames: RingFrames {
                bytes: bytes.freeze(),
                next,
                more: next.frame < until,
            },
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

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    /// A ring of `"a1 ~x b2"`: entry `a` at place 1, an ephemeral frame, entry `b` at place 2.
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

    fn text(read: RingRead) -> String {
        match read {
            RingRead::Frames(read) => String::from_utf8(read.bytes.to_vec()).unwrap(),
            RingRead::Empty => "empty".into(),
            RingRead::Lagged => "lagged".into(),
        }
    }

    #[test]
    fn one_read_gives_all_pending_frames() {
        let mut ring = ring("a1 ~x b2 c7");
        assert_eq!(text(ring.read(0)), "a~xbc");
        assert_eq!(text(ring.read(2)), "bc");
        assert_eq!(text(ring.read(3)), "c");
        assert_eq!(text(ring.read(4)), "empty");
        ring.push_entry(Seq(9), frame("d"));
        assert_eq!(
            text(ring.read(2)),
            "bcd",
            "a merged read is not reused once there is more"
        );
    }

    #[test]
    fn cursors_at_the_same_position_share_one_buffer() {
        let mut ring = ring("a1 b2 c3");
        let (RingRead::Frames(one), RingRead::Frames(two)) = (ring.read(1), ring.read(1)) else {
            panic!("both have frames")
        };
        assert_eq!(one.bytes.as_ptr(), two.bytes.as_ptr());
    }

    #[test]
    fn cursors_that_catch_up_together_share_one_buffer() {
        let mut ring = ring("a1 ~x b2 c3");
        let read = |ring: &mut Ring, until| match ring.read_entries(0, until) {
            RingRead::Frames(read) => read.bytes,
            RingRead::Empty | RingRead::Lagged => panic!("frames"),
        };
        let one = read(&mut ring, 4);
        assert_eq!(one.as_ptr(), read(&mut ring, 4).as_ptr());
        ring.push_entry(Seq(4), frame("d"));
        assert_eq!(read(&mut ring, 5), "abcd", "a new entry is included");
        assert_eq!(read(&mut ring, 3), "ab", "another `until` is another read");
    }

    #[test]
    fn a_position_is_found_by_the_entry_before_it() {
        let ring = ring("a3 ~x b5 c8");
        assert_eq!(ring.find(Seq::ZERO), Some(0));
        assert_eq!(
            ring.find(Seq(3)),
            Some(2),
            "the ephemeral frame before `b` is skipped"
        );
        assert_eq!(ring.find(Seq(5)), Some(3));
        assert_eq!(ring.find(Seq(8)), Some(4));
    }

    #[test]
    fn catching_up_reads_entries_only() {
        let mut ring = ring("a1 ~x b2 ~y c3");
        assert_eq!(text(ring.read_entries(1, 4)), "b");
        assert_eq!(
            text(ring.read_entries(3, 4)),
            "",
            "ephemeral frames alone give no bytes and move the position"
        );
        assert_eq!(text(ring.read_entries(5, 5)), "empty");
    }

    #[test]
    fn a_position_before_the_oldest_frame_has_lagged() {
        let mut ring = Ring::new(Seq(10), RingBounds::default());
        let count = RING_FRAMES_MAX as u64 + 5;
        for seq in 11..11 + count {
            ring.push_entry(Seq(seq), frame("x"));
        }
        assert_eq!(text(ring.read(4)), "lagged");
        assert_eq!(text(ring.read_entries(4, 6)), "lagged");
        assert_eq!(
            ring.find(Seq(14)),
            None,
            "15 was dropped, so a cursor after 14 reads the log"
        );
        assert_eq!(ring.find(Seq(15)), Some(5));
        assert_eq!(ring.end(), count);
    }

    #[test]
    fn the_ring_is_bounded_in_bytes() {
        let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
        let big = Bytes::from(vec![b'x'; RING_BYTES_MAX / 4]);
        for seq in 1..=6 {
            ring.push_entry(Seq(seq), big.clone());
        }
        assert_eq!(ring.find(Seq(1)), None);
        assert_eq!(ring.find(Seq(2)), Some(2));
        let RingRead::Frames(read) = ring.read(2) else {
            panic!("frames")
        };
        assert_eq!(read.next.frame, 3, "at least one frame, of any size");
    }

    #[test]
    fn an_entry_at_or_before_the_head_is_ignored() {
        let mut ring = Ring::new(Seq(5), RingBounds::default());
        ring.push_entry(Seq(5), frame("old"));
        assert_eq!(ring.end(), 0);
    }
}
