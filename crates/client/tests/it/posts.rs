//! Posts and entries arrive once and in order, whatever happens to the connection.

use parlor_client::{
    Body, Client, Event, Name, OutboxFull, PostError, Seq, ServerMessage, Status, StopReason,
    TextInvalid,
};
use parlor_shared::limits::OUTBOX_POSTS_MAX;
use parlor_test_server::TestServer;

use crate::listener::{Listener, config, in_lobby, lobby_of, text};

/// More than the events channel, the socket's buffers and the server's ring hold together.
const FLOOD: usize = 6_000;

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("number {n}")).collect()
}

#[tokio::test]
async fn a_post_reaches_everyone_and_is_acked_for_its_author() {
    let server = TestServer::start();
    let (ada, mut ada_events) = in_lobby(&server.url(), "Ada").await;
    let (_ben, mut ben_events) = in_lobby(&server.url(), "Ben").await;
    let id = lobby_of(&ada).post("hello").queue().await.unwrap().id;

    let received = ben_events.entry().await;
    assert_eq!((received.id, text(&received)), (id, "hello"));
    let acked = ada_events.until(|event| match event {
        Event::Acked { entry, .. } => Some(entry),
        _ => None,
    });
    assert_eq!(acked.await, received);
    assert_eq!(ada.outbox().await.unwrap(), []);
    assert_eq!(ada.close().await.unwrap(), []);
}

#[tokio::test]
async fn posts_made_before_the_server_runs_arrive_in_order_once_it_does() {
    let mut server = TestServer::stopped();
    let (client, events) = config(&server.url(), "Early")
        .connect_with_events()
        .unwrap();
    let mut listener = Listener(events);
    client.join("lobby").await.unwrap();
    for text in numbered(200) {
        lobby_of(&client).post(text).queue().await.unwrap();
    }
    listener
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
    let error = client.last_error().expect("the client knows why");
    assert!(error.to_string().contains("can't be reached"), "{error}");
    server.start_again();
    client.probe().await.unwrap();
    assert_eq!(listener.texts(200).await, numbered(200));
    assert!(client.last_error().is_none());
}

#[tokio::test]
async fn a_reply_carries_the_id_of_its_message() {
    let server = TestServer::start();
    let (ada, mut ada_events) = in_lobby(&server.url(), "Ada").await;
    let (ben, mut ben_events) = in_lobby(&server.url(), "Ben").await;
    let question = lobby_of(&ada)
        .post("anyone there?")
        .queue()
        .await
        .unwrap()
        .id;
    ben_events.texts(1).await;
    lobby_of(&ben).reply(question, "yes").queue().await.unwrap();
    ada_events.texts(1).await;
    let Body::Post { reply_to, .. } = ada_events.entry().await.body else {
        panic!("a post")
    };
    assert_eq!(reply_to, Some(question));
}

#[tokio::test]
async fn after_a_server_restart_nothing_is_missed_or_duplicated() {
    let mut server = TestServer::start();
    let (ada, mut ada_events) = in_lobby(&server.url(), "Ada").await;
    let (_ben, mut ben_events) = in_lobby(&server.url(), "Ben").await;
    lobby_of(&ada).post("before").queue().await.unwrap();
    assert_eq!(ben_events.texts(1).await, ["before"]);
    server.stop();
    lobby_of(&ada).post("meanwhile").queue().await.unwrap();
    server.start_again();
    assert_eq!(ben_events.texts(1).await, ["meanwhile"]);
    assert_eq!(ada_events.texts(2).await, ["before", "meanwhile"]);
    lobby_of(&ada).post("after").queue().await.unwrap();
    assert_eq!(ben_events.texts(1).await, ["after"]);
}

