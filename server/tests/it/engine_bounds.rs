//! The log's bounds: how much waits, how much is committed and read at once, how much is remembered.

use std::sync::{Arc, Condvar, Mutex};

use futures_util::FutureExt;
use parlor_server::engine::{CommitListener, Committed, Embedded, Engine};
use parlor_shared::{
    Seq,
    limits::{
        APPEND_GROUP_MAX, APPEND_QUEUE_MAX, PAGE_BYTES_MAX, ROOMS_LOADED_MAX, TEXT_CHARS_MAX,
    },
};

use tokio::task::unconstrained;

use crate::{
    client::{check_chain, new_id, room, text},
    engine::{append, check_paging, new_entry, open, post},
};

/// Holds the log's writer up while it is shut, and counts what each commit brought.
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
async fn so_many_appends_wait_for_the_writer_and_are_committed_in_groups() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let engine = Embedded::open(folder.path(), gate.clone()).unwrap();
    let lobby = room("lobby");
    // Unconstrained: that it is not ready is to mean that it waits for a place.
    let next = || {
        Box::pin(unconstrained(engine.append(new_entry(
            &lobby,
            new_id(),
            post("hello"),
        ))))
    };

    gate.close();
    let mut commits = vec![next().await.unwrap()];
    let groups = gate.groups.lock().unwrap();
    // The writer has taken the first, and is held up.
    drop(
        gate.moved
            .wait_while(groups, |groups| groups.is_empty())
            .unwrap(),
    );
    for _ in 0..APPEND_QUEUE_MAX {
        commits.push(next().now_or_never().expect("there is a place").unwrap());
    }
    let mut waiting = next();
    assert!((&mut waiting).now_or_never().is_none(), "one too many");

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
async fn a_page_of_long_texts_ends_early_and_nothing_is_left_out() {
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
        let found = engine.search(&lobby, "needle", 50).await.unwrap();
        if found.first() == newest.as_ref() {
            break found;
        }
    };
    let bytes: usize = found.iter().map(|entry| text(entry).len()).sum();
    assert!(bytes < expected.end, "{bytes}");
}

#[actix_web::test]
async fn a_room_the_writer_no_longer_remembers_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let mut commits = Vec::new();
    for round in 0..2 {
        for n in 0..=ROOMS_LOADED_MAX {
            let entry = new_entry(&room(&format!("r{n}")), new_id(), post(&format!("{round}")));
            commits.push(engine.append(entry).await.unwrap());
        }
    }
    for commit in commits {
        commit.await.unwrap();
    }
    for n in [0, ROOMS_LOADED_MAX - 1, ROOMS_LOADED_MAX] {
        let entries = record.entries(&room(&format!("r{n}")));
        check_chain(Seq::ZERO, &entries);
        assert_eq!(entries.len(), 2);
    }
}
