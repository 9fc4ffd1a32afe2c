//! A room's recent frames, each encoded once for everyone.
//!
//! The ring holds ready WebSocket frames: entries, and ephemeral frames that are not on the log
//! (presence, typing, notices). Frames are numbered without gaps, and a live cursor is at the
//! number of the frame it reads next. What leaves the ring is not lost: entries are on the log, and
//! a new snapshot replaces what was ephemeral.

mod pages;

use std::{
    collections::{HashSet, VecDeque},
    ops::Range,
};

use bytes::{BufMut, Bytes, BytesMut};
use parlor_shared::{
    MessageId, Seq,
    limits::{CHUNK_BYTES_MAX, RING_BYTES_MAX, RING_FRAMES_MAX},
};

use self::pages::{PageLength, RingPage, RingPages};

/// A room's recent frames, bounded in number and in bytes.
#[derive(Debug)]
pub(crate) struct Ring {
    bounds: RingBounds,
    frames: VecDeque<Frame>,
    /// The number of `frames[0]`, or of the next frame while there is none.
    first: u64,
    /// The number of the first frame that was not there at the last [`Ring::expire`].
    unexpired: u64,
    bytes: usize,
    /// Every entry after this place is in the ring.
    start: Seq,
    /// The newest published entry's place.
    head: Seq,
    /// The last read of several frames. Cursors move together, so the next read is often for the
    /// same bytes.
    merged: Option<Merged>,
    /// Reads of entries only. Sessions that come back together have missed the same entries, and
    /// each is at another of them, as fast as its socket takes them.
    pages: RingPages,
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
    /// The message whose words are in the frame, if it has words.
    words_of: Option<MessageId>,
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
            unexpired: 0,
            bytes: 0,
            start: head,
            head,
            merged: None,
            pages: RingPages::default(),
        }
    }

    /// The newest entry's place.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// Bytes of its frames.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number the next frame will have.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// Appends the room's next entry, which has words of this message. An entry that is not after
    /// the head is known already and ignored.
    pub(crate) fn push_entry(&mut self, seq: Seq, frame: Bytes, words_of: Option<MessageId>) {
        if seq > self.head {
            self.head = seq;
            self.push(Frame {
                bytes: frame,
                seq,
                kind: FrameKind::Entry,
                words_of,
            });
        }
    }

    /// Replaces the frames with words of these messages by what `blank` makes of them. One pass
    /// over the ring, however many messages there are.
    pub(crate) fn blank(&mut self, deleted: &HashSet<MessageId>, blank: impl Fn(&Bytes) -> Bytes) {
        let has_words = |frame: &&mut Frame| frame.words_of.is_some_and(|of| deleted.contains(&of));
        for frame in self.frames.iter_mut().filter(has_words) {
            self.bytes -= frame.bytes.len();
            frame.bytes = blank(&frame.bytes);
            self.bytes += frame.bytes.len();
            frame.words_of = None;
        }
        self.merged = None;
        self.pages.clear();
    }

    /// Appends a frame that is not on the log.
    pub(crate) fn push_ephemeral(&mut self, frame: Bytes) {
        self.push(Frame {
            bytes: frame,
            seq: self.head,
            kind: FrameKind::Ephemeral,
            words_of: None,
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
        let merged = last.unwrap_or_else(|| self.merge(from, end));
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
        let found = self.pages.find(from);
        // What came in since a short page was made is put behind it.
        let found =
            found.filter(|page| page.length == PageLength::Whole || until <= page.frames.end);
        let page = found.cloned().unwrap_or_else(|| {
            let page = self.page(from, until);
            self.pages.insert(page.clone());
            page
        });
        let end = page.frames.end.min(until);
        let offset = |frame| self.entry_bytes(page.frames.start..frame);
        RingRead::Frames(RingFrames {
            bytes: match end == page.frames.end {
                true => page.bytes.slice(offset(from)..),
                false => page.bytes.slice(offset(from)..offset(end)),
            },
            next: RingPosition {
                frame: end,
                seq: self.frames[(end - 1 - self.first) as usize].seq,
            },
            more: end < until,
        })
    }

    /// A page with the frame `from` in it, and none from `until` on.
    fn page(&self, from: u64, until: u64) -> RingPage {
        let bytes_of = |number| self.entry_bytes(number..number + 1);
        let range = self.pages.range_of_next(from, until, self.first, bytes_of);
        let mut bytes = BytesMut::with_capacity(self.entry_bytes(range.clone()));
        let entries = self.range(&range);
        let entries = entries.filter(|frame| frame.kind == FrameKind::Entry);
        entries.for_each(|frame| bytes.put_slice(&frame.bytes));
        RingPage {
            bytes: bytes.freeze(),
            length: match range.end == until {
                true => PageLength::Short,
                false => PageLength::Whole,
            },
            frames: range,
        }
    }

    /// The frames of these numbers.
    fn range(&self, numbers: &Range<u64>) -> impl Iterator<Item = &Frame> {
        let index = |number: u64| (number - self.first) as usize;
        self.frames.range(index(numbers.start)..index(numbers.end))
    }

    /// The bytes of the entries among the frames of these numbers.
    fn entry_bytes(&self, numbers: Range<u64>) -> usize {
        let entries = self
            .range(&numbers)
            .filter(|frame| frame.kind == FrameKind::Entry);
        entries.map(|frame| frame.bytes.len()).sum()
    }

    fn merge(&self, from: u64, until: u64) -> Merged {
        let mut bytes = BytesMut::new();
        let mut next = RingPosition {
            frame: from,
            seq: self.start,
        };
        for frame in self.range(&(from..until)) {
            if !bytes.is_empty() && bytes.len() + frame.bytes.len() > CHUNK_BYTES_MAX {
                break;
            }
            bytes.put_slice(&frame.bytes);
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
        while (self.bytes > self.bounds.bytes_max || self.frames.len() > self.bounds.frames_max)
            && self.drop_oldest().is_some()
        {}
    }

    /// Drops the frames that were there at the last call already. Called regularly, it bounds what
    /// many rooms keep together by what comes in meanwhile.
    pub(crate) fn expire(&mut self) {
        while self.first < self.unexpired && self.drop_oldest().is_some() {}
        self.unexpired = self.end();
        self.frames.shrink_to_fit();
        self.merged = None;
        self.pages.clear();
    }

    fn drop_oldest(&mut self) -> Option<()> {
        let oldest = self.frames.pop_front()?;
        self.first += 1;
        self.pages.drop_before(self.first);
        self.bytes -= oldest.bytes.len();
        self.start = oldest.seq;
        Some(())
    }
}

#[cfg(test)]
mod tests;
