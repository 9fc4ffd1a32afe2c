mod damage;

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_shared::{
    Body, Entry, Epoch, MemberId, MessageId, Name, Position, RoomId, Seq, Text,
    limits::STREAM_GROUPS_APPLIED_MAX,
};
use tempfile::TempDir;

use super::{
    group::{Command, FORM, FORM_PUBLISHED, Group, Incarnation, StreamPlace, seq_of},
    memory::{Fault, MemoryLog},
    ordered_log::Look,
    *,
};
use crate::clock::{Clock, SystemClock};
use crate::engine::{Authority, Commit, Committed, Outcome, Promise};
use bytes::Bytes;

mod admin;
mod edges;
mod versions;

const EPOCH: [u8; 16] = [7; 16];

/// What a node has shown, in order.
#[derive(Default)]
struct Shown(Mutex<Vec<Entry>>);

impl CommitListener for Shown {
    fn on_commit(&self, group: Vec<Committed>) {
        let entries = group.into_iter().map(|committed| committed.entry);
        self.0.lock().unwrap().extend(entries);
    }
}

/// A node of a shared log.
struct Node {
    engine: Replicated,
    shown: Arc<Shown>,
}

impl Node {
    async fn start(folder: &TempDir, log: &Arc<MemoryLog>, incarnation: u8) -> Self {
        Self::start_with(folder, log, incarnation, Duration::from_secs(60)).await
    }

    async fn start_with(
        folder: &TempDir,
        log: &Arc<MemoryLog>,
        incarnation: u8,
        patience: Duration,
    ) -> Self {
        let shown = Arc::new(Shown::default());
        let start = NodeStart {
            patience,
            ..start(incarnation)
        };
        let ordered = Arc::new(log.clone());
        let engine = Replicated::open(folder.path(), ordered, start, shown.clone()).await;
        let engine = engine.unwrap();
        Self { engine, shown }
    }

    /// Appends a post and does not wait for it.
    async fn begin(&self, id: u64, text: &str) -> Commit {
        self.engine.append(new_entry(id, text)).await.unwrap()
    }

    async fn post(&self, id: u64, text: &str) -> Entry {
        self.begin(id, text).await.await.unwrap().entry
    }

    /// Waits until it has what this entry shows.
    async fn reach(&self, seq: Seq) {
        let epoch = self.engine.epoch();
        self.engine.reach(&Position { epoch, seq }).await.unwrap();
    }

    fn shown(&self) -> Vec<Entry> {
        self.shown.0.lock().unwrap().clone()
    }
}

fn start(incarnation: u8) -> NodeStart {
    let stream = StreamStart {
        epoch: Epoch::new(EPOCH),
        after: 0,
        goes_on: None,
    };
    NodeStart {
        stream,
        node: Incarnation([incarnation; 16]),
        patience: Duration::from_secs(60),
    }
}

fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn new_entry(id: u64, text: &str) -> NewEntry {
    NewEntry {
        room: room(),
        id: MessageId::new(id, [0; 10]),
        follows: None,
        member: MemberId::from_bytes([1; 16]),
        name: Name::parse("ann").unwrap(),
        body: Body::post(Text::parse(text).unwrap()),
        authority: Authority::Member,
        at_ms: 1_000 + id,
    }
}

fn folders<const N: usize>() -> [TempDir; N] {
    std::array::from_fn(|_| tempfile::tempdir().unwrap())
}

#[tokio::test]
async fn all_nodes_show_the_posts_of_all_once_and_in_one_order() {
    let log = Arc::new(MemoryLog::default());
    let [one, two, late] = folders();
    let nodes = [
        Node::start(&one, &log, 1).await,
        Node::start(&two, &log, 2).await,
    ];
    let mut commits = Vec::new();
    for n in 0..200_u64 {
        let node = &nodes[n as usize % 2];
        commits.push(node.begin(n, &n.to_string()).await);
    }
    let mut newest = Seq::ZERO;
    for commit in commits {
        newest = newest.max(commit.await.unwrap().entry.seq);
    }
    let late = Node::start(&late, &log, 3).await;
    for node in nodes.iter().chain([&late]) {
        node.reach(newest).await;
        let shown = node.shown();
        assert_eq!(shown.len(), 200);
        assert_eq!(shown, nodes[0].shown());
        assert!(shown.windows(2).all(|pair| pair[0].seq == pair[1].prev));
        assert!(shown.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
        let page = node.engine.read_after(&room(), Seq::ZERO, 500).await;
        assert_eq!(page.unwrap().entries, shown);
    }
    // Each node's own posts are in the order in which it appended them.
    for parity in 0..2 {
        let ids: Vec<MessageId> = nodes[0].shown().iter().map(|entry| entry.id).collect();
        let own = (0..200).filter(|n| n % 2 == parity);
        let own: Vec<MessageId> = own.map(|n| MessageId::new(n, [0; 10])).collect();
        let shown: Vec<MessageId> = ids.into_iter().filter(|id| own.contains(id)).collect();
        assert_eq!(shown, own);
    }
    assert!(log.len() < 150, "posts that wait share a group");
}

#[tokio::test]
async fn a_late_node_applies_a_bounded_number_of_groups_in_one_commit() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let count = STREAM_GROUPS_APPLIED_MAX as u64 + 1;
    let start = StreamPlace::start(Epoch::new(EPOCH), 0);
    for number in 1..=count {
        let group = group(number, EPOCH, start).encode().unwrap();
        log.push(Bytes::from(group));
    }
    let node = Node::start(&folder, &log, 1).await;
    node.reach(seq_of(count, 0)).await;
    assert_eq!(node.shown().len() as u64, count);
    let commits = node.engine.commits().group.values();
    assert_eq!(commits.sum, count as f64);
    assert!(commits.count >= 2, "{}", commits.count);
}

