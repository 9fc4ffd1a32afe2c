use std::future::ready;

use parlor_shared::{Body, MemberId, MessageId, Name, Text, limits::CATCH_UP_ENTRIES_MAX};

use super::*;

const LIMIT: u16 = CATCH_UP_ENTRIES_MAX;
const ENTRY_BYTES: usize = 1_000;

/// A page of as many entries as there may be, each a place after the other.
fn page(from: u64, deletions: Deletions) -> Arc<LogPage> {
    let entry = |seq| Entry {
        seq: Seq(seq),
        prev: Seq(seq - 1),
        id: MessageId::new(seq, [0; 10]),
        at_ms: 0,
        member: MemberId::from_bytes([1; 16]),
        name: Name::parse("ann").unwrap(),
        body: Body::post(Text::parse("x".repeat(ENTRY_BYTES)).unwrap()),
    };
    let entries = (from + 1..=from + u64::from(LIMIT)).map(entry).collect();
    let room = RoomId::parse("lobby").unwrap();
    Arc::new(LogPage::new(&room, Seq(from), entries, deletions))
}

/// A room's pages, and the places from which it was read.
#[derive(Default)]
struct Room {
    pages: LogPages,
    reads: Vec<u64>,
    budget: Arc<PageBudget>,
}

impl Room {
    /// A cursor at this place asks for a page, which is ready or is read now.
    fn next(&mut self, after: u64, start: PageStart) -> NextPage {
        self.next_of(after, start, &ReadPermits::of(None))
    }

    fn next_of(&mut self, after: u64, start: PageStart, permits: &Arc<ReadPermits>) -> NextPage {
        let (reads, deletions) = (&mut self.reads, self.pages.deletions());
        let reach = start.reach(LIMIT, 1);
        self.pages.next(Seq(after), reach, permits, || {
            reads.push(after);
            shared(ready(Ok(page(after, deletions))))
        })
    }

    /// As [`Room::next`], for a page that is read to its end and kept.
    fn read(&mut self, after: u64) -> Arc<LogPage> {
        match self.next(after, PageStart::Near) {
            NextPage::Ready(page) => page,
            NextPage::Reading(read) => {
                let page = read.now_or_never().unwrap().unwrap();
                self.pages.keep(&page, &self.budget);
                page
            }
        }
    }
}

#[test]
fn those_who_come_back_together_share_one_read() {
    let mut room = Room::default();
    let waiting = [0, 0, 3].map(|after| room.next(after, PageStart::Near));
    assert_eq!(room.reads, [0], "one reads, the others wait");
    drop(waiting);
    room.next(0, PageStart::Near);
    assert_eq!(
        room.reads,
        [0, 0],
        "nobody waits for a read that nobody goes on with"
    );
    room.read(0);
    let last = u64::from(LIMIT);
    for after in [0, 1, last - 1] {
        room.read(after);
    }
    assert_eq!(
        room.reads,
        [0, 0, 0],
        "a page is kept for those that come later"
    );
    room.read(last);
    assert_eq!(room.reads.last(), Some(&last));
}

#[test]
fn a_read_of_an_earlier_place_is_waited_for_only_if_it_may_reach_far_enough() {
    let mut room = Room::default();
    let reach = u64::from(LIMIT / 2);
    let _waiting = [0, reach, reach + 1].map(|after| room.next(after, PageStart::Near));
    assert_eq!(room.reads, [0, reach + 1]);
    let _waiting = room.next(1, PageStart::At);
    assert_eq!(room.reads.last(), Some(&1));
    // Places of groups are further apart.
    assert_eq!(PageStart::Near.reach(LIMIT, 1_024), 1_024 * reach);
}

#[test]
fn a_page_gives_its_entries_from_any_place_on_in_chunks() {
    let page = page(10, Deletions::default());
    let (mut after, mut bytes) = (Seq(13), 0);
    while let Some(chunk) = page.chunk_after(after, 5 * ENTRY_BYTES) {
        assert!(
            chunk.bytes.starts_with(&[0x81]),
            "a chunk begins with a frame"
        );
        assert!((1..=5).contains(&(chunk.seq.0 - after.0)));
        (after, bytes) = (chunk.seq, bytes + chunk.bytes.len());
    }
    assert_eq!(after, Seq(10 + u64::from(LIMIT)));
    let three = page.chunk_after(Seq(10), 2 * ENTRY_BYTES + 1).unwrap();
    assert_eq!(three.seq, Seq(12), "{}", three.bytes.len());
    assert!(bytes > (usize::from(LIMIT) - 3) * ENTRY_BYTES);
}

#[test]
fn no_page_that_was_read_before_a_deletion_is_handed_out_after_it() {
    let mut room = Room::default();
    let kept = room.read(0);
    let NextPage::Reading(begun) = room.next(10_000, PageStart::Near) else {
        panic!("it is read")
    };
    assert!(room.pages.is_current(&kept));
    room.pages.void();
    assert!(!room.pages.is_current(&kept));
    // It was begun before, and may have the words.
    let begun = begun.now_or_never().unwrap().unwrap();
    assert!(!room.pages.is_current(&begun));
    room.pages.keep(&begun, &room.budget);
    let pages = [0, 10_000].map(|after| room.read(after));
    assert!(pages.iter().all(|page| room.pages.is_current(page)));
    assert_eq!(room.reads, [0, 10_000, 0, 10_000]);
    let kept = pages.map(|page| page.kept_bytes()).iter().sum::<usize>();
    assert_eq!(
        room.budget.0.load(Relaxed),
        kept,
        "what was dropped is given back"
    );
}

#[test]
fn what_all_rooms_keep_is_bounded_and_dropped_at_the_second_call() {
    let budget = Arc::new(PageBudget::default());
    let mut rooms = [0; 2].map(|_| Room {
        budget: budget.clone(),
        ..Room::default()
    });
    let each = page(100_000, Deletions::default()).kept_bytes();
    for n in 0..2 * LOG_PAGES_BYTES_MAX / each {
        rooms[n % 2].read((n * 1_000) as u64);
    }
    let kept = budget.0.load(Relaxed);
    assert!((LOG_PAGES_BYTES_MAX - each..=LOG_PAGES_BYTES_MAX).contains(&kept));
    for room in &mut rooms {
        room.pages.expire();
        assert!(!room.pages.kept.is_empty());
        room.pages.expire();
        assert!(room.pages.kept.is_empty());
    }
    assert_eq!(budget.0.load(Relaxed), 0);
}

#[test]
fn nobody_waits_for_a_read_that_waits_for_the_permits_of_another_address() {
    let mut room = Room::default();
    let [busy, other] = [(); 2].map(|()| Arc::new(Semaphore::new(1)));
    let permits = ReadPermits::of(Some(&busy));
    let _first = room.next_of(0, PageStart::Near, &permits);
    let _shared = room.next_of(0, PageStart::Near, &ReadPermits::of(Some(&busy)));
    assert_eq!(room.reads, [0]);
    let of_other = room.next_of(0, PageStart::Near, &ReadPermits::of(Some(&other)));
    assert_eq!(room.reads, [0, 0], "it reads for itself");
    drop(of_other);
    permits.begin();
    let _shared = room.next_of(0, PageStart::Near, &ReadPermits::of(Some(&other)));
    assert_eq!(room.reads, [0, 0], "the read is under way");
}
