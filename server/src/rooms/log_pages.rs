//! Pages of the log that sessions behind a room's ring share: each is read once and encoded once
//! for all that come back together.
//!
//! A page that is being read is known only for as long as somebody waits for it. A page that was
//! read is kept for a minute or two, as the ring's frames are, while all rooms together keep at
//! most [`LOG_PAGES_BYTES_MAX`]. A deletion that is published makes all earlier pages of its room
//! void in the same step: no words of it are handed out of them from then on.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use futures_util::future::{FutureExt, Shared, WeakShared};
use parlor_shared::{Entry, RoomId, Seq, limits::LOG_PAGES_BYTES_MAX};
use tokio::sync::Semaphore;

use crate::{connection::frame::encode_page, engine::ReadError};

/// What a kept page takes for each entry beside its frame.
const ENTRY_OVERHEAD_BYTES: usize = size_of::<PageEntry>();

/// Entries of a room's log, encoded for everyone.
#[derive(Debug)]
pub(crate) struct LogPage {
    /// The place after which it was read.
    pub(crate) from: Seq,
    /// The place before its first entry: after `from` if the log was shortened.
    pub(crate) prev: Seq,
    entries: Vec<PageEntry>,
    bytes: Bytes,
    /// The deletions in the room before it was read.
    deletions: Deletions,
}

/// An entry's place in a page.
#[derive(Debug, Clone, Copy)]
struct PageEntry {
    seq: Seq,
    /// Where its frame ends.
    end: usize,
}

/// How many deletions were published in a room since it was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Deletions(u64);

/// Some of a page's entries, to be written at once.
#[derive(Debug)]
pub(crate) struct PageChunk {
    pub(crate) bytes: Bytes,
    /// Its last entry.
    pub(crate) seq: Seq,
    /// Whether it is the page's last one, too.
    pub(crate) is_last: bool,
}

/// A page that is being read.
pub(crate) type PageRead = Shared<Pin<Box<dyn Future<Output = ReadResult> + Send>>>;
type WeakPageRead = WeakShared<Pin<Box<dyn Future<Output = ReadResult> + Send>>>;
pub(crate) type ReadResult = Result<Arc<LogPage>, ReadError>;

/// Where a cursor finds its next page.
#[derive(Debug)]
pub(crate) enum NextPage {
    Ready(Arc<LogPage>),
    Reading(PageRead),
}

/// Whether a page that begins before a cursor's place will do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageStart {
    /// It may, if it is likely to reach beyond the place.
    Near,
    At,
}

impl PageStart {
    /// How many places before the cursor's a page of up to `limit` entries may begin: half of it is
    /// likely to be beyond, where places differ by `place_step`.
    pub(crate) fn reach(self, limit: u16, place_step: u64) -> u64 {
        match self {
            Self::Near => u64::from(limit / 2) * place_step,
            Self::At => 0,
        }
    }
}

/// One room's pages.
#[derive(Debug, Default)]
pub(crate) struct LogPages {
    deletions: Deletions,
    reading: Vec<Reading>,
    kept: VecDeque<Kept>,
    /// How many of the kept were there at the last [`LogPages::expire`].
    unexpired: usize,
}

#[derive(Debug)]
struct Reading {
    from: Seq,
    read: WeakPageRead,
    permits: Arc<ReadPermits>,
}

/// The permits of which a read needs one. Those of an address may be taken by its other reads,
/// which must keep nobody else waiting.
#[derive(Debug)]
pub(crate) struct ReadPermits {
    permits: Option<Arc<Semaphore>>,
    has_one: AtomicBool,
}

impl ReadPermits {
    /// A read that waits for one of these.
    pub(crate) fn of(permits: Option<&Arc<Semaphore>>) -> Arc<Self> {
        Arc::new(Self {
            permits: permits.cloned(),
            has_one: AtomicBool::new(false),
        })
    }

    /// The read has one, and begins.
    pub(crate) fn begin(&self) {
        self.has_one.store(true, Relaxed);
    }

    /// Whether a cursor with the other permits may wait for this read instead of one of its own.
    fn will_do_for(&self, other: &Self) -> bool {
        let address = |of: &Self| of.permits.as_ref().map(Arc::as_ptr);
        self.has_one.load(Relaxed) || address(self) == address(other)
    }
}

#[derive(Debug)]
struct Kept {
    page: Arc<LogPage>,
    _reserved: Reserved,
}

/// How much the pages of all rooms take.
#[derive(Debug, Default)]
pub(crate) struct PageBudget(AtomicUsize);

/// A part of the budget, which is given back when this is dropped.
#[derive(Debug)]
struct Reserved {
    budget: Arc<PageBudget>,
    bytes: usize,
}

