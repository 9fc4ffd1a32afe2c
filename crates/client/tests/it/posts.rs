//! Posts and entries: each once, in order, whatever happens between.

use parlor_client::{
    Body, Client, Event, Name, OutboxFull, PostError, Seq, ServerMessage, Status, StopReason,
    TextInvalid,
};
use parlor_shared::limits::OUTBOX_POSTS_MAX;
use parlor_test_server::TestServer;

use crate::listener::{Listener, config, in_lobby, lobby, text};

/// More than the events channel, the socket's buffers and the server's ring hold together.
const FLOOD: usize = 6_000;

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("number {n}")).collect()
}

#[tokio::test]
async fn a_post_comes_to_everyone_and_is_settled_for_its_author() {
    let server = TestServer::start();
    let (ada, mut ada_hears) = in_lobby(&server.url(), "Ada").await;
    let (_ben, mut ben_hears) = in_lobby(&server.url(), "Ben").await;
    let id = ada.post(&lobby(), "hello").await.unwrap();

    let heard = ben_hears.entry().await;
    assert_eq!((heard.id, text(&heard)), (id, "hello"));
    let settled = ada_hears.until(|event| match event {
        Event::Acked { entry, .. } => Some(entry),
        _ => None,
    });
    assert_eq!(settled.await, heard);
    assert_eq!(ada.outbox().await.unwrap(), []);
    assert_eq!(ada.close().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_posted_before_the_server_is_there_comes_in_order_once_it_is() {
    let mut server = TestServer::stopped();
    let (client, events) = Client::connect(config(&server.url(), "Early"));
    let mut listener = Listener(events);
    client.join(&lobby()).await.unwrap();
    for text in numbered(200) {
        client.post(&lobby(), text).await.unwrap();
    }
    listener
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
    let trouble = client.last_error().expect("it says what is wrong");
    assert!(
        trouble.to_string().contains("can't be reached"),
        "{trouble}"
    );
    server.start_again();
    client.probe().await.unwrap();
    assert_eq!(listener.texts(200).await, numbered(200));
    assert!(client.last_error().is_none());
}

#[tokio::test]
async fn an_answer_names_what_it_answers() {
    let server = TestServer::start();
    let (ada, mut ada_hears) = in_lobby(&server.url(), "Ada").await;
    let (ben, mut ben_hears) = in_lobby(&server.url(), "Ben").await;
    let question = ada.post(&lobby(), "anyone there?").await.unwrap();
    ben_hears.texts(1).await;
    ben.reply(&lobby(), question, "yes").await.unwrap();
    ada_hears.texts(1).await;
    let Body::Post { reply_to, .. } = ada_hears.entry().await.body else {
        panic!("a post")
    };
    assert_eq!(reply_to, Some(question));
}

#[tokio::test]
async fn a_server_that_restarts_is_found_again_and_nothing_is_missed_or_doubled() {
    let mut server = TestServer::start();
    let (ada, mut ada_hears) = in_lobby(&server.url(), "Ada").await;
    let (_ben, mut ben_hears) = in_lobby(&server.url(), "Ben").await;
    ada.post(&lobby(), "before").await.unwrap();
    assert_eq!(ben_hears.texts(1).await, ["before"]);
    server.stop();
    ada.post(&lobby(), "meanwhile").await.unwrap();
    server.start_again();
    assert_eq!(ben_hears.texts(1).await, ["meanwhile"]);
    assert_eq!(ada_hears.texts(2).await, ["before", "meanwhile"]);
    ada.post(&lobby(), "after").await.unwrap();
    assert_eq!(ben_hears.texts(1).await, ["after"]);
}

#[tokio::test]
async fn a_program_that_does_not_listen_for_a_while_loses_nothing_and_is_obeyed_meanwhile() {
    let server = TestServer::start();
    let (slow, mut slow_hears) = in_lobby(&server.url(), "Slow").await;
    let (ada, mut ada_hears) = in_lobby(&server.url(), "Ada").await;
    // The texts are long, so that they overflow whatever is between the two.
    let long = "long ".repeat(200);
    for n in 0..FLOOD {
        if n % 500 == 499 {
            ada_hears.texts_ending_with(&format!("{}", n - 499)).await;
        }
        ada.post(&lobby(), format!("{long}{n}")).await.unwrap();
    }
    ada_hears.texts_ending_with(&format!("{}", FLOOD - 1)).await;
    let name = Name::parse("Slow but there").unwrap();
    slow.rename(name.clone()).await.unwrap();
    ada_hears
        .until(|event| match event {
            Event::Message(ServerMessage::Presence { here, .. }) => {
                here.iter().any(|m| m.name == name).then_some(())
            }
            _ => None,
        })
        .await;
    let mut last = Seq::ZERO;
    for n in 0..FLOOD {
        let entry = slow_hears.entry().await;
        assert_eq!(text(&entry), format!("{long}{n}"));
        assert_eq!(entry.prev, last);
        last = entry.seq;
    }
}

impl Listener {
    /// Listens up to the entry whose text ends so.
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
async fn posts_that_were_handed_back_are_sent_by_the_next_client_and_each_is_there_once() {
    let mut server = TestServer::start();
    let (first, mut hears) = in_lobby(&server.url(), "First").await;
    let token = token_of(&first, &mut hears, &mut server).await;
    for text in numbered(20) {
        first.post(&lobby(), text).await.unwrap();
    }
    let kept = first.close().await.unwrap();
    assert_eq!(kept.len(), 20, "nobody was there to take them");
    assert_eq!(
        rest(&mut hears).await,
        Some(Status::Stopped(StopReason::Asked))
    );
    server.start_again();

    // Twice the same, as after a crash of the program that kept them: still each once.
    for _again in 0..2 {
        let again = config(&server.url(), "Second")
            .with_token(token.clone())
            .with_outbox(kept.clone());
        let (second, events) = Client::connect(again);
        let mut hears = Listener(events);
        second.join(&lobby()).await.unwrap();
        for _post in 0..20 {
            hears
                .until(|event| matches!(event, Event::Acked { .. }).then_some(()))
                .await;
        }
        assert_eq!(second.close().await.unwrap(), []);
    }
    let (client, events) = Client::connect(config(&server.url(), "Reader"));
    let mut reader = Listener(events);
    client.join(&lobby()).await.unwrap();
    assert_eq!(reader.texts(20).await, numbered(20));
    reader.live().await;
}

/// The client's token; the server is stopped afterwards.
async fn token_of(
    client: &Client,
    hears: &mut Listener,
    server: &mut TestServer,
) -> parlor_client::Token {
    // Welcomed anew, because the first welcome was passed over.
    server.stop();
    server.start_again();
    client.probe().await.unwrap();
    let token = hears.until(|event| match event {
        Event::Message(ServerMessage::Welcome { token, .. }) => Some(token),
        _ => None,
    });
    let token = token.await;
    server.stop();
    hears
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
    token
}

/// Listens to the end; gives the line's last state.
async fn rest(hears: &mut Listener) -> Option<Status> {
    let mut last = None;
    while let Some(event) = hears.next().await {
        if let Event::Status(status) = event {
            last = Some(status);
        }
    }
    last
}

#[tokio::test]
async fn what_cannot_be_posted_says_so_at_once() {
    let server = TestServer::stopped();
    let (client, _events) = Client::connect(config(&server.url(), "Alone"));
    assert_eq!(
        client.post(&lobby(), " ").await,
        Err(PostError::Text(TextInvalid::TextEmpty))
    );
    for text in numbered(OUTBOX_POSTS_MAX) {
        client.post(&lobby(), text).await.unwrap();
    }
    assert_eq!(
        client.post(&lobby(), "one more").await,
        Err(PostError::OutboxFull(OutboxFull))
    );
    assert!(client.history(&lobby(), Seq(1), 10).await.is_err());
}
