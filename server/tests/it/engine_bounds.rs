//! The engine's bounds: the queue of appends, the size of a commit and of a page, the cache of
//! rooms.

use std::{
    cell::Cell,
    sync::{Arc, Condvar, Mutex},
};

use futures_util::{FutureExt, future::join_all, join};
use parlor_server::engine::{CommitListener, Committed, Engine, embedded::Embedded};
use parlor_shared::{
    Position, Seq,
    limits::{
        APPEND_GROUP_BYTES_MAX, APPEND_GROUP_MAX, APPEND_QUEUE_MAX, EPOCHS_MAX, LOG_READERS_MAX,
        PAGE_BYTES_MAX, ROOMS_LOADED_MAX, TEXT_CHARS_MAX, WAL_BYTES_IDLE_MAX, WAL_BYTES_MAX,
    },
};

use tokio::task::{unconstrained, yield_now};

use crate::{
    client::{check_chain, new_id, room, text},
    engine::{append, append_all, check_paging, new_entry, open, post},
};

/// A listener that blocks the writer while it is shut, and counts the entries of each commit.
#[derive(Default)]
struct Gate {
    shut: Mutex<bool>,
    moved: Condvar,
    groups: Mutex<Vec<usize>>,
}

impl Gate {
    fn close(&self) {
        *self.shut.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.moved.notify_all();
    }
}

impl CommitListener for Gate {
    fn on_commit(&self, group: Vec<Committed>) {
        self.groups.lock().unwrap().push(group.len());
        self.moved.notify_all();
        let shut = self.shut.lock().unwrap();
        drop(self.moved.wait_while(shut, |shut| *shut).unwrap());
    }
}

#[actix_web::test]
async fn the_append_queue_is_bounded_and_is_committed_in_groups() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let engine = Embedded::open(folder.path(), gate.clone()).unwrap();
    let lobby = room("lobby");
    // Unconstrained: tokio's budget must not make it pending, so that pending means a full queue.
    let next = || {
        Box::pin(unconstrained(engine.append(new_entry(
            &lobby,
            new_id(),
            post("hello"),
        ))))
    };

    gate.close();
    let mut commits = vec![next().await.unwrap()];
    // Wait until the writer has committed the first append and is blocked. A task of this thread
    // calls the writer, so the thread must not be blocked meanwhile.
    while gate.groups.lock().unwrap().is_empty() {
        yield_now().await;
    }
    for _ in 0..APPEND_QUEUE_MAX {
        commits.push(next().now_or_never().expect("the queue has room").unwrap());
    }
    let mut waiting = next();
    assert!((&mut waiting).now_or_never().is_none(), "the queue is full");

    gate.open();
    commits.push(waiting.await.unwrap());
    for commit in commits {
        commit.await.unwrap();
    }
    let groups = gate.groups.lock().unwrap();
    assert_eq!(groups.iter().sum::<usize>(), APPEND_QUEUE_MAX + 2);
    assert_eq!(groups.iter().max(), Some(&APPEND_GROUP_MAX));
}

#[actix_web::test]
async fn a_commit_of_long_texts_is_bounded_in_bytes_and_so_is_the_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let engine = Embedded::open(folder.path(), gate.clone()).unwrap();
    let (lobby, long) = (room("lobby"), "🙂".repeat(TEXT_CHARS_MAX));
    gate.close();
    let mut commits = Vec::new();
    // These texts are more than the write-ahead log may hold. The indexer reads meanwhile.
    assert!(APPEND_QUEUE_MAX * long.len() >= WAL_BYTES_MAX);
    for _ in 0..APPEND_QUEUE_MAX {
        let entry = new_entry(&lobby, new_id(), post(&long));
        commits.push(engine.append(entry).await.unwrap());
    }
    gate.open();
    for commit in commits {
        commit.await.unwrap();
    }
    let most = APPEND_GROUP_BYTES_MAX.div_ceil(long.len());
    assert_eq!(gate.groups.lock().unwrap().iter().max(), Some(&most));
    let wal = folder.path().join("parlor.db-wal").metadata().unwrap();
    assert!(wal.len() <= WAL_BYTES_MAX as u64, "{}", wal.len());
}

