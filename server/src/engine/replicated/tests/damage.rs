//! What a node does where the shared log is not what it has applied.

use super::*;
use crate::engine::embedded::LogSource;

#[tokio::test]
async fn a_node_stops_where_the_stream_has_lost_or_changed_what_it_has_applied() {
    let log = Arc::new(MemoryLog::default());
    let [folder, other] = folders();
    let node = Node::start(&folder, &log, 1).await;
    let posts = [node.post(1, "one").await, node.post(2, "two").await];
    log.cut(2);
    // It is looked at every few seconds, and for a few more.
    tokio::time::pause();
    let failure = node.engine.failed().await.to_string();
    tokio::time::resume();
    let said =
        "it ends at 2, and this node has applied it up to 3: 3 is missing. This node has all";
    assert!(failure.contains(said), "{failure}");
    assert_eq!(node.shown(), posts);
    node.engine.close().await;
    // Somebody who knows of nothing else gives the place again.
    let third = Node::start(&other, &log, 3).await;
    third.post(3, "other").await;
    third.post(4, "more").await;
    let ordered = Arc::new(log.clone());
    let shown = Arc::new(Shown::default());
    let again = Replicated::open(folder.path(), ordered, start(1), shown.clone()).await;
    let Err(OpenError::StreamDiffers { cause }) = again else {
        panic!("it has started")
    };
    let said = "at 3 it has something else than this node has applied";
    assert!(cause.starts_with(said), "{cause}");
    assert!(shown.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_deletion_has_a_node_forget_what_it_has_kept_as_it_was_published() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let node = Node::start(&folder, &log, 1).await;
    let target = node.post(1, "secret").await.id;
    node.post(2, "other").await;
    node.engine.close().await;
    drop(node);
    let last = log.len() as u64;
    {
        let source = LogSource::open(folder.path()).unwrap();
        let kept = source.group_at(last).unwrap();
        assert_eq!(kept.as_deref(), Some(&log.get(last)[..]));
        let kept = source.group_at(last - 1).unwrap().unwrap();
        assert!(String::from_utf8(kept).unwrap().contains("secret"));
    }
    let node = Node::start(&folder, &log, 2).await;
    let deletion = NewEntry {
        body: Body::Deletion { target },
        ..new_entry(3, "unused")
    };
    let commit = node.engine.append(deletion).await.unwrap();
    commit.await.unwrap();
    node.engine.close().await;
    drop(node);
    let source = LogSource::open(folder.path()).unwrap();
    for sequence in 1..=log.len() as u64 {
        assert_eq!(source.group_at(sequence).unwrap(), None);
    }
}

#[tokio::test]
async fn a_node_that_has_stopped_refuses_for_now_who_has_read_more_elsewhere() {
    let log = Arc::new(MemoryLog::default());
    let [folder] = folders();
    let node = Node::start(&folder, &log, 1).await;
    node.post(1, "one").await;
    log.push(Bytes::from_static(b"hello"));
    node.engine.failed().await;
    // Nobody may be told to start over by a node that only lacks what others have.
    let (epoch, seq) = (node.engine.epoch(), seq_of(9, 0));
    assert!(node.engine.reach(&Position { epoch, seq }).await.is_err());
}
