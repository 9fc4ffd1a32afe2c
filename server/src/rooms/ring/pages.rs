//! Reads of a ring that cursors which catch up share: each page of entries is put together once,
//! and written to all sessions that come back and have missed it.

use std::{collections::VecDeque, ops::Range};

use bytes::Bytes;
use parlor_shared::limits::CHUNK_BYTES_MAX;

/// The entries of some neighbouring frames, put together to be written at once.
#[derive(Debug, Clone)]
pub(super) struct RingPage {
    /// The numbers of its frames.
    pub(super) frames: Range<u64>,
    pub(super) bytes: Bytes,
    pub(super) length: PageLength,
}

/// Why a page has no more entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageLength {
    /// Another frame would be too much, or is the first of the next page.
    Whole,
    /// There were no more frames.
    Short,
}

/// A ring's pages, in order. No frame is in two of them, so they hold at most as much as the ring.
#[derive(Debug, Default)]
pub(super) struct RingPages(VecDeque<RingPage>);

impl RingPages {
    /// The page that has this frame.
    pub(super) fn find(&self, frame: u64) -> Option<&RingPage> {
        let page = self.0.get(self.index_after(frame).checked_sub(1)?)?;
        page.frames.contains(&frame).then_some(page)
    }

    /// The frames of a page that is to be made, with frame `from` in it and none from `until` on.
    ///
    /// It begins and ends where its neighbours end and begin if it can: sessions that have missed
    /// nearly the same entries share all pages. `oldest` is the first frame of the ring, and
    /// `bytes_of` says how many bytes of entries a frame has.
    pub(super) fn range_of_next(
        &self,
        from: u64,
        until: u64,
        oldest: u64,
        bytes_of: impl Fn(u64) -> usize,
    ) -> Range<u64> {
        let index = self.index_after(from);
        let next = self.0.get(index).map(|page| page.frames.start);
        let before = index.checked_sub(1).and_then(|index| self.0.get(index));
        let lowest = before.map_or(oldest, |page| match page.length {
            PageLength::Whole => page.frames.end,
            PageLength::Short => page.frames.start,
        });
        let sum = |frames: Range<u64>| frames.map(&bytes_of).sum::<usize>();
        let fits = |frames: Range<u64>| {
            let few = frames.end - frames.start <= CHUNK_BYTES_MAX as u64;
            few && sum(frames) <= CHUNK_BYTES_MAX
        };
        let start = match next.filter(|next| *next <= until && fits(from..*next)) {
            Some(next) => {
                let mut bytes = sum(from..next);
                let back = (lowest..from).rev().take_while(|frame| {
                    bytes += bytes_of(*frame);
                    bytes <= CHUNK_BYTES_MAX
                });
                back.last().unwrap_or(from)
            }
            None if before.is_some() && fits(lowest..from + 1) => lowest,
            None => from,
        };
        let end_max = next.map_or(until, |next| next.min(until));
        let mut bytes = 0;
        let more = (start..end_max).take_while(|frame| {
            let had_none = bytes == 0;
            bytes += bytes_of(*frame);
            had_none || bytes <= CHUNK_BYTES_MAX
        });
        start..more.last().map_or(start, |last| last + 1)
    }

    /// Adds a page, in the place of those that it overlaps.
    pub(super) fn insert(&mut self, page: RingPage) {
        let overlaps = |other: &RingPage| {
            other.frames.start < page.frames.end && page.frames.start < other.frames.end
        };
        self.0.retain(|other| !overlaps(other));
        let index = self.index_after(page.frames.start);
        self.0.insert(index, page);
    }

    /// Drops the pages that begin before this frame.
    pub(super) fn drop_before(&mut self, frame: u64) {
        while self.0.front().is_some_and(|page| page.frames.start < frame) {
            self.0.pop_front();
        }
    }

    /// Drops all pages, and gives back their memory.
    pub(super) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|page| page.bytes.len()).sum()
    }

    /// How many pages begin at this frame or before it.
    fn index_after(&self, frame: u64) -> usize {
        self.0.partition_point(|page| page.frames.start <= frame)
    }
}
