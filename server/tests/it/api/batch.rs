//! Batches: all lines or none, in one commit.

use parlor_server::engine::{
    AppendError, Authority, Batch, BatchError, Engine, NewEntry, Outcome, embedded::Embedded,
};
use parlor_shared::{
    Body, MemberId, MessageId, Name, Seq, Text,
    limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX},
};
use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Answer, Program, post};
use crate::client::{Client, check_chain, new_id, room, text};

const PATH: &str = "/rooms/lobby/entries";

async fn batch(program: &Program, headers: &[(&str, &str)], lines: &[String]) -> Answer {
    let mut all = vec![("content-type", "application/x-ndjson")];
    all.extend(headers);
    program.send("POST", PATH, &all, &lines.join("\n")).await
}

/// A line that posts this text with an id.
fn line(id: MessageId, text: &str) -> String {
    let mut line = post(text);
    line["id"] = json!(id);
    line.to_string()
}

#[actix_web::test]
async fn the_lines_of_a_batch_are_appended_together_and_once() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let bot = Program::named(&server, "bot").await;
    let lines: Vec<String> = (0..BATCH_ENTRIES_MAX)
        .map(|n| line(new_id(), &format!("line {n}")))
        .collect();
    let made = batch(&bot, &[], &lines).await;
    assert_eq!(made.status, 201, "{made:?}");
    let entries: Vec<parlor_shared::Entry> =
        serde_json::from_value(made.json()["entries"].clone()).unwrap();
    check_chain(Seq::ZERO, &entries);
    assert_eq!(entries.len(), BATCH_ENTRIES_MAX);
    for (n, expected) in entries.iter().enumerate() {
        let received = ann.entry().await;
        assert_eq!(&received, expected);
        assert_eq!(text(&received), format!("line {n}"));
    }
    let again = batch(&bot, &[], &lines).await;
    assert_eq!(
        (again.status, &again.json()["entries"]),
        (200, &made.json()["entries"])
    );
    assert_eq!(again.after(), made.after());
}

#[actix_web::test]
async fn of_a_batch_with_one_bad_line_nothing_is_appended() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let good = line(new_id(), "good");
    let unknown = json!({"body": {"kind": "deletion", "target": new_id()}}).to_string();
    for (bad, status, code) in [
        ("{".to_owned(), 400, "malformed"),
        (post(" ").to_string(), 400, "text_empty"),
        (unknown, 422, "target_unknown"),
    ] {
        let lines = [good.clone(), String::new(), bad, good.clone()];
        let refused = batch(&bot, &[], &lines).await;
        assert_eq!(refused.refused(status, code)["line"], 3, "{refused:?}");
    }
    assert_eq!(bot.get(PATH).await.entries(), []);
    // A line may change what a line before it has posted.
    let id = new_id();
    let edit = json!({"body": {"kind": "edit", "target": id, "text": "second"}});
    let made = batch(&bot, &[], &[line(id, "first"), edit.to_string()]).await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[actix_web::test]
async fn a_batch_is_bounded_and_may_expect_a_head() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    batch(&bot, &[], &[]).await.refused(413, "too_large");
    let many = vec![post("a").to_string(); BATCH_ENTRIES_MAX + 1];
    batch(&bot, &[], &many).await.refused(413, "too_large");
    let large = vec![post(&"x".repeat(7_000)).to_string(); BATCH_BYTES_MAX / 7_000 + 1];
    batch(&bot, &[], &large).await.refused(413, "too_large");
    let key = new_id().to_string();
    let with_key = [("idempotency-key", key.as_str())];
    batch(&bot, &with_key, &many[..1])
        .await
        .refused(400, "id_invalid");
    let lines = [line(new_id(), "one"), line(new_id(), "two")];
    let expects = [("if-match", "\"0\"")];
    assert_eq!(batch(&bot, &expects, &lines).await.status, 201);
    assert_eq!(batch(&bot, &expects, &lines).await.status, 200);
    let others = [lines[0].clone(), line(new_id(), "three")];
    let refused = batch(&bot, &expects, &others).await;
    assert_eq!(refused.refused(412, "head_moved")["head"], 2);
    assert_eq!(bot.get(PATH).await.entries().len(), 2);
}

fn new_entry(id: u64, body: Body) -> NewEntry {
    NewEntry {
        room: room("lobby"),
        id: MessageId::new(id, [0; 10]),
        follows: None,
        member: MemberId::from_bytes([1; 16]),
        name: Name::parse("ann").unwrap(),
        body,
        authority: Authority::Member,
        at_ms: 1,
    }
}

/// Hears of commits, and counts them.
#[derive(Default)]
struct Commits(std::sync::Mutex<Vec<usize>>);

impl parlor_server::engine::CommitListener for Commits {
    fn on_commit(&self, group: Vec<parlor_server::engine::Committed>) {
        self.0.lock().unwrap().push(group.len());
    }
}

#[actix_web::test]
async fn the_engine_appends_a_batch_in_one_commit_and_rolls_back_a_refused_one() {
    let folder = tempfile::tempdir().unwrap();
    let commits = std::sync::Arc::new(Commits::default());
    let engine = Embedded::open(folder.path(), commits.clone()).unwrap();
    let posts = |ids: std::ops::Range<u64>| -> Vec<NewEntry> {
        let body = |id| Body::post(Text::parse(format!("{id}")).unwrap());
        ids.map(|id| new_entry(id, body(id))).collect()
    };
    let append = async |entries, head| engine.append_batch(Batch { entries, head }).await;
    assert_eq!(append(Vec::new(), None).await, Ok(Vec::new()));
    let appended = append(posts(0..5), Some(Seq::ZERO)).await.unwrap();
    assert!(appended.iter().all(|one| one.outcome == Outcome::New));
    let mut bad = posts(5..7);
    let target = MessageId::new(99, [0; 10]);
    bad.push(new_entry(7, Body::Deletion { target }));
    let index = 2;
    let error = AppendError::TargetUnknown;
    assert_eq!(
        append(bad, None).await,
        Err(BatchError::Entry { index, error })
    );
    let head = Seq(5);
    assert_eq!(
        append(posts(4..6), Some(Seq(4))).await,
        Err(BatchError::HeadMoved { head })
    );
    // What was rolled back is in no place.
    let next = append(posts(4..6), Some(head)).await.unwrap();
    assert_eq!(
        (next[0].entry.seq, next[0].outcome),
        (head, Outcome::Duplicate)
    );
    assert_eq!((next[1].entry.prev, next[1].outcome), (head, Outcome::New));
    engine.close().await;
    let error = AppendError::Closed;
    assert_eq!(append(posts(8..9), None).await, Err(BatchError::Log(error)));
    assert_eq!(*commits.0.lock().unwrap(), [5, 1]);
}