impl LogPage {
    /// The page of these entries, which were read after `from` while the room had these deletions.
    pub(crate) fn new(room: &RoomId, from: Seq, entries: Vec<Entry>, deletions: Deletions) -> Self {
        let prev = entries.first().map_or(from, |first| first.prev);
        let seqs: Vec<Seq> = entries.iter().map(|entry| entry.seq).collect();
        let (bytes, ends) = encode_page(room, entries);
        let entries = seqs.into_iter().zip(ends);
        Self {
            from,
            prev,
            entries: entries.map(|(seq, end)| PageEntry { seq, end }).collect(),
            bytes,
            deletions,
        }
    }

    /// The entries after this place: as many as begin within `bytes_max`. `None` if there are none.
    pub(crate) fn chunk_after(&self, after: Seq, bytes_max: usize) -> Option<PageChunk> {
        let first = self.entries.partition_point(|entry| entry.seq <= after);
        let start = first
            .checked_sub(1)
            .map_or(0, |before| self.entries[before].end);
        let rest = self.entries.get(first..)?;
        let whole = rest.partition_point(|entry| entry.end - start < bytes_max);
        let last = rest.get(whole).or(rest.last())?;
        Some(PageChunk {
            bytes: self.bytes.slice(start..last.end),
            seq: last.seq,
            is_last: last.end == self.bytes.len(),
        })
    }

    /// Whether it has an entry after this place and none is missing in between.
    fn continues(&self, after: Seq) -> bool {
        let last = self.entries.last();
        self.prev <= after && last.is_some_and(|last| last.seq > after)
    }

    fn kept_bytes(&self) -> usize {
        self.bytes.len() + self.entries.len() * ENTRY_OVERHEAD_BYTES
    }
}

impl LogPages {
    /// How many deletions were published.
    pub(crate) fn deletions(&self) -> Deletions {
        self.deletions
    }

    /// The page for a cursor at this place, or the one that is being read from up to `reach` places
    /// before. If nobody has it or reads it, `read` begins to, with one of these permits.
    pub(crate) fn next(
        &mut self,
        after: Seq,
        reach: u64,
        permits: &Arc<ReadPermits>,
        read: impl FnOnce() -> PageRead,
    ) -> NextPage {
        if let Some(kept) = self.kept.iter().find(|kept| kept.page.continues(after)) {
            return NextPage::Ready(kept.page.clone());
        }
        let will_do = |from: Seq| from <= after && after.0 - from.0 <= reach;
        self.reading.retain(|reading| {
            reading
                .read
                .upgrade()
                .is_some_and(|read| read.peek().is_none())
        });
        let found = self
            .reading
            .iter()
            .find(|reading| will_do(reading.from) && reading.permits.will_do_for(permits));
        if let Some(read) = found.and_then(|found| found.read.upgrade()) {
            return NextPage::Reading(read);
        }
        let read = read();
        if let Some(weak) = read.downgrade() {
            self.reading.push(Reading {
                from: after,
                read: weak,
                permits: permits.clone(),
            });
        }
        NextPage::Reading(read)
    }

    /// Keeps a page that was read, unless it is void or too much is kept already.
    pub(crate) fn keep(&mut self, page: &Arc<LogPage>, budget: &Arc<PageBudget>) {
        if page.entries.is_empty() || !self.is_current(page) {
            return;
        }
        if let Some(reserved) = budget.reserve(page.kept_bytes()) {
            self.kept.push_back(Kept {
                page: page.clone(),
                _reserved: reserved,
            });
        }
    }

    /// Whether no deletion was published since the page was read.
    pub(crate) fn is_current(&self, page: &LogPage) -> bool {
        page.deletions == self.deletions
    }

    /// A deletion is published: what was read before is void, and what is being read, too.
    pub(crate) fn void(&mut self) {
        self.deletions.0 += 1;
        self.kept = VecDeque::new();
        self.reading = Vec::new();
        self.unexpired = 0;
    }

    /// Drops the pages that were there at the last call already.
    pub(crate) fn expire(&mut self) {
        self.kept.drain(..self.unexpired);
        self.unexpired = self.kept.len();
        self.kept.shrink_to_fit();
        self.reading = Vec::new();
    }
}

impl PageBudget {
    /// Takes a part of [`LOG_PAGES_BYTES_MAX`], if it is there.
    fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Reserved> {
        let more = |used: usize| Some(used + bytes).filter(|sum| *sum <= LOG_PAGES_BYTES_MAX);
        self.0.fetch_update(Relaxed, Relaxed, more).ok()?;
        Some(Reserved {
            budget: self.clone(),
            bytes,
        })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Relaxed);
    }
}

/// A read that several cursors may wait for.
pub(crate) fn shared(read: impl Future<Output = ReadResult> + Send + 'static) -> PageRead {
    let read: Pin<Box<dyn Future<Output = ReadResult> + Send>> = Box::pin(read);
    read.shared()
}

#[cfg(test)]
mod tests;
