//! The engine's guarantees: one suite for every engine, and tests of the embedded engine's own.

use std::sync::{Arc, Mutex};

use parlor_server::engine::{
    AppendError, Appended, Authority, CommitListener, Committed, Engine, MatchQuery, NewEntry,
    Outcome, Page, embedded::Embedded,
};
use parlor_shared::{
    Body, Entry, Epoch, MemberId, MessageId, Name, Position, RoomId, RoomPattern, Seq, Text,
};
use tempfile::TempDir;

use crate::client::{check_chain, new_id, room, text};

/// Records the committed entries in order.
#[derive(Default)]
pub(crate) struct Record(Mutex<Vec<Committed>>);

impl CommitListener for Record {
    fn on_commit(&self, group: Vec<Committed>) {
        self.0.lock().unwrap().extend(group);
    }
}

impl Record {
    pub(crate) fn entries(&self, room: &RoomId) -> Vec<Entry> {
        let all = self.0.lock().unwrap();
        all.iter()
            .filter(|c| c.room == *room)
            .map(|c| c.entry.clone())
            .collect()
    }
}

pub(crate) fn open(folder: &TempDir) -> (Arc<Record>, Embedded) {
    let record = Arc::new(Record::default());
    let engine = Embedded::open(folder.path(), record.clone()).unwrap();
    (record, engine)
}

fn ann() -> MemberId {
    MemberId::from_bytes([1; 16])
}

pub(crate) fn new_entry(room: &RoomId, id: MessageId, body: Body) -> NewEntry {
    let name = Name::parse("ann").unwrap();
    NewEntry {
        authority: Authority::Member,
        room: room.clone(),
        id,
        follows: None,
        member: ann(),
        name,
        body,
        at_ms: 1_760_000_000_000,
    }
}

pub(crate) fn post(text: &str) -> Body {
    Body::post(Text::parse(text).unwrap())
}

pub(crate) async fn append(
    engine: &dyn Engine,
    room: &RoomId,
    body: Body,
) -> Result<Appended, AppendError> {
    engine
        .append(new_entry(room, new_id(), body))
        .await
        .unwrap()
        .await
}

/// Appends all of these, many in one commit.
pub(crate) async fn append_all(engine: &dyn Engine, entries: impl IntoIterator<Item = NewEntry>) {
    let mut commits = Vec::new();
    for entry in entries {
        commits.push(engine.append(entry).await.unwrap());
    }
    for commit in commits {
        commit.await.unwrap();
    }
}

