//! A feed whose program takes nothing for a while.

use parlor_shared::{Body, Epoch, ErrorCode, MemberId, MessageId, Name, Refusal, Text};

use super::*;

fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn at(seq: u64) -> Position {
    Position {
        epoch: Epoch::from_bytes([1; 16]),
        seq: Seq(seq),
    }
}

fn entry(prev: u64, seq: u64) -> Entry {
    Entry {
        seq: Seq(seq),
        prev: Seq(prev),
        id: MessageId::new(seq, [0; 10]),
        at_ms: 0,
        member: MemberId::from_bytes([2; 16]),
        name: Name::parse("n").unwrap(),
        body: Body::post(Text::parse("t").unwrap()),
    }
}

fn located(room: &RoomId, entry: Entry) -> RoomEntry {
    RoomEntry {
        room: room.clone(),
        position: at(entry.seq.0),
        is_own: false,
        entry,
    }
}

fn page(after: u64, entries: Vec<Entry>) -> PageAnswer {
    PageAnswer {
        room: room(),
        after: Seq(after),
        entries,
        newer: false,
    }
}

/// A feed and its program, which has taken nothing of `count` entries that came.
fn full(count: u64) -> (Feed, mpsc::Receiver<Item>) {
    let (items, receiver) = mpsc::channel(ROOM_EVENTS_MAX);
    let mut feed = Feed::new(room(), JoinFrom::LastPage, items);
    feed.on_joined(at(0), Seq(count), JoinOutcome::Reset);
    for seq in 1..=count {
        feed.on_entry(located(&room(), entry(seq - 1, seq)));
    }
    (feed, receiver)
}

/// Takes what the program has been given: the seq of each entry, 0 for an interruption.
fn take(receiver: &mut mpsc::Receiver<Item>) -> Vec<u64> {
    let mut taken = Vec::new();
    while let Ok(item) = receiver.try_recv() {
        match item {
            Ok(TimelineEvent::Entry(entry)) => taken.push(entry.seq.0),
            Ok(_) => {}
            Err(_) => taken.push(0),
        }
    }
    taken
}

const QUEUE: u64 = ROOM_EVENTS_MAX as u64;

#[test]
fn what_found_no_space_is_asked_for_once_half_of_the_queue_is_taken() {
    let (mut feed, mut receiver) = full(QUEUE + 3);
    assert!(feed.is_blocked());
    assert_eq!(feed.next_page(Seq(QUEUE + 3)), None, "there is no space");
    assert_eq!(take(&mut receiver), (1..=QUEUE).collect::<Vec<_>>());
    assert_eq!(feed.next_page(Seq(QUEUE + 3)), Some(Seq(QUEUE)));
    assert_eq!(feed.next_page(Seq(QUEUE + 3)), None, "it is asked for");
    // Live entries are in the page, too.
    feed.on_entry(located(&room(), entry(QUEUE + 3, QUEUE + 4)));
    let entries = (QUEUE + 1..=QUEUE + 4).map(|seq| entry(seq - 1, seq));
    feed.on_page(page(QUEUE, entries.collect()), at(QUEUE + 4), located);
    assert_eq!(
        take(&mut receiver),
        (QUEUE + 1..=QUEUE + 4).collect::<Vec<_>>()
    );
    feed.on_entry(located(&room(), entry(QUEUE + 4, QUEUE + 5)));
    assert_eq!(take(&mut receiver), [QUEUE + 5], "it follows again");
}

#[test]
fn what_retention_has_removed_meanwhile_interrupts_the_stream() {
    let (mut feed, mut receiver) = full(QUEUE + 9);
    take(&mut receiver);
    feed.next_page(Seq(QUEUE + 9));
    let rest = vec![entry(QUEUE + 7, QUEUE + 8), entry(QUEUE + 8, QUEUE + 9)];
    feed.on_page(page(QUEUE, rest), at(QUEUE + 9), located);
    assert_eq!(take(&mut receiver), [0, QUEUE + 8, QUEUE + 9]);

    let (mut feed, mut receiver) = full(QUEUE + 9);
    take(&mut receiver);
    feed.next_page(Seq(QUEUE + 9));
    feed.on_page(page(QUEUE, vec![]), at(QUEUE + 9), located);
    assert_eq!(take(&mut receiver), [0], "nothing is left");
}

#[test]
fn a_page_of_before_the_room_started_over_is_not_passed_on() {
    let (mut feed, mut receiver) = full(QUEUE + 1);
    take(&mut receiver);
    feed.next_page(Seq(QUEUE + 1));
    feed.on_joined(at(40), Seq(50), JoinOutcome::Reset);
    let stale = vec![entry(QUEUE, QUEUE + 1)];
    feed.on_page(page(QUEUE, stale), at(50), located);
    assert_eq!(feed.next_page(Seq(41)), Some(Seq(40)));
    feed.on_page(page(40, vec![entry(40, 41)]), at(41), located);
    assert_eq!(take(&mut receiver), [0, 41]);
}

#[test]
fn a_stream_that_ends_says_why_before_it_does() {
    let (mut feed, mut receiver) = full(QUEUE);
    feed.end(Refusal::new(ErrorCode::NotAllowed, "no").into());
    assert!(!feed.is_over(), "there is no space for the reason");
    take(&mut receiver);
    feed.next_page(Seq(QUEUE));
    assert_eq!(take(&mut receiver), [0]);
    assert!(feed.is_over());
}
