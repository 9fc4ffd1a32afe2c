//! A room that the server does not let the client into.

use parlor_client::{Client, ErrorCode, PostError, Refusal, ServerMessage, TimelineError};
use parlor_shared::{ClientMessage, Request};

use crate::{
    bad_server::{listen, receive, send, welcome},
    stream::in_time,
};

#[tokio::test]
async fn a_refused_join_ends_the_stream_and_fails_what_waits_for_the_room() {
    let (server, url) = listen().await;
    let client = Client::connect(&url, "Bot").unwrap();
    let mut secret = client.join("secret").await.unwrap();
    let post = tokio::spawn(secret.post("hello").into_future());
    let page = tokio::spawn({
        let secret = secret.room();
        async move { secret.latest(1).await }
    });
    let mut socket = welcome(&server).await;
    let ClientMessage::Join { room, .. } = in_time(receive(&mut socket)).await else {
        panic!("the join")
    };
    let mut refusal = Refusal::new(ErrorCode::NotAllowed, "This room is private.").in_room(&room);
    refusal.request = Some(Request::Join);
    send(&mut socket, &ServerMessage::Error(refusal.clone())).await;
    assert_eq!(
        in_time(secret.next()).await,
        Some(Err(TimelineError::Refused(refusal.clone())))
    );
    assert_eq!(in_time(secret.next()).await, None);
    let failed = in_time(post).await.unwrap();
    assert_eq!(failed, Err(PostError::Refused(refusal)));
    assert!(in_time(page).await.unwrap().is_err());
    assert_eq!(client.outbox().await.unwrap(), [], "it will not be sent");
    // A later attempt is a new one.
    client.join("secret").await.unwrap();
}