#[actix_web::test]
async fn reads_without_a_pause_give_way_to_the_write_ahead_log_and_an_idle_log_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_record, engine) = open(&folder);
    let (lobby, long) = (room("lobby"), "x".repeat(TEXT_CHARS_MAX));
    let wal = folder.path().join("parlor.db-wal");
    let wal_bytes = || wal.metadata().map_or(0, |file| file.len() as usize);
    for _ in 0..100 {
        append(&engine, &lobby, post(&long)).await.unwrap();
    }
    let (written, most) = (Cell::new(0), Cell::new(0));
    let is_done = || written.get() >= 3 * WAL_BYTES_MAX;
    // A commit follows another, and one read is always under way.
    let writer = async || {
        while !is_done() {
            append(&engine, &lobby, post(&long)).await.unwrap();
            written.update(|bytes| bytes + long.len());
            most.update(|most| most.max(wal_bytes()));
        }
    };
    let reader = async || {
        while !is_done() {
            engine.read_after(&lobby, Seq::ZERO, 100).await.unwrap();
        }
    };
    let writers = join_all((0..200).map(|_| writer()));
    let readers = join_all((0..3 * LOG_READERS_MAX).map(|_| reader()));
    join!(writers, readers);
    let most = most.get();
    assert!(most <= WAL_BYTES_MAX, "{most}");
    while wal_bytes() > WAL_BYTES_IDLE_MAX {
        yield_now().await;
    }
}

#[actix_web::test]
async fn a_page_of_long_texts_is_short_and_paging_leaves_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let lobby = room("lobby");
    let long = "🙂".repeat(TEXT_CHARS_MAX - 7) + " needle";
    for _ in 0..40 {
        append(&engine, &lobby, post(&long)).await.unwrap();
    }
    let page = engine.read_after(&lobby, Seq::ZERO, 500).await.unwrap();
    let bytes: usize = page.entries.iter().map(|entry| text(entry).len()).sum();
    assert!(page.more);
    let expected = PAGE_BYTES_MAX..PAGE_BYTES_MAX + 2 * long.len();
    assert!(expected.contains(&bytes), "{bytes}");
    check_paging(&engine, &lobby, &record.entries(&lobby)).await;

    let newest = record.entries(&lobby).pop();
    let found = loop {
        let found = engine.search(&lobby, "needle", 50).await.unwrap().entries;
        if found.first() == newest.as_ref() {
            break found;
        }
    };
    let bytes: usize = found.iter().map(|entry| text(entry).len()).sum();
    assert!(bytes < expected.end, "{bytes}");
}

#[actix_web::test]
async fn a_room_dropped_from_the_writers_cache_continues_at_its_head() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let entries = (0..2).flat_map(|round| {
        let entry =
            move |n| new_entry(&room(&format!("r{n}")), new_id(), post(&format!("{round}")));
        (0..=ROOMS_LOADED_MAX).map(entry)
    });
    append_all(&engine, entries).await;
    for n in [0, ROOMS_LOADED_MAX - 1, ROOMS_LOADED_MAX] {
        let entries = record.entries(&room(&format!("r{n}")));
        check_chain(Seq::ZERO, &entries);
        assert_eq!(entries.len(), 2);
    }
}

#[actix_web::test]
async fn the_newest_epochs_are_remembered_and_positions_in_older_ones_are_void() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let first = engine.epoch();
    engine.close().await;
    drop(engine);
    // As many earlier starts as the log remembers.
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    let starts = "INSERT INTO epochs (epoch, start)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        SELECT randomblob(16), 0 FROM n";
    let count = |file: &rusqlite::Connection| {
        let count = "SELECT count(*) FROM epochs";
        let count: i64 = file.query_row(count, [], |row| row.get(0)).unwrap();
        count as usize
    };
    file.execute(starts, [(EPOCHS_MAX - count(&file) - 1) as i64])
        .unwrap();
    for (epochs, is_known) in [(EPOCHS_MAX, true), (EPOCHS_MAX, true), (EPOCHS_MAX, false)] {
        let (_, engine) = open(&folder);
        let seq = Seq::ZERO;
        let known = engine.continues(&Position { epoch: first, seq });
        assert_eq!((count(&file), known), (epochs, is_known));
        engine.close().await;
    }
}
