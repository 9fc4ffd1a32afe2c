//! Members in a room: messages, changes, presence, typing, identity, and a graceful stop.

use parlor_shared::{
    Body, ClientMessage, Emoji, ErrorCode, Member, Name, Seq, ServerMessage, Text, Token,
};
use parlor_test_server::TestServer;

use crate::client::{Client, check_chain, new_id, room, text, welcomed};

#[actix_web::test]
async fn two_clients_see_the_same_messages_in_the_same_order() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    for n in 0..20 {
        ann.post("lobby", &format!("ann {n}")).await;
        bob.post("lobby", &format!("bob {n}")).await;
    }
    let (mut of_ann, mut of_bob) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        of_ann.push(ann.entry().await);
        of_bob.push(bob.entry().await);
    }
    assert_eq!(of_ann, of_bob);
    check_chain(Seq::ZERO, &of_ann);
    for (author, name) in [(ann.member, "ann"), (bob.member, "bob")] {
        let entries = of_bob.iter().filter(|entry| entry.member == author);
        let said: Vec<_> = entries
            .map(|entry| (entry.name.as_str(), text(entry)))
            .collect();
        let expected: Vec<_> = (0..20).map(|n| format!("{name} {n}")).collect();
        let expected: Vec<_> = expected.iter().map(|text| (name, text.as_str())).collect();
        assert_eq!(said, expected);
    }
}

#[actix_web::test]
async fn posting_an_id_again_returns_the_original_entry() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let id = ann.post("lobby", "once").await;
    let original = ann.entry().await;
    let mut again = ann.reconnected(server.address(), "ann").await;
    again.join("lobby").await;
    again
        .append("lobby", id, Body::post(Text::parse("twice").unwrap()))
        .await;
    match again.next_but_presence().await {
        ServerMessage::Duplicate { entry, .. } => assert_eq!(entry, original),
        other => panic!("not a duplicate: {other:?}"),
    }
    again.post("lobby", "more").await;
    assert_eq!(
        again.entry().await.prev,
        original.seq,
        "the duplicate appended nothing"
    );
}

#[actix_web::test]
async fn a_reply_is_accepted_whether_its_target_exists_is_deleted_or_is_unknown() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let existing = ann.post("lobby", "a question").await;
    let deleted = ann.post("lobby", "never mind").await;
    ann.append("lobby", new_id(), Body::Deletion { target: deleted })
        .await;
    for _ in 0..3 {
        ann.entry().await;
    }
    let targets = [existing, deleted, new_id()];
    for target in targets {
        let (text, reply_to) = (Text::parse("a reply").unwrap(), Some(target));
        let reply = Body::Post { text, reply_to };
        ann.append("lobby", new_id(), reply.clone()).await;
        assert_eq!(ann.entry().await.body, reply);
    }
    let mut late = Client::welcomed(server.address(), "late").await;
    let known = late.join("lobby").await;
    let replied_to: Vec<_> = known
        .iter()
        .filter_map(|entry| match entry.body {
            Body::Post { reply_to, .. } => reply_to,
            _ => None,
        })
        .collect();
    assert_eq!(replied_to, targets, "the log keeps each reply's target");
}

#[actix_web::test]
async fn rooms_on_one_connection_do_not_mix() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("a").await;
    ann.join("b").await;
    ann.post("a", "in a").await;
    ann.post("b", "in b").await;
    for _ in 0..2 {
        match ann
            .until(|message| matches!(message, ServerMessage::Entry { .. }))
            .await
        {
            ServerMessage::Entry { room, entry } => {
                assert_eq!(text(&entry), format!("in {room}"));
                assert_eq!(entry.prev, Seq::ZERO, "the first of its room");
            }
            other => panic!("{other:?}"),
        }
    }
    ann.send(&ClientMessage::Leave { room: room("a") }).await;
    ann.post("a", "gone").await;
    ann.refused(ErrorCode::NotJoined).await;
}

