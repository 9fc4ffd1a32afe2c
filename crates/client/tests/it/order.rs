//! An author's order holds against a server that refuses and delays what comes too fast.

use parlor_client::{Body, Event, MessageId, ServerMessage, Text};
use parlor_test_server::TestServer;

use crate::{
    listener::{in_lobby, lobby_of},
    slow_link::slow_link,
};

/// Far less than a client sends at once, so that the server refuses and delays all the time.
const SMALL_RATE: [&str; 4] = ["--rate-per-second", "200", "--rate-burst", "20"];

/// Takes events until as many entries have come as there are `ids`, which must be those, in order.
/// Nothing may be refused.
async fn check_order(events: &mut crate::listener::Listener, ids: &[MessageId]) {
    let mut arrived = Vec::new();
    while arrived.len() < ids.len() {
        let event = events.next().await.expect("the client is not closed");
        match event {
            Event::Message(ServerMessage::Entry { entry, .. }) => arrived.push(entry.id),
            Event::PostRefused { refusal, .. } | Event::Refused(refusal) => {
                panic!("refused for good: {refusal:?}");
            }
            _ => {}
        }
    }
    let breaks = ids
        .iter()
        .zip(&arrived)
        .filter(|(id, arrived)| id != arrived);
    assert_eq!(breaks.count(), 0, "entries out of their author's order");
}

#[tokio::test]
async fn posts_that_come_too_fast_keep_their_order() {
    let server = TestServer::start_with(&SMALL_RATE);
    let url = slow_link(server.address()).await;
    let (ada, mut events) = in_lobby(&url, "Ada").await;
    let mut ids = Vec::new();
    for n in 0..800 {
        ids.push(
            lobby_of(&ada)
                .post(format!("number {n}"))
                .queue()
                .await
                .unwrap()
                .id,
        );
    }
    check_order(&mut events, &ids).await;
    assert_eq!(ada.outbox().await.unwrap(), []);
}

#[tokio::test]
async fn an_edit_behind_a_post_that_comes_too_fast_is_never_lost() {
    let server = TestServer::start_with(&SMALL_RATE);
    let url = slow_link(server.address()).await;
    let (ada, mut events) = in_lobby(&url, "Ada").await;
    let mut ids = Vec::new();
    for n in 0..300 {
        let target = lobby_of(&ada)
            .post(format!("number {n}"))
            .queue()
            .await
            .unwrap()
            .id;
        let text = Text::parse(format!("number {n}, edited")).unwrap();
        let edit = Body::Edit { target, text };
        ids.extend([
            target,
            lobby_of(&ada).append(edit).queue().await.unwrap().id,
        ]);
    }
    check_order(&mut events, &ids).await;
    assert_eq!(ada.outbox().await.unwrap(), []);
}