#[tokio::test]
async fn a_program_that_takes_no_events_for_a_while_loses_nothing_and_its_commands_still_work() {
    let server = TestServer::start();
    let (slow, mut slow_events) = in_lobby(&server.url(), "Slow").await;
    let (ada, mut ada_events) = in_lobby(&server.url(), "Ada").await;
    // The texts are long enough to fill every buffer between the two clients.
    let long = "long ".repeat(200);
    for n in 0..FLOOD {
        if n % 500 == 499 {
            ada_events.texts_ending_with(&format!("{}", n - 499)).await;
        }
        lobby_of(&ada)
            .post(format!("{long}{n}"))
            .queue()
            .await
            .unwrap();
    }
    ada_events
        .texts_ending_with(&format!("{}", FLOOD - 1))
        .await;
    let name = Name::parse("Slow but present").unwrap();
    slow.rename(name.clone()).await.unwrap();
    ada_events
        .until(|event| match event {
            Event::Message(ServerMessage::Presence { here, .. }) => {
                here.iter().any(|m| m.name == name).then_some(())
            }
            _ => None,
        })
        .await;
    let mut last = Seq::ZERO;
    for n in 0..FLOOD {
        let entry = slow_events.entry().await;
        assert_eq!(text(&entry), format!("{long}{n}"));
        assert_eq!(entry.prev, last);
        last = entry.seq;
    }
}

impl Listener {
    /// Takes events up to the entry whose text ends with a space and `end`.
    async fn texts_ending_with(&mut self, end: &str) {
        loop {
            let entry = self.entry().await;
            if text(&entry).ends_with(&format!(" {end}")) {
                return;
            }
        }
    }
}

#[tokio::test]
async fn posts_returned_by_close_are_sent_by_the_next_client_and_reach_the_log_once() {
    let mut server = TestServer::start();
    let (first, mut first_events) = in_lobby(&server.url(), "First").await;
    let token = token_of(&first, &mut first_events, &mut server).await;
    for text in numbered(20) {
        lobby_of(&first).post(text).queue().await.unwrap();
    }
    let kept = first.close().await.unwrap();
    assert_eq!(kept.len(), 20, "the server was stopped");
    assert_eq!(
        last_status(&mut first_events).await,
        Some(Status::Stopped(StopReason::Asked))
    );
    server.start_again();

    // Sent twice, as after a crash of the program that kept them: still each once.
    for _attempt in 0..2 {
        let config = config(&server.url(), "Second")
            .token(token.clone())
            .outbox(kept.clone());
        let (second, events) = config.connect_with_events().unwrap();
        let mut events = Listener(events);
        second.join("lobby").await.unwrap();
        for _post in 0..20 {
            events
                .until(|event| matches!(event, Event::Acked { .. }).then_some(()))
                .await;
        }
        assert_eq!(second.close().await.unwrap(), []);
    }
    let (client, events) = config(&server.url(), "Reader")
        .connect_with_events()
        .unwrap();
    let mut reader = Listener(events);
    client.join("lobby").await.unwrap();
    assert_eq!(reader.texts(20).await, numbered(20));
    reader.live().await;
}

/// The client's token. Stops the server afterwards.
async fn token_of(
    client: &Client,
    events: &mut Listener,
    server: &mut TestServer,
) -> parlor_client::Token {
    // The listener skipped the first welcome, so a restart makes the server send another.
    server.stop();
    server.start_again();
    client.probe().await.unwrap();
    let token = events.until(|event| match event {
        Event::Message(ServerMessage::Welcome { token, .. }) => Some(token),
        _ => None,
    });
    let token = token.await;
    server.stop();
    events
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
    token
}

/// Takes the remaining events; returns the last status.
async fn last_status(events: &mut Listener) -> Option<Status> {
    let mut last = None;
    while let Some(event) = events.next().await {
        if let Event::Status(status) = event {
            last = Some(status);
        }
    }
    last
}

#[tokio::test]
async fn an_invalid_post_and_a_full_outbox_are_refused_at_once() {
    let server = TestServer::stopped();
    let (client, _events) = config(&server.url(), "Alone")
        .connect_with_events()
        .unwrap();
    assert_eq!(
        lobby_of(&client)
            .post("too early")
            .queue()
            .await
            .map(|queued| queued.id),
        Err(PostError::NotJoined)
    );
    client.join("lobby").await.unwrap();
    assert_eq!(
        lobby_of(&client)
            .post(" ")
            .queue()
            .await
            .map(|queued| queued.id),
        Err(PostError::Text(TextInvalid::TextEmpty))
    );
    for text in numbered(OUTBOX_POSTS_MAX) {
        lobby_of(&client).post(text).queue().await.unwrap();
    }
    assert_eq!(
        lobby_of(&client)
            .post("one more")
            .queue()
            .await
            .map(|queued| queued.id),
        Err(PostError::OutboxFull(OutboxFull))
    );
}
