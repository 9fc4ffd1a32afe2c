//! What a node does at the edges: of what the log takes, and of its own folder.

use std::fs;

use parlor_shared::limits::TEXT_CHARS_MAX;

use super::*;

#[tokio::test]
async fn a_batch_that_the_log_can_not_take_is_refused_and_holds_nobody_up() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let node = Node::start(&folder, &log, 1).await;
    // Four bytes a character: more than a megabyte.
    let long = "𝄞".repeat(TEXT_CHARS_MAX);
    let entries = (1..=40).map(|id| new_entry(id, &long)).collect();
    let batch = Batch {
        entries,
        head: None,
    };
    let refused = node.engine.append_batch(batch).await;
    assert_eq!(refused, Err(AppendError::Unavailable.into()));
    let posted = node.post(50, "short").await;
    assert_eq!(node.shown(), [posted]);
}

#[tokio::test]
async fn a_node_that_starts_again_notes_where_its_log_ends() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let newest = {
        let node = Node::start(&folder, &log, 1).await;
        let newest = node.post(1, "one").await;
        node.engine.close().await;
        newest
    };
    let node = Node::start(&folder, &log, 2).await;
    // A start that noted less would hide that the end is lost, and say that it was.
    let noted = fs::read_to_string(folder.path().join("parlor.head")).unwrap();
    let head = noted.split_whitespace().nth(1).unwrap();
    assert_eq!(head, newest.seq.0.to_string());
    node.engine.close().await;
}