#[tokio::test]
async fn what_was_stored_without_an_answer_is_on_the_log_once() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let node = Node::start(&folder, &log, 1).await;
    log.set(Fault::AnswerLost);
    let first = node.post(1, "one").await;
    log.set(Fault::None);
    // The same group once more, as if it had been sent twice.
    log.push(log.get(2));
    let second = node.post(2, "two").await;
    assert_eq!(node.shown(), [first.clone(), second.clone()]);
    assert_eq!(second.prev, first.seq);
    let again = node.begin(1, "other words").await.await.unwrap();
    assert_eq!((again.entry, again.outcome), (first, Outcome::Duplicate));
}

#[tokio::test]
async fn while_the_stream_is_lost_posts_are_refused_for_now_and_reads_are_served() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let node = Node::start_with(&folder, &log, 1, Duration::from_millis(300)).await;
    let before = node.post(1, "before").await;
    log.set(Fault::Down);
    let refused = node.begin(2, "meanwhile").await.await;
    assert_eq!(refused, Err(AppendError::Unavailable));
    let state = node.engine.stream().unwrap();
    assert_eq!(state.condition().reason(), Some("no answer"));
    let refused = node.begin(3, "later").await.await;
    assert_eq!(refused, Err(AppendError::Unavailable));
    let page = node.engine.read_after(&room(), Seq::ZERO, 10).await;
    assert_eq!(page.unwrap().entries, [before]);
    log.set(Fault::None);
    // What was under way arrives; who sends it again is answered with it.
    node.reach(seq_of(3, 0)).await;
    let again = node.begin(2, "meanwhile").await.await.unwrap();
    assert_eq!(again.outcome, Outcome::Duplicate);
    assert_eq!(node.shown().len(), 2);
    assert!(!state.condition().is_impaired());
    assert_eq!(state.metrics().published.get(), 4);
    assert!(state.metrics().republished.get() > 0);
}

#[tokio::test]
async fn a_node_whose_clock_is_an_hour_off_publishes_nothing_and_reads_on() {
    let log = Arc::new(MemoryLog::default());
    let [right, wrong] = folders();
    let right = Node::start(&right, &log, 1).await;
    let first = right.post(1, "first").await;
    // It has the right time at the earliest in an hour.
    log.set_look(Look {
        last: 2,
        promise: Promise::Durable,
        away: None,
        now_ms: Some(SystemClock::start().unix_ms() + 3_600_000),
    });
    let wrong = Node::start(&wrong, &log, 2).await;
    let state = wrong.engine.stream().unwrap();
    let mut condition = state.watch_condition();
    let said = condition.wait_for(|condition| condition.clock.is_some());
    let why = said.await.unwrap().clock.clone().unwrap();
    // A little less than an hour: the node has taken a while to open.
    assert!(why.contains(" s behind"), "{why}");
    // A new node has proposed a key, which has no time.
    let before = log.len();
    let refused = wrong.begin(2, "from an hour ago").await.await;
    assert_eq!(refused, Err(AppendError::Unavailable));
    assert_eq!(log.len(), before);
    wrong.reach(first.seq).await;
    assert_eq!(wrong.shown(), [first]);
    assert_eq!((state.applied(), state.behind()), (before as u64, 0));
    assert_eq!(wrong.engine.secret(), right.engine.secret());
}

#[tokio::test]
async fn a_node_that_starts_again_goes_on_where_it_was_in_the_same_epoch() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let other = Node::start(&two, &log, 2).await;
    let first = {
        let node = Node::start(&one, &log, 1).await;
        let first = node.post(1, "one").await;
        node.engine.close().await;
        assert_eq!(
            node.engine.append(new_entry(9, "closed")).await.err(),
            Some(AppendError::Closed)
        );
        first
    };
    let second = other.post(2, "two").await;
    let node = Node::start(&one, &log, 3).await;
    node.reach(second.seq).await;
    assert_eq!(node.shown(), [second]);
    let epoch = Epoch::new(EPOCH);
    assert_eq!(node.engine.epoch(), epoch);
    let seq = first.seq;
    assert!(node.engine.continues(&Position { epoch, seq }));
}

