//! What owners decide from the page: who moderates, and who is invited.

use std::time::UNIX_EPOCH;

use parlor_shared::{
    Access, ErrorCode, InvitationTerms, Moderated, Moderation, Name, NewRight, Right, RoomKind,
    limits::INVITATION_DAYS_MAX,
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, room, welcomed},
    rights::{admin, give, received_right, set_kind},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

pub(crate) fn grant(to: &Client, right: Option<Right>) -> Moderation {
    let grant = NewRight {
        member: to.member,
        name: Name::parse("bob").unwrap(),
        right,
    };
    let room = room("lobby");
    Moderation::Grant { room, grant }
}

fn invite(right: Right, until_ms: Option<u64>, uses: Option<u32>) -> Moderation {
    let invitation = InvitationTerms {
        right,
        until_ms,
        uses,
    };
    let room = room("lobby");
    Moderation::Invite { room, invitation }
}

/// A server with its owner and a member in the lobby.
async fn owned_lobby() -> (TestServer, Client, Client) {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    give(&server, &mut ann, "*", Right::Own).await;
    (server, ann, bob)
}

#[actix_web::test]
async fn an_owner_makes_a_moderator_and_takes_that_back_and_moderators_do_not() {
    let (server, mut ann, mut bob) = owned_lobby().await;
    let mut eve = Client::welcomed(server.address(), "eve").await;
    eve.join("lobby").await;
    for refused in [
        grant(&eve, Some(Right::Moderate)),
        invite(Right::Post, None, None),
        Moderation::Access {
            room: room("lobby"),
        },
        Moderation::Uninvite {
            room: room("lobby"),
            invitation: 1,
        },
    ] {
        bob.moderate(refused).await;
        bob.refused(ErrorCode::NotAllowed).await;
    }
    ann.moderate(grant(&bob, Some(Right::Moderate))).await;
    let Moderated::Access { members, .. } = ann.moderated().await else {
        panic!("no answer");
    };
    assert_eq!(
        (members[0].member, members[0].right),
        (bob.member, Right::Moderate)
    );
    received_right(&mut bob, Right::Moderate).await;
    // A moderator makes nobody one, and nobody makes an owner or unmakes one.
    bob.moderate(grant(&eve, Some(Right::Moderate))).await;
    bob.refused(ErrorCode::NotAllowed).await;
    ann.moderate(grant(&bob, Some(Right::Own))).await;
    ann.refused(ErrorCode::NotAllowed).await;
    ann.moderate(invite(Right::Own, None, None)).await;
    ann.refused(ErrorCode::NotAllowed).await;
    ann.moderate(grant(&ann, None)).await;
    let refused = ann.refused(ErrorCode::NotAllowed).await;
    assert!(refused.message.contains("operator"), "{refused:?}");

    ann.moderate(grant(&bob, None)).await;
    let Moderated::Access { members, .. } = ann.moderated().await else {
        panic!("no answer");
    };
    assert_eq!(members, []);
    received_right(&mut bob, Right::Post).await;
    let said = admin(&server).admin_log(1).unwrap();
    assert!(said[0].what.starts_with("ann took back"), "{said:?}");
}

#[actix_web::test]
async fn a_right_in_a_private_room_lets_a_member_in_and_taking_it_back_puts_them_out() {
    let (_server, mut ann, mut bob) = owned_lobby().await;
    set_kind(&mut ann, "lobby", RoomKind::Private).await;
    bob.refused(ErrorCode::NotAllowed).await;
    ann.moderate(grant(&bob, Some(Right::Post))).await;
    assert!(matches!(ann.moderated().await, Moderated::Access { .. }));
    bob.join("lobby").await;
    bob.post("lobby", "thanks").await;
    bob.entry().await;
    ann.moderate(grant(&bob, None)).await;
    let put_out = bob.refused(ErrorCode::NotAllowed).await;
    assert_eq!(put_out.room, Some(room("lobby")));
}

#[actix_web::test]
async fn an_owner_invites_from_the_page_and_takes_the_invitation_back() {
    let (server, mut ann, _) = owned_lobby().await;
    let now_ms = UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let later_ms = now_ms + (INVITATION_DAYS_MAX + 1) * DAY_MS;
    for (until_ms, uses) in [(Some(1), None), (Some(later_ms), None), (None, Some(0))] {
        ann.moderate(invite(Right::Post, until_ms, uses)).await;
        ann.refused(ErrorCode::OutOfRange).await;
    }
    let until_ms = Some(now_ms + INVITATION_DAYS_MAX * DAY_MS - 60_000);
    ann.moderate(invite(Right::Moderate, until_ms, Some(2)))
        .await;
    let Moderated::Access {
        invitations,
        secret: Some(code),
        ..
    } = ann.moderated().await
    else {
        panic!("no code");
    };
    let made = invitations[0];
    assert_eq!(
        (made.right, made.until_ms, made.uses, made.used),
        (Right::Moderate, until_ms, Some(2), 0)
    );
    let mut eve = Client::connect(server.address()).await;
    eve.access = Some(Access::Invitation(code.clone()));
    eve.hello("eve").await;
    eve.send(&parlor_shared::ClientMessage::Join {
        room: room("lobby"),
        after: None,
    })
    .await;
    received_right(&mut eve, Right::Moderate).await;

    // The owner sees who has come by it, under which name; the code is not told again.
    let ask = Moderation::Access {
        room: room("lobby"),
    };
    ann.moderate(ask).await;
    let Moderated::Access {
        members,
        invitations,
        secret,
        ..
    } = ann.moderated().await
    else {
        panic!("no answer");
    };
    assert_eq!(members[0].name, Some(Name::parse("eve").unwrap()));
    assert_eq!((invitations[0].used, secret), (1, None));
    ann.moderate(Moderation::Uninvite {
        room: room("lobby"),
        invitation: made.invitation,
    })
    .await;
    let is_empty = |answer: &Moderated| matches!(answer, Moderated::Access { invitations, .. } if invitations.is_empty());
    let answer = ann.moderated().await;
    assert!(is_empty(&answer), "{answer:?}");
    let mut bob = Client::connect(server.address()).await;
    bob.access = Some(Access::Invitation(code));
    bob.say_hello("bob").await;
    bob.refused(ErrorCode::InvitationUnknown).await;
    // Who has used it stays what it made them.
    eve.check_alive().await;
    assert_eq!(admin(&server).given_in(&room("lobby")).unwrap().len(), 1);
}
