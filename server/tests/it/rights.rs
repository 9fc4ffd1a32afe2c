//! What members may do in which rooms: read-only and private rooms, and rights that are given and
//! taken while people are there.

use parlor_server::engine::embedded::{AdminFile, Admits, Grant};
use parlor_shared::{
    Access, AccessSecret, Body, ErrorCode, Right, RoomKind, RoomPattern, ServerMessage,
};
use parlor_test_server::TestServer;

use crate::client::{Client, new_id, room};

/// The file in which the server keeps rights, as the command line opens it.
pub(crate) fn admin(server: &TestServer) -> AdminFile {
    AdminFile::open(server.log_file().parent().unwrap()).unwrap()
}

/// Gives a member a right from another process, and waits until the server knows it.
pub(crate) async fn give(server: &TestServer, client: &mut Client, rooms: &str, right: Right) {
    let grant = Grant {
        member: client.member,
        rooms: rooms.parse().unwrap(),
        right,
        admits: Admits::No,
    };
    admin(server).grant(&grant, 1).unwrap();
    received_right(client, right).await;
}

/// Waits until the client is told of this right.
pub(crate) async fn received_right(client: &mut Client, expected: Right) {
    let is_told = |message: &ServerMessage| matches!(message, ServerMessage::Right { right, .. } if *right == expected);
    client.until(is_told).await;
}

pub(crate) async fn set_kind(client: &mut Client, name: &str, kind: RoomKind) {
    client.append(name, new_id(), Body::RoomKind { kind }).await;
    client.entry().await;
}

#[actix_web::test]
async fn only_an_owner_changes_a_rooms_kind() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let kind = RoomKind::ReadOnly;
    ann.append("lobby", new_id(), Body::RoomKind { kind }).await;
    ann.refused(ErrorCode::NotAllowed).await;
    give(&server, &mut ann, "*", Right::Moderate).await;
    ann.append("lobby", new_id(), Body::RoomKind { kind }).await;
    ann.refused(ErrorCode::NotAllowed).await;
    give(&server, &mut ann, "*", Right::Own).await;
    set_kind(&mut ann, "lobby", kind).await;
}

#[actix_web::test]
async fn in_a_read_only_room_only_those_post_who_were_given_that_there() {
    let mut server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    owner.join("news").await;
    bob.join("news").await;
    give(&server, &mut owner, "*", Right::Own).await;
    set_kind(&mut owner, "news", RoomKind::ReadOnly).await;
    // Bob is told at once, and stays in the room.
    received_right(&mut bob, Right::Read).await;
    bob.post("news", "may I?").await;
    let refused = bob.refused(ErrorCode::NotAllowed).await;
    assert!(refused.id.is_some() && !refused.retry, "{refused:?}");
    owner.post("news", "read this").await;
    bob.entry().await;
    // A right everywhere is none here; one in this room is.
    give(&server, &mut bob, "news", Right::Post).await;
    bob.post("news", "thanks").await;
    owner.entry().await;

    // The kind outlives a restart, and is told to those who join.
    server.restart();
    let mut eve = Client::connect(server.address()).await;
    eve.hello("eve").await;
    eve.send(&parlor_shared::ClientMessage::Join {
        room: room("news"),
        after: None,
    })
    .await;
    let state = eve
        .until(|message| matches!(message, ServerMessage::State { .. }))
        .await;
    assert!(
        matches!(&state, ServerMessage::State { state, .. } if state.kind == RoomKind::ReadOnly),
        "{state:?}"
    );
    received_right(&mut eve, Right::Read).await;
}

#[actix_web::test]
async fn a_private_room_is_unlisted_and_only_for_those_who_are_invited() {
    let server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    owner.join("cellar").await;
    bob.join("cellar").await;
    owner.post("cellar", "hello").await;
    bob.entry().await;
    assert_eq!(bob.rooms("cellar").await.len(), 1);
    give(&server, &mut owner, "*", Right::Own).await;
    set_kind(&mut owner, "cellar", RoomKind::Private).await;
    // Who is not invited is put out, and hears nothing more.
    let put_out = bob.refused(ErrorCode::NotAllowed).await;
    assert_eq!(put_out.room, Some(room("cellar")));
    owner.post("cellar", "secret").await;
    owner.entry().await;
    bob.send(&parlor_shared::ClientMessage::Join {
        room: room("cellar"),
        after: None,
    })
    .await;
    bob.refused(ErrorCode::NotAllowed).await;
    assert_eq!(bob.rooms("cellar").await, []);
    assert_eq!(owner.rooms("cellar").await, []);
    let grant = Grant {
        member: bob.member,
        rooms: RoomPattern::one(&room("cellar")),
        right: Right::Post,
        admits: Admits::No,
    };
    admin(&server).grant(&grant, 1).unwrap();
    // The server looks once a second; until then it refuses.
    let entries = loop {
        bob.send(&parlor_shared::ClientMessage::Join {
            room: room("cellar"),
            after: None,
        })
        .await;
        match bob.next_but_presence().await {
            ServerMessage::Joined { .. } => break bob.entry().await,
            ServerMessage::Error(refused) => assert_eq!(refused.code, ErrorCode::NotAllowed),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(entries.prev.0, 0, "the room's whole log is there");
}

#[actix_web::test]
async fn a_right_that_is_taken_back_ends_at_once_for_those_who_are_there() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    give(&server, &mut ann, "*", Right::Moderate).await;
    assert!(
        admin(&server)
            .revoke(ann.member, &RoomPattern::all())
            .unwrap()
    );
    received_right(&mut ann, Right::Post).await;
}

/// A client that shows a code in hello.
async fn invited(server: &TestServer, code: &str, member: Option<&Client>) -> Client {
    let mut client = Client::connect(server.address()).await;
    if let Some(member) = member {
        client.token.clone_from(&member.token);
    }
    client.access = Some(Access::Invitation(secret(code)));
    client
}

fn secret(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

#[actix_web::test]
async fn an_invitation_gives_its_right_as_often_and_as_long_as_it_says() {
    let server = TestServer::start();
    let file = admin(&server);
    let invite = |code: &str, expires_at_ms, uses_max| {
        let new = parlor_server::engine::embedded::NewInvitation {
            rooms: "team-*".parse().unwrap(),
            right: Right::Moderate,
            expires_at_ms,
            uses_max,
        };
        file.invite(&secret(code), &new, 1).unwrap();
    };
    invite("once", None, Some(1));
    invite("past", Some(2), None);
    let mut ann = invited(&server, "once", None).await;
    ann.hello("ann").await;
    ann.join("team-tea").await;
    // The same member again uses nothing up; another one is refused.
    let mut again = invited(&server, "once", Some(&ann)).await;
    again.hello("ann").await;
    assert_eq!(again.member, ann.member);
    let mut bob = invited(&server, "once", None).await;
    bob.say_hello("bob").await;
    bob.refused(ErrorCode::InvitationUsedUp).await;
    for (code, refusal) in [
        ("past", ErrorCode::InvitationExpired),
        ("made-up", ErrorCode::InvitationUnknown),
    ] {
        let mut eve = invited(&server, code, None).await;
        eve.say_hello("eve").await;
        let refused = eve.refused(refusal).await;
        assert!(refused.message.contains("another one"), "{refused:?}");
    }
    let listed = file.invitations().unwrap();
    assert_eq!(
        listed.iter().map(|one| one.used).collect::<Vec<_>>(),
        [0, 1]
    );
    // Who has used it stays when it is taken back.
    for one in listed {
        assert!(file.uninvite(one.id).unwrap());
    }
    again.join("team-cake").await;
}