/// Checks the guarantees that hold for every engine. Those of `room_state.rs` and `directory.rs`
/// belong to them.
pub(crate) async fn check_guarantees(engine: &dyn Engine, record: &Record) {
    let (a, b) = (room("a"), room("b"));
    // Entries get their seqs in the order of the appends, and prev chains them within their room.
    let mut commits = Vec::new();
    for n in 0..300 {
        let room = if n % 3 == 0 { &b } else { &a };
        let entry = new_entry(room, new_id(), post(&format!("{n}")));
        commits.push(engine.append(entry).await.unwrap());
    }
    let mut appended = Vec::new();
    for commit in commits {
        let Appended { entry, outcome } = commit.await.unwrap();
        assert_eq!(outcome, Outcome::New);
        appended.push(entry);
    }
    assert!(appended.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let numbers: Vec<_> = appended.iter().map(text).collect();
    assert_eq!(numbers, (0..300).map(|n| n.to_string()).collect::<Vec<_>>());

    // By the time an append is answered, the listener has its entry: each once, in order.
    let of_a = record.entries(&a);
    check_chain(Seq::ZERO, &of_a);
    check_chain(Seq::ZERO, &record.entries(&b));
    assert_eq!((of_a.len(), record.entries(&b).len()), (200, 100));

    // Appending an id again returns the original entry.
    let original = &of_a[7];
    let again = engine
        .append(new_entry(&a, original.id, post("other")))
        .await
        .unwrap()
        .await;
    assert_eq!(
        again,
        Ok(Appended {
            entry: original.clone(),
            outcome: Outcome::Duplicate
        })
    );
    assert_eq!(record.entries(&a).len(), 200);

    // A refused append leaves nothing behind.
    let deletion = Body::Deletion { target: new_id() };
    assert_eq!(
        append(engine, &a, deletion).await,
        Err(AppendError::TargetUnknown)
    );
    let deletion = Body::Deletion {
        target: original.id,
    };
    assert_eq!(
        append(engine, &b, deletion).await,
        Err(AppendError::TargetUnknown),
        "the target is in another room"
    );
    let bounds = engine.bounds(&a).await.unwrap();
    let ends = (bounds.start, bounds.first, bounds.head);
    assert_eq!(ends, (Seq::ZERO, of_a[0].seq, of_a[199].seq));
    assert_eq!(
        engine.bounds(&room("nobody")).await.unwrap(),
        Default::default()
    );

    // Every place belongs to the current epoch, and none to an epoch that the log never was in.
    for entry in of_a.iter().chain(&record.entries(&b)) {
        let (epoch, seq) = (engine.epoch(), entry.seq);
        assert!(engine.continues(&Position { epoch, seq }));
        let epoch = Epoch::new([9; 16]);
        assert!(!engine.continues(&Position { epoch, seq }));
    }

    check_paging(engine, &a, &of_a).await;
    check_matching(engine, &appended, &b).await;
    check_order(engine).await;
}

/// Checks that the entries of several rooms are read in the order of the log, where these are its
/// first ones, and every third is of this room.
async fn check_matching(engine: &dyn Engine, appended: &[Entry], third: &RoomId) {
    let after = appended[9].seq;
    let query = MatchQuery {
        rooms: RoomPattern::all(),
        after,
        until: None,
        limit: 100,
        text_bytes_max: usize::MAX,
    };
    let matching = engine.read_matching(query).await.unwrap();
    let read: Vec<&Entry> = matching.entries.iter().map(|one| &one.entry).collect();
    assert_eq!(read, appended[10..110].iter().collect::<Vec<_>>());
    assert_eq!((matching.more, matching.until), (true, appended[109].seq));
    let behind = engine.behind(&RoomPattern::one(third), after).await;
    let of_third = appended[10..]
        .iter()
        .filter(|one| text(one).parse::<u32>().unwrap() % 3 == 0);
    assert_eq!(behind.unwrap().entries, of_third.count() as u64);
}

/// Checks that an entry which follows another is appended behind it or not at all.
async fn check_order(engine: &dyn Engine) {
    let (c, other) = (room("c"), room("d"));
    let following = |room: &RoomId, id, follows, body| NewEntry {
        follows: Some(follows),
        ..new_entry(room, id, body)
    };
    let (first, second, third) = (new_id(), new_id(), new_id());
    let edit = Body::Edit {
        target: first,
        text: Text::parse("words").unwrap(),
    };
    for body in [post("second"), edit.clone()] {
        let refused = engine.append(following(&c, second, first, body)).await;
        assert_eq!(
            refused.unwrap().await,
            Err(AppendError::OutOfOrder),
            "not as a change of an unknown message, which would be final"
        );
    }
    assert_eq!(engine.bounds(&c).await.unwrap(), Default::default());

    // Queued together, so that they may be one group.
    let entries = [
        new_entry(&c, first, post("first")),
        following(&c, second, first, edit.clone()),
        following(&c, third, second, post("third")),
        following(&other, new_id(), first, post("in another room")),
    ];
    let mut results = Vec::new();
    for entry in entries {
        results.push(engine.append(entry).await.unwrap());
    }
    let mut ids = Vec::new();
    for result in results {
        ids.push(result.await.map(|appended| appended.entry.id));
    }
    let out_of_order = Err(AppendError::OutOfOrder);
    assert_eq!(ids, [Ok(first), Ok(second), Ok(third), out_of_order]);

    // What is on the log already is answered with the original, whatever it is said to follow.
    let again = engine.append(following(&c, third, new_id(), post("third")));
    let again = again.await.unwrap().await.unwrap();
    assert_eq!((again.entry.id, again.outcome), (third, Outcome::Duplicate));
}

/// Checks that paging in either direction, with pages of any size, returns the whole room.
pub(crate) async fn check_paging(engine: &dyn Engine, room: &RoomId, whole: &[Entry]) {
    for limit in [1, 7, 200, 500] {
        let (mut forward, mut after) = (Vec::new(), Seq::ZERO);
        loop {
            let Page { entries, more } = engine.read_after(room, after, limit).await.unwrap();
            forward.extend(entries);
            after = forward.last().unwrap().seq;
            if !more {
                break;
            }
        }
        assert_eq!(forward, whole, "forward by {limit}");
        let (mut backward, mut before) = (Vec::new(), Seq(u64::MAX));
        loop {
            let Page { entries, more } = engine.read_before(room, before, limit).await.unwrap();
            before = entries[0].seq;
            backward.splice(0..0, entries);
            if !more {
                break;
            }
        }
        assert_eq!(backward, whole, "backward by {limit}");
    }
}

#[actix_web::test]
async fn the_embedded_engine_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    check_guarantees(&engine, &record).await;
}