#[actix_web::test]
async fn only_the_author_can_edit_and_delete_a_message() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    let target = ann.post("lobby", "helo").await;
    bob.entry().await;
    let text = Text::parse("hello").unwrap();
    let edit = Body::Edit { target, text };
    bob.append("lobby", new_id(), edit.clone()).await;
    bob.refused(ErrorCode::NotAuthor).await;
    bob.append("lobby", new_id(), Body::Deletion { target })
        .await;
    bob.refused(ErrorCode::NotAuthor).await;
    let emoji = Emoji::parse("👍").unwrap();
    let reaction = Body::Reaction {
        target,
        emoji,
        on: true,
    };
    bob.append("lobby", new_id(), reaction.clone()).await;
    assert_eq!(bob.entry().await.body, reaction);
    ann.append("lobby", new_id(), edit.clone()).await;
    assert_eq!(bob.entry().await.body, edit);
    ann.append("lobby", new_id(), Body::Deletion { target })
        .await;
    assert_eq!(bob.entry().await.body, Body::Deletion { target });
    ann.append("lobby", new_id(), edit).await;
    ann.refused(ErrorCode::TargetUnknown).await;
}

#[actix_web::test]
async fn presence_is_sent_and_a_short_absence_is_not() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    let bob_id = bob.member;
    let bob_as = |name: &str| Member {
        member: bob_id,
        name: Name::parse(name).unwrap(),
    };
    let names_bob = |message: &ServerMessage| match message {
        ServerMessage::Presence { here, .. } => here.iter().any(|m| m.member == bob_id),
        _ => false,
    };
    match ann.until(names_bob).await {
        ServerMessage::Presence { count, here, .. } => {
            assert!(
                count == 2 && here.contains(&bob_as("bob")),
                "{count} {here:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    bob.send(&ClientMessage::Rename {
        name: Name::parse("bobby").unwrap(),
    })
    .await;
    ann.until(|message| match message {
        ServerMessage::Presence { here, .. } => here.contains(&bob_as("bobby")),
        _ => false,
    })
    .await;

    let mut back = bob.reconnected(server.address(), "bobby").await;
    drop(bob);
    back.join("lobby").await;
    back.post("lobby", "still me").await;
    loop {
        match ann.next().await {
            ServerMessage::Entry { .. } => break,
            ServerMessage::Presence { gone, .. } => assert!(!gone.contains(&bob_id)),
            _ => {}
        }
    }
    back.send(&ClientMessage::Leave {
        room: room("lobby"),
    })
    .await;
    ann.until(|message| match message {
        ServerMessage::Presence { gone, count, .. } => gone.contains(&bob_id) && *count == 1,
        _ => false,
    })
    .await;
}

#[actix_web::test]
async fn typing_is_sent_to_the_other_members_of_the_room() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    bob.send(&ClientMessage::Typing {
        room: room("lobby"),
    })
    .await;
    let typing = ann
        .until(|message| matches!(message, ServerMessage::Typing { .. }))
        .await;
    assert_eq!(
        typing,
        ServerMessage::Typing {
            room: room("lobby"),
            member: bob.member
        }
    );
}

#[actix_web::test]
async fn a_token_proves_the_member_and_an_invalid_one_is_refused() {
    let server = TestServer::start();
    let ann = Client::welcomed(server.address(), "ann").await;
    assert_eq!(
        ann.reconnected(server.address(), "ann").await.member,
        ann.member
    );
    let mut eve = Client::connect(server.address()).await;
    let hello = |token: &str| ClientMessage::Hello {
        protocol: 1,
        name: Name::parse("eve").unwrap(),
        token: Some(Token::parse(token).unwrap()),
        access: None,
        client: Default::default(),
    };
    eve.send(&hello("p1.made-up")).await;
    eve.refused(ErrorCode::TokenInvalid).await;
    eve.hello("eve").await;
    assert_ne!(eve.member, ann.member);
}

#[actix_web::test]
async fn a_graceful_stop_is_announced_and_the_log_is_whole_after_the_restart() {
    let mut server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    let stopping = std::thread::spawn(move || {
        server.stop();
        server
    });
    ann.until(|message| matches!(message, ServerMessage::Notice { .. }))
        .await;
    assert_eq!(u16::from(ann.closed().await.code), 4000);
    let mut server = stopping.join().unwrap();
    server.restart();
    let mut back = ann.reconnected(server.address(), "ann").await;
    assert_eq!(back.member, ann.member);
    assert_eq!(back.join("lobby").await, [before]);
}
