//! Where a room's stream begins, and how it goes on.

use std::fs;

use parlor_client::{Client, JoinFrom, TimelineError};
use parlor_test_server::TestServer;

use crate::stream::{connect, in_time, next_entry, next_or_error, next_texts, until_live};

fn numbered(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|n| format!("number {n}")).collect()
}

/// Posts these texts, one after the other, and waits until all are on the log.
async fn post_all(room: &parlor_client::Room, texts: &[String]) {
    let last = texts.len() - 1;
    for (at, text) in texts.iter().enumerate() {
        let post = room.post(text.as_str());
        if at < last && at % 500 < 499 {
            in_time(post.queue()).await.unwrap();
        } else {
            in_time(post).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_stream_begins_now_or_with_the_last_page_or_after_a_place() {
    let server = TestServer::start();
    let writer = connect(&server, "Writer").join("lobby").await.unwrap();
    let third = {
        post_all(&writer, &numbered(0, 3)).await;
        in_time(writer.latest(1)).await.unwrap().entries[0].position
    };
    post_all(&writer, &numbered(3, 80)).await;
    let reader = connect(&server, "Reader");
    let mut lobby = reader.join("lobby").await.unwrap();
    until_live(&mut lobby).await;
    in_time(writer.post("new")).await.unwrap();
    assert_eq!(next_entry(&mut lobby).await.text(), Some("new"));

    let other = connect(&server, "Other");
    let mut lobby = other.join_after("lobby", third).await.unwrap();
    assert_eq!(next_texts(&mut lobby, 77).await, numbered(3, 80));
    let page = connect(&server, "Page");
    let mut lobby = page.join_from("lobby", JoinFrom::LastPage).await.unwrap();
    assert_eq!(next_texts(&mut lobby, 49).await, numbered(31, 80));
}

#[tokio::test]
async fn a_program_that_answers_while_its_queue_is_full_loses_nothing_and_waits_for_nobody() {
    const FLOOD: usize = 1_500;
    let server = TestServer::start();
    let slow = connect(&server, "Slow");
    let mut lobby = slow.join("lobby").await.unwrap();
    let mut unread = slow.join("unread").await.unwrap();
    until_live(&mut lobby).await;
    until_live(&mut unread).await;
    let writer = connect(&server, "Writer");
    let in_lobby = writer.join("lobby").await.unwrap();
    let in_unread = writer.join("unread").await.unwrap();
    post_all(&in_lobby, &numbered(0, FLOOD)).await;
    post_all(&in_unread, &numbered(0, FLOOD)).await;
    let mut received = Vec::new();
    while received.len() < FLOOD {
        let entry = next_entry(&mut lobby).await;
        if entry.is_own {
            continue;
        }
        received.push(entry.text().unwrap().to_owned());
        if received.len() % 100 == 0 {
            in_time(lobby.reply(entry.id, "noted")).await.unwrap();
        }
    }
    assert_eq!(received, numbered(0, FLOOD));
    // The other room's queue is full all the time, and keeps nothing of this one waiting.
    assert_eq!(next_texts(&mut unread, FLOOD).await, numbered(0, FLOOD));
    in_time(in_unread.post("live again")).await.unwrap();
    assert_eq!(next_texts(&mut unread, 1).await, ["live again"]);
}

#[tokio::test]
async fn a_restored_log_interrupts_a_stream_and_brings_no_old_message_to_one_that_began_now() {
    let mut server = TestServer::start();
    let data = server.log_file().parent().unwrap().to_owned();
    let backup = data.with_file_name("backup");
    let writer = connect(&server, "Writer");
    let in_lobby = writer.join("lobby").await.unwrap();
    post_all(&in_lobby, &numbered(0, 10)).await;
    fs::create_dir_all(&backup).unwrap();
    for file in ["parlor.db", "parlor.db-wal"] {
        fs::copy(data.join(file), backup.join(file)).unwrap();
    }
    let echo = connect(&server, "Echo");
    let mut lobby = echo.join("lobby").await.unwrap();
    until_live(&mut lobby).await;
    post_all(&in_lobby, &numbered(10, 12)).await;
    assert_eq!(next_texts(&mut lobby, 2).await, numbered(10, 12));
    let lost = in_time(in_lobby.latest(1)).await.unwrap().entries[0].position;

    server.stop();
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&backup, &data).unwrap();
    server.start_again();
    let error = next_or_error(&mut lobby).await.unwrap_err();
    assert!(matches!(error, TimelineError::Reset(_)), "{error}");
    in_time(in_lobby.post("after the restore")).await.unwrap();
    assert_eq!(next_texts(&mut lobby, 1).await, ["after the restore"]);

    let late = connect(&server, "Late");
    let mut lobby = late.join_after("lobby", lost).await.unwrap();
    let error = next_or_error(&mut lobby).await.unwrap_err();
    assert!(matches!(error, TimelineError::Reset(_)), "{error}");
    assert_eq!(next_texts(&mut lobby, 10).await, numbered(0, 10));
}

#[tokio::test]
async fn a_client_with_a_state_file_goes_on_as_the_same_member_where_it_was() {
    let mut server = TestServer::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.json");
    let bot = || Client::builder(server.url(), "Bot").state_file(&file);
    let writer = connect(&server, "Writer").join("lobby").await.unwrap();
    let first = bot().connect().unwrap();
    let member = in_time(first.online()).await.unwrap().member;
    let mut lobby = first.resume("lobby").await.unwrap();
    until_live(&mut lobby).await;
    assert!(bot().connect().is_err(), "the file is in use");
    post_all(&writer, &numbered(0, 3)).await;
    let done = next_entry(&mut lobby).await;
    assert_eq!(done.text(), Some("number 0"));
    lobby.save(done.position).await.unwrap();
    first.close().await.unwrap();

    let second = bot().connect().unwrap();
    let mut lobby = second.resume("lobby").await.unwrap();
    assert_eq!(next_texts(&mut lobby, 2).await, numbered(1, 3));
    assert_eq!(in_time(second.online()).await.unwrap().member, member);
    server.stop();
    let queued = in_time(lobby.post("from the outbox").queue())
        .await
        .unwrap();
    drop((lobby, second));
    // What was queued is in the file before `queue` returns; the lock goes with the client.
    let url = server.url();
    server.start_again();
    let third = loop {
        match Client::builder(&url, "Bot").state_file(&file).connect() {
            Ok(client) => break client,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let mut lobby = third.resume("lobby").await.unwrap();
    let ids = async {
        loop {
            let entry = next_entry(&mut lobby).await;
            if entry.id == queued.id {
                return entry;
            }
        }
    };
    let entry = in_time(ids).await;
    assert_eq!(entry.text(), Some("from the outbox"));
    assert_eq!(entry.member, member);
}

#[tokio::test]
async fn a_program_that_only_posts_and_takes_no_events_is_never_stuck() {
    const FLOOD: usize = 1_000;
    let server = TestServer::start();
    let client = connect(&server, "Talker");
    let mut lobby = client.join("lobby").await.unwrap();
    // Its own entries fill its queue several times.
    for text in numbered(0, FLOOD) {
        in_time(lobby.post(text).queue()).await.unwrap();
        while client.outbox().await.unwrap().len() > 500 {
            tokio::task::yield_now().await;
        }
    }
    in_time(lobby.post("the last one")).await.unwrap();
    assert_eq!(next_texts(&mut lobby, FLOOD).await, numbered(0, FLOOD));
    assert_eq!(next_texts(&mut lobby, 1).await, ["the last one"]);
}