#[actix_web::test]
async fn a_reopened_log_keeps_its_secret_and_entries_and_begins_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let lobby = room("lobby");
    let (_, engine) = open(&folder);
    let (epoch, secret) = (engine.epoch(), engine.secret());
    let before = append(&engine, &lobby, post("before")).await.unwrap().entry;
    engine.close().await;
    let closed = engine
        .append(new_entry(&lobby, new_id(), post("late")))
        .await;
    assert_eq!(closed.unwrap_err(), AppendError::Closed);
    drop(engine);

    let (_, engine) = open(&folder);
    assert_eq!(engine.secret(), secret);
    assert_ne!(engine.epoch(), epoch);
    let in_first = |seq| Position { epoch, seq };
    assert!(engine.continues(&in_first(before.seq)));
    assert!(!engine.continues(&in_first(before.seq.next())));
    let after = append(&engine, &lobby, post("after")).await.unwrap().entry;
    assert_eq!(after.prev, before.seq);
    assert!(
        !engine.continues(&in_first(after.seq)),
        "the first epoch has ended before it"
    );
    let page = engine.read_after(&lobby, Seq::ZERO, 10).await.unwrap();
    assert_eq!(page.entries, [before, after]);
}

#[actix_web::test]
async fn the_listener_gets_an_entry_only_after_it_is_in_the_file() {
    /// Looks up in the file each entry that it receives.
    struct Check(std::path::PathBuf, Mutex<usize>);
    impl CommitListener for Check {
        fn on_commit(&self, group: Vec<Committed>) {
            let file = rusqlite::Connection::open(&self.0).unwrap();
            for Committed { entry, .. } in group {
                let count = "SELECT count(*) FROM entries WHERE seq = ?1";
                let count: i64 = file
                    .query_row(count, [entry.seq.0 as i64], |row| row.get(0))
                    .unwrap();
                assert_eq!(count, 1);
                *self.1.lock().unwrap() += 1;
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let check = Arc::new(Check(folder.path().join("parlor.db"), Mutex::new(0)));
    let engine = Embedded::open(folder.path(), check.clone()).unwrap();
    for n in 0..20 {
        append(&engine, &room("lobby"), post(&format!("{n}")))
            .await
            .unwrap();
    }
    assert_eq!(*check.1.lock().unwrap(), 20);
}

#[actix_web::test]
async fn the_index_continues_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let lobby = room("lobby");
    let (_, engine) = open(&folder);
    append(&engine, &lobby, post("needle one")).await.unwrap();
    engine.close().await;
    drop(engine);
    let (_, engine) = open(&folder);
    append(&engine, &lobby, post("needle two")).await.unwrap();
    while engine
        .search(&lobby, "needle", 10)
        .await
        .unwrap()
        .entries
        .len()
        < 2
    {}
    let found = engine.search(&lobby, "needle", 1).await.unwrap().entries;
    assert_eq!(
        found.iter().map(text).collect::<Vec<_>>(),
        ["needle two"],
        "newest first"
    );
}
