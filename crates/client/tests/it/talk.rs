//! What a program says in a room, and what comes of it.

use parlor_client::{
    Body, Client, ErrorCode, MessageId, PostError, RoomEntry, TimelineError, TimelineEvent,
};
use parlor_test_server::TestServer;

use crate::stream::{connect, in_time, next_entry, until_live};

#[tokio::test]
async fn a_post_gives_its_entry_once_that_is_on_the_log_and_an_id_is_posted_once() {
    let server = TestServer::start();
    let ada = connect(&server, "Ada");
    let ben = connect(&server, "Ben");
    let mut ben_in_lobby = ben.join("lobby").await.unwrap();
    until_live(&mut ben_in_lobby).await;
    let lobby = ada.join("lobby").await.unwrap();
    let id = MessageId::new(1_760_000_000_000, [3; 10]);

    let posted: RoomEntry = in_time(lobby.post("hello").id(id)).await.unwrap();
    assert_eq!((posted.id, posted.text()), (id, Some("hello")));
    assert!(posted.is_own);
    let received = next_entry(&mut ben_in_lobby).await;
    assert_eq!(received.entry, posted.entry);
    assert_eq!(received.position, posted.position);
    assert!(!received.is_own);

    let again = in_time(lobby.post("hello").id(id)).await.unwrap();
    assert_eq!(again.entry, posted.entry, "the original");
    let queued = in_time(lobby.post("more").queue()).await.unwrap();
    let next = next_entry(&mut ben_in_lobby).await;
    assert_eq!((next.id, next.text()), (queued.id, Some("more")));
    assert_eq!(in_time(queued).await.unwrap().entry, next.entry);
}

#[tokio::test]
async fn a_message_is_replied_to_edited_reacted_to_and_deleted() {
    let server = TestServer::start();
    let ada = connect(&server, "Ada");
    let lobby = ada.join("lobby").await.unwrap();
    let message = in_time(lobby.post("teh cat")).await.unwrap().id;
    let reply = in_time(lobby.reply(message, "who?")).await.unwrap();
    assert!(matches!(reply.body, Body::Post { reply_to: Some(to), .. } if to == message));
    let edit = in_time(lobby.edit(message, "the cat")).await.unwrap();
    assert_eq!(edit.body.target(), Some(message));
    assert_eq!(edit.text(), None, "an edit is no message");
    for append in [lobby.react(message, "🎉"), lobby.unreact(message, "🎉")] {
        let reaction = in_time(append).await.unwrap();
        assert!(matches!(reaction.body, Body::Reaction { .. }));
    }
    in_time(lobby.delete(message)).await.unwrap();
    let page = in_time(lobby.latest(10)).await.unwrap();
    assert!(matches!(page.entries[0].body, Body::Blanked { .. }));

    let ben = connect(&server, "Ben").join("lobby").await.unwrap();
    let refused = in_time(ben.edit(reply.id, "mine now")).await.unwrap_err();
    let PostError::Refused(refusal) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refusal.code, ErrorCode::NotAuthor);
    let invalid = in_time(ben.react(reply.id, "not an emoji")).await;
    assert!(matches!(invalid, Err(PostError::Text(_))));
}

#[tokio::test]
async fn once_because_of_a_message_is_once_for_each_purpose() {
    let server = TestServer::start();
    let lobby = connect(&server, "Ada").join("lobby").await.unwrap();
    let message = in_time(lobby.post("question")).await.unwrap().id;
    let first = in_time(lobby.reply(message, "yes").once("answer")).await;
    let again = in_time(lobby.reply(message, "no").once("answer")).await;
    assert_eq!(first.clone().unwrap(), again.unwrap(), "the original");
    let other = in_time(lobby.reply(message, "hi").once("greeting")).await;
    assert_ne!(first.unwrap().id, other.unwrap().id);
}

#[tokio::test]
async fn clones_are_one_client_and_it_ends_with_the_last_of_them() {
    let server = TestServer::start();
    let ada = connect(&server, "Ada");
    let clone = ada.clone();
    assert_eq!(
        in_time(ada.online()).await.unwrap().member,
        in_time(clone.online()).await.unwrap().member
    );
    let mut watcher = connect(&server, "Ben").join("lobby").await.unwrap();
    until_live(&mut watcher).await;
    let in_lobby = clone.join("lobby").await.unwrap();
    drop((ada, clone));
    in_time(in_lobby.post("still here")).await.unwrap();
    assert_eq!(next_entry(&mut watcher).await.text(), Some("still here"));
    let twice = Client::connect(&server.url(), "Cleo").unwrap();
    let _first = twice.join("lobby").await.unwrap();
    assert!(twice.join("lobby").await.is_err(), "one stream at a time");
}

#[tokio::test]
async fn nobody_waits_for_a_room_that_was_left_or_a_client_that_was_closed() {
    let server = TestServer::stopped();
    let ada = connect(&server, "Ada");
    let mut lobby = ada.join("lobby").await.unwrap();
    let (post, left, page) = tokio::join!(
        in_time(lobby.post("never sent")),
        async {
            // Commands are taken in order.
            lobby.leave().await
        },
        in_time(lobby.latest(1)),
    );
    left.unwrap();
    assert_eq!(post, Err(PostError::NotJoined));
    assert!(page.is_err());
    assert_eq!(in_time(lobby.next()).await, None);
    let attic = ada.join("attic").await.unwrap();
    let (post, closed) = tokio::join!(in_time(attic.post("never sent")), ada.close());
    assert!(matches!(post, Err(PostError::Closed(_))), "{post:?}");
    assert_eq!(closed.unwrap().len(), 2, "both are handed back");
    assert!(matches!(
        in_time(attic.post("too late")).await,
        Err(PostError::Closed(_))
    ));
}

#[tokio::test]
async fn who_is_in_the_room_is_told_and_can_be_asked_for() {
    let server = TestServer::start();
    let ada = connect(&server, "Ada");
    let mut lobby = ada.join("lobby").await.unwrap();
    until_live(&mut lobby).await;
    let ben = connect(&server, "Ben");
    let _in_lobby = ben.join("lobby").await.unwrap();
    let together = loop {
        match in_time(lobby.next()).await.unwrap() {
            Ok(TimelineEvent::Presence(presence)) if presence.count == 2 => break presence,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    let mut names: Vec<String> = together
        .members
        .iter()
        .map(|member| member.name.to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["Ada", "Ben"]);
    assert_eq!(lobby.present().await.unwrap(), Some(together));
}

#[tokio::test]
async fn a_stream_says_that_the_client_has_stopped() {
    let server = TestServer::start_with(&["--access", "token"]);
    let stranger = connect(&server, "Stranger");
    let mut lobby = stranger.join("lobby").await.unwrap();
    let post = in_time(lobby.post("hello")).await;
    assert!(matches!(post, Err(PostError::Stopped(_))), "{post:?}");
    let Some(Err(TimelineError::Stopped(why))) = in_time(lobby.next()).await else {
        panic!("an error")
    };
    assert!(why.to_string().contains("access_required"), "{why}");
    assert_eq!(in_time(stranger.online()).await, Err(why));
}