#[tokio::test]
async fn a_batch_is_whole_or_not_there_on_every_node_and_retention_deletes_the_same() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let nodes = [
        Node::start(&one, &log, 1).await,
        Node::start(&two, &log, 2).await,
    ];
    let batch = |entries, head| Batch { entries, head };
    let unknown = Body::Edit {
        target: MessageId::new(99, [0; 10]),
        text: Text::parse("x").unwrap(),
    };
    let refused = vec![
        new_entry(1, "one"),
        NewEntry {
            body: unknown,
            ..new_entry(2, "two")
        },
    ];
    let result = nodes[0].engine.append_batch(batch(refused, None)).await;
    let error = AppendError::TargetUnknown;
    assert_eq!(result, Err(BatchError::Entry { index: 1, error }));
    let posts = (1..=20).map(|n| new_entry(n, &n.to_string())).collect();
    let posted = nodes[0].engine.append_batch(batch(posts, Some(Seq::ZERO)));
    let posted = posted.await.unwrap();
    assert_eq!(posted.len(), 20);
    let head = posted[19].entry.seq;
    nodes[1].reach(head).await;
    let late = batch(vec![new_entry(30, "late")], Some(Seq(1)));
    let late = nodes[1].engine.append_batch(late).await;
    assert_eq!(late, Err(BatchError::HeadMoved { head }));
    let policy = RetentionPolicy {
        entries: NonZeroU32::new(5),
        since_ms: None,
    };
    let deleted = nodes[1].engine.apply_retention(policy).await.unwrap();
    assert_eq!(deleted, 15);
    let last = nodes[0].post(31, "last").await;
    nodes[1].reach(last.seq).await;
    for node in &nodes {
        let bounds = node.engine.bounds(&room()).await.unwrap();
        assert_eq!(
            (bounds.start, bounds.head),
            (posted[14].entry.seq, last.seq)
        );
    }
}

/// What somebody has put into the stream as its `sequence`th group.
fn group(number: u64, epoch: [u8; 16], applied: StreamPlace) -> Group {
    Group {
        version: FORM,
        epoch: Epoch::new(epoch),
        node: Incarnation([9; 16]),
        number,
        applied,
        command: Command::Append(vec![new_entry(number, "foreign")]),
    }
}

#[tokio::test]
async fn a_node_stops_where_the_stream_is_not_what_it_or_another_node_has_applied() {
    let start = StreamPlace::start(Epoch::new(EPOCH), 0);
    let other = StreamPlace::start(Epoch::new([8; 16]), 0);
    let encoded = |group: Group| Bytes::from(group.encode().unwrap());
    for (payload, said) in [
        (encoded(group(1, [8; 16], start)), "another epoch"),
        (
            encoded(group(1, EPOCH, other)),
            "has applied something else",
        ),
        (Bytes::from_static(b"hello"), "is no group of Parlor's"),
        (
            encoded(Group {
                version: FORM + 1,
                ..group(1, EPOCH, start)
            }),
            "Update it",
        ),
    ] {
        let log = Arc::new(MemoryLog::default());
        let [folder] = folders();
        let node = Node::start(&folder, &log, 1).await;
        let good = node.post(1, "good").await;
        assert_eq!(good.seq, seq_of(2, 0), "behind the key");
        log.push(payload);
        let failure = node.engine.failed().await.to_string();
        assert!(failure.contains(said), "{failure}");
        assert_eq!(node.shown(), [good], "nothing of it is shown");
    }
}

#[tokio::test]
async fn a_folder_with_a_log_of_its_own_follows_no_stream_and_the_other_way_round() {
    let log = Arc::new(MemoryLog::default());
    let [own, followed] = folders();
    {
        let engine = Embedded::open(own.path(), Arc::new(())).unwrap();
        let commit = engine.append(new_entry(1, "own")).await.unwrap();
        commit.await.unwrap();
        engine.close().await;
        let node = Node::start(&followed, &log, 1).await;
        node.post(1, "shared").await;
        node.engine.close().await;
    }
    let start = |epoch| StreamStart {
        epoch: Epoch::new(epoch),
        after: 0,
        goes_on: None,
    };
    let listener = || Arc::new(());
    for refused in [
        Embedded::open(followed.path(), listener()),
        Embedded::follow(own.path(), start(EPOCH), listener()),
        Embedded::follow(followed.path(), start([8; 16]), listener()),
    ] {
        assert!(matches!(refused, Err(OpenError::OtherOrigin { .. })));
    }
    Embedded::follow(followed.path(), start(EPOCH), listener()).unwrap();
}
