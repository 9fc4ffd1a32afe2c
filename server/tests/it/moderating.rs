//! Moderators and members over real sockets: what is refused and why, reports, bans, and the
//! erasing of one's own messages.

use std::time::{SystemTime, UNIX_EPOCH};

use parlor_server::engine::embedded::{Admits, Grant};
use parlor_shared::{
    Body, ClientMessage, ErrorCode, MemberId, Moderated, Moderation, Name, NewBan, Right,
    ServerMessage,
    close::CloseCode,
    limits::{BAN_DAYS_MAX, ERASE_POSTS_MAX, REASON_CHARS_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    access::{run, token, with},
    client::{Client, new_id, room, text, welcomed},
    rights::admin,
    server::{spawn, start_binary},
};

const HOUR_MS: u64 = 60 * 60 * 1_000;

pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

/// Gives a client a right everywhere, and waits until the server knows it.
pub(crate) async fn give(server: &TestServer, client: &mut Client, right: Right) {
    let grant = Grant {
        member: client.member,
        rooms: "*".parse().unwrap(),
        right,
        admits: Admits::No,
    };
    admin(server).grant(&grant, 1).unwrap();
    let is_told = |message: &ServerMessage| matches!(message, ServerMessage::Right { right: told, .. } if *told == right);
    client.until(is_told).await;
}

/// A server with a moderator and a member in the lobby.
pub(crate) async fn moderated_lobby() -> (TestServer, Client, Client) {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    give(&server, &mut ann, Right::Moderate).await;
    (server, ann, bob)
}

fn mute(member: MemberId, until_ms: Option<u64>) -> Body {
    Body::Mute {
        member,
        name: Name::parse("bob").unwrap(),
        until_ms,
    }
}

impl Client {
    pub(crate) async fn moderate(&mut self, request: Moderation) {
        self.send(&ClientMessage::Moderate(request)).await;
    }

    /// The next answer to such a request.
    pub(crate) async fn moderated(&mut self) -> Moderated {
        let is_answer = |message: &ServerMessage| matches!(message, ServerMessage::Moderated(_));
        match self.until(is_answer).await {
            ServerMessage::Moderated(answer) => answer,
            other => panic!("no answer: {other:?}"),
        }
    }
}

fn ban_of(member: MemberId) -> NewBan {
    NewBan {
        member,
        name: Name::parse("bob").unwrap(),
        everywhere: false,
        addresses: false,
        until_ms: now_ms() + HOUR_MS,
        reason: "spam".to_owned(),
    }
}

fn ban(ban: NewBan) -> Moderation {
    let room = room("lobby");
    Moderation::Ban { room, ban }
}

#[actix_web::test]
async fn a_moderator_deletes_mutes_and_slows_down_and_others_learn_why_they_are_refused() {
    let (_server, mut ann, mut bob) = moderated_lobby().await;
    let said = bob.post("lobby", "rude").await;
    ann.entry().await;
    bob.entry().await;
    let own = ann.post("lobby", "be nice").await;
    ann.entry().await;
    bob.entry().await;
    bob.append("lobby", new_id(), Body::Deletion { target: own })
        .await;
    bob.refused(ErrorCode::NotAuthor).await;
    for body in [
        mute(ann.member, Some(now_ms() + HOUR_MS)),
        Body::SlowMode { seconds: 5 },
    ] {
        bob.append("lobby", new_id(), body).await;
        bob.refused(ErrorCode::NotAllowed).await;
    }
    ann.append("lobby", new_id(), Body::Deletion { target: said })
        .await;
    let deletion = bob.entry().await;
    assert_eq!(
        (deletion.body, deletion.member),
        (Body::Deletion { target: said }, ann.member)
    );
    let (entries, _) = bob.history("lobby", deletion.seq, 10).await;
    assert_eq!(text(&entries[0]), "", "its words are gone for everyone");

    let until_ms = now_ms() + HOUR_MS;
    ann.append("lobby", new_id(), mute(bob.member, Some(until_ms)))
        .await;
    bob.entry().await;
    bob.post("lobby", "still here").await;
    let refusal = bob.refused(ErrorCode::Muted).await;
    assert!(!refusal.retry && refusal.id.is_some(), "{refusal:?}");
    let wait_ms = refusal.retry_after_ms.unwrap();
    assert!((HOUR_MS - 60_000..=HOUR_MS).contains(&wait_ms), "{wait_ms}");
    ann.append("lobby", new_id(), mute(bob.member, None)).await;
    bob.entry().await;
    ann.append("lobby", new_id(), Body::SlowMode { seconds: 600 })
        .await;
    bob.entry().await;
    bob.post("lobby", "one").await;
    bob.entry().await;
    bob.post("lobby", "two").await;
    let refusal = bob.refused(ErrorCode::SlowMode).await;
    assert!(refusal.retry, "{refusal:?}");
    assert!((540_000..=600_000).contains(&refusal.retry_after_ms.unwrap()));
}

#[actix_web::test]
async fn a_report_reaches_the_moderators_alone_until_one_of_them_closes_it() {
    let (_server, mut ann, mut bob) = moderated_lobby().await;
    let target = ann.post("lobby", "spam").await;
    bob.entry().await;
    let lobby = room("lobby");
    let report = |target, reason: &str| Moderation::Report {
        room: lobby.clone(),
        target,
        reason: reason.to_owned(),
    };
    bob.moderate(report(target, "buy this")).await;
    let reported = Moderated::Reported {
        room: lobby.clone(),
        target,
    };
    assert_eq!(bob.moderated().await, reported);
    bob.moderate(report(new_id(), "nothing")).await;
    bob.refused(ErrorCode::TargetUnknown).await;
    bob.moderate(report(target, &"x".repeat(REASON_CHARS_MAX + 1)))
        .await;
    bob.refused(ErrorCode::OutOfRange).await;
    let ask = Moderation::Reports {
        room: lobby.clone(),
    };
    bob.moderate(ask.clone()).await;
    bob.refused(ErrorCode::NotAllowed).await;
    ann.moderate(ask).await;
    let Moderated::Reports { reports, .. } = ann.moderated().await else {
        panic!("no reports")
    };
    let [open] = &reports[..] else {
        panic!("one report: {reports:?}")
    };
    assert_eq!((open.target, open.member), (target, bob.member));
    assert_eq!(open.reason, "buy this");
    ann.moderate(Moderation::Resolve {
        room: lobby.clone(),
        report: open.report,
    })
    .await;
    let reports = Vec::new();
    let room = lobby.clone();
    assert_eq!(ann.moderated().await, Moderated::Reports { room, reports });
    bob.moderate(Moderation::Reports {
        room: crate::client::room("attic"),
    })
    .await;
    bob.refused(ErrorCode::NotJoined).await;
}

#[actix_web::test]
async fn a_ban_from_a_room_puts_the_member_out_until_it_is_lifted() {
    let (server, mut ann, mut bob) = moderated_lobby().await;
    bob.moderate(ban(ban_of(ann.member))).await;
    bob.refused(ErrorCode::NotAllowed).await;
    let too_long = NewBan {
        until_ms: now_ms() + (BAN_DAYS_MAX + 1) * 24 * HOUR_MS,
        ..ban_of(bob.member)
    };
    ann.moderate(ban(too_long)).await;
    ann.refused(ErrorCode::OutOfRange).await;
    let everywhere = NewBan {
        everywhere: true,
        ..ban_of(bob.member)
    };
    ann.moderate(ban(everywhere)).await;
    ann.refused(ErrorCode::NotAllowed).await;
    let mut eve = Client::welcomed(server.address(), "eve").await;
    eve.join("lobby").await;
    give(&server, &mut eve, Right::Moderate).await;
    ann.moderate(ban(ban_of(eve.member))).await;
    ann.refused(ErrorCode::NotAllowed).await;

    ann.moderate(ban(ban_of(bob.member))).await;
    let Moderated::Bans { bans, .. } = ann.moderated().await else {
        panic!("no bans")
    };
    assert_eq!(bans.len(), 1);
    assert_eq!(
        (bans[0].by.as_str(), bans[0].reason.as_str()),
        ("ann", "spam")
    );
    let put_out = bob.refused(ErrorCode::Banned).await;
    assert_eq!(put_out.room, Some(room("lobby")));
    assert!(put_out.retry_after_ms.unwrap() <= HOUR_MS);
    bob.post("lobby", "let me in").await;
    bob.refused(ErrorCode::NotJoined).await;
    bob.join("attic").await;
    let mut again = bob.reconnected(server.address(), "bob").await;
    let join = |name| ClientMessage::Join {
        room: room(name),
        after: None,
    };
    again.send(&join("lobby")).await;
    again.refused(ErrorCode::Banned).await;
    let lift = Moderation::Unban {
        room: room("lobby"),
        ban: bans[0].ban,
    };
    ann.moderate(lift).await;
    let (room, bans) = (room("lobby"), Vec::new());
    assert_eq!(ann.moderated().await, Moderated::Bans { room, bans });
    again.join("lobby").await;
}

#[actix_web::test]
async fn an_owner_bans_from_the_server_and_with_the_member_the_address() {
    let mut server = TestServer::stopped();
    let options = [
        "--trust-proxy",
        "127.0.0.1",
        "--access",
        "open",
        "--rate-per-second",
        "0",
    ];
    server.restart_with(&options);
    let from = |address| {
        let server = server.address();
        async move { Client::connect_with(server, &[("x-forwarded-for", address)]).await }
    };
    let mut ann = from("192.0.2.1").await;
    ann.hello("ann").await;
    ann.join("lobby").await;
    give(&server, &mut ann, Right::Own).await;
    let mut bob = from("198.51.100.7").await;
    bob.hello("bob").await;
    bob.join("lobby").await;
    let order = NewBan {
        everywhere: true,
        addresses: true,
        ..ban_of(bob.member)
    };
    ann.moderate(ban(order)).await;
    assert!(matches!(ann.moderated().await, Moderated::Bans { .. }));
    let banned = u16::from(bob.closed().await.code);
    assert_eq!(banned, CloseCode::Banned.number());
    // The ban holds for him from any address, and for every other member from his address.
    let mut elsewhere = from("203.0.113.5").await;
    elsewhere.token.clone_from(&bob.token);
    elsewhere.say_hello("bob").await;
    elsewhere.refused(ErrorCode::Banned).await;
    loop {
        let mut stranger = from("198.51.100.7").await;
        stranger.say_hello("stranger").await;
        let answer = stranger.next().await;
        if matches!(&answer, ServerMessage::Error(refusal) if refusal.code == ErrorCode::Banned) {
            break;
        }
    }
    let mut other = from("198.51.100.8").await;
    other.hello("other").await;
    ann.moderate(Moderation::Bans {
        room: room("lobby"),
    })
    .await;
    let Moderated::Bans { bans, .. } = ann.moderated().await else {
        panic!("no bans")
    };
    assert!(bans[0].everywhere && bans[0].addresses >= 1, "{bans:?}");
}

#[actix_web::test]
async fn a_member_has_all_of_their_own_messages_erased_and_nobody_elses() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    let rooms = ["lobby", "attic"];
    for name in rooms {
        ann.join(name).await;
        bob.join(name).await;
        for n in 0..ERASE_POSTS_MAX {
            ann.post(name, &format!("secret {n}")).await;
        }
        bob.post(name, "mine").await;
    }
    ann.moderate(Moderation::Erase { before: None }).await;
    let mut erased = 0;
    loop {
        let Moderated::Erased { count, next } = ann.moderated().await else {
            panic!("not erased")
        };
        erased += count as usize;
        if next.is_none() && erased >= 2 * ERASE_POSTS_MAX {
            break;
        }
        // Where nothing is left, some were posted after the first request was handled.
        ann.moderate(Moderation::Erase { before: next }).await;
    }
    assert_eq!(erased, 2 * ERASE_POSTS_MAX);
    let mut eve = Client::welcomed(server.address(), "eve").await;
    for name in rooms {
        let newest = eve.join(name).await.last().unwrap().seq;
        let mut before = newest.next();
        let mut words = Vec::new();
        loop {
            let (entries, more) = eve.history(name, before, 100).await;
            words.extend(entries.iter().map(|entry| text(entry).to_owned()));
            before = entries[0].seq;
            if !more {
                break;
            }
        }
        words.retain(|words| !words.is_empty());
        assert_eq!(words, ["mine"], "{name}");
    }
}

#[actix_web::test]
async fn a_report_costs_more_than_a_message() {
    let options = ["--rate-per-second", "1", "--rate-burst", "40"];
    let server = TestServer::start_with(&options);
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    let target = bob.post("lobby", "hello").await;
    bob.entry().await;
    let report = Moderation::Report {
        room: room("lobby"),
        target,
        reason: String::new(),
    };
    // Eight tokens each: after five a further one waits too long.
    for _ in 0..6 {
        bob.moderate(report.clone()).await;
    }
    let refused = bob.refused(ErrorCode::RateLimited).await;
    assert_eq!(refused.request, Some(parlor_shared::Request::Moderate));
    assert!(refused.retry);
}

#[actix_web::test]
async fn nobody_bans_a_member_whose_token_lets_them_do_as_much() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let enter = async |rights: &str| {
        let mut client = Client::connect(server.address()).await;
        client.access = token(&run(data, &["token", "--rights", rights]));
        client.hello("ann").await;
        client.join("lobby").await;
        client
    };
    let mut ann = enter("*=moderate").await;
    let bob = enter("*=moderate").await;
    let mut eve = enter("*=post").await;
    ann.moderate(ban(ban_of(bob.member))).await;
    ann.refused(ErrorCode::NotAllowed).await;
    ann.moderate(ban(ban_of(eve.member))).await;
    assert!(matches!(ann.moderated().await, Moderated::Bans { .. }));
    eve.refused(ErrorCode::Banned).await;
}
