//! Golden frames: the exact encoding of every message. A frame that differs from `golden.jsonl`
//! breaks other clients.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test with a list of every message"
)]

mod codes;
mod values;

use std::collections::BTreeSet;

use parlor_shared::{
    Access, AccessSecret, AccessToken, AckPromise, Body, ClientInfo, ClientMessage, Entry,
    ErrorCode, JoinOutcome, Limits, Member, MemberId, Position, Refusal, Right, Seq, ServerMessage,
    codec,
};

use crate::{
    codes::{error_codes, requests},
    values::{
        bodies, epoch, id, lobby, moderated, moderations, name, places, room_info, room_state,
        token,
    },
};

const GOLDEN: &str = include_str!("../golden.jsonl");

fn access_token() -> AccessToken {
    AccessToken::try_from("eyJ0.eyJz.c2ln".to_owned()).unwrap()
}

fn secret() -> AccessSecret {
    AccessSecret::try_from("open sesame".to_owned()).unwrap()
}

fn entry(body: Body) -> Entry {
    let member = MemberId::new([2; 16]);
    Entry {
        seq: Seq(9),
        prev: Seq(7),
        id: id(1),
        at_ms: 1_760_000_000_123,
        member,
        name: name(),
        body,
    }
}

fn client_messages() -> Vec<ClientMessage> {
    let client = ClientInfo {
        name: "demo".to_owned(),
        version: "1.0".to_owned(),
    };
    let hello = |token, access| ClientMessage::Hello {
        protocol: 1,
        name: name(),
        token,
        access,
        client: client.clone(),
    };
    let join = |after| ClientMessage::Join {
        room: lobby(),
        after,
    };
    let mut messages = vec![
        hello(None, None),
        hello(Some(token()), Some(Access::Token(access_token()))),
        hello(None, Some(Access::Password(secret()))),
        hello(None, Some(Access::Invitation(secret()))),
        hello(None, Some(Access::Device(secret()))),
        join(None),
        join(Some(Position {
            epoch: epoch(),
            seq: Seq(7),
        })),
        ClientMessage::Leave { room: lobby() },
        ClientMessage::History {
            room: lobby(),
            before: Seq(9),
            limit: 50,
        },
        ClientMessage::Search {
            room: lobby(),
            text: "quick fox".to_owned(),
        },
        ClientMessage::Rooms {
            text: "tea".to_owned(),
            after: None,
        },
        ClientMessage::Rooms {
            text: String::new(),
            after: Some("29333333-7".to_owned()),
        },
        ClientMessage::Typing { room: lobby() },
        ClientMessage::Seen {
            room: lobby(),
            epoch: epoch(),
            seq: Seq(9),
        },
        ClientMessage::Rename { name: name() },
        ClientMessage::Renew {
            access: access_token(),
        },
        ClientMessage::Ping { t: 12 },
        ClientMessage::Unknown,
    ];
    messages.extend(moderations().map(ClientMessage::Moderate));
    let post = |body| ClientMessage::Post {
        room: lobby(),
        id: id(1),
        follows: None,
        body,
    };
    messages.extend(bodies().into_iter().map(post));
    messages.extend(places().map(|at| ClientMessage::Slice {
        room: lobby(),
        at,
        limit: 50,
    }));
    messages.push(ClientMessage::Post {
        room: lobby(),
        id: id(1),
        follows: Some(id(2)),
        body: bodies()[0].clone(),
    });
    messages
}

fn server_messages() -> Vec<ServerMessage> {
    let post = entry(bodies()[0].clone());
    let member = Member {
        member: post.member,
        name: name(),
    };
    let welcome = |promise| ServerMessage::Welcome {
        protocol: 1,
        server: "parlor 0.1.0".to_owned(),
        member: member.member,
        token: token(),
        name: name(),
        epoch: epoch(),
        limits: Limits::default(),
        heartbeat_ms: 25_000,
        at_ms: 1_760_000_000_000,
        promise,
    };
    let joined = |outcome| ServerMessage::Joined {
        room: lobby(),
        after: Seq(7),
        head: Seq(9),
        first: Seq(1),
        outcome,
    };
    let mut refusal = Refusal::new(ErrorCode::RateLimited, "too fast")
        .in_room(&lobby())
        .of_post(id(1));
    refusal.retry_after_ms = Some(20);
    let (here, gone) = (vec![member.clone()], vec![MemberId::new([4; 16])]);
    let mut messages = vec![
        welcome(AckPromise::Durable),
        welcome(AckPromise::Replicated),
        joined(JoinOutcome::Resumed),
        joined(JoinOutcome::Reset),
        ServerMessage::Duplicate {
            room: lobby(),
            entry: post.clone(),
        },
        ServerMessage::History {
            room: lobby(),
            before: Seq(11),
            entries: vec![post.clone()],
            more: true,
        },
        ServerMessage::Found {
            room: lobby(),
            text: "fox".to_owned(),
            entries: vec![post],
            incomplete: false,
        },
        ServerMessage::State {
            room: lobby(),
            state: room_state(),
        },
        ServerMessage::Right {
            room: lobby(),
            right: Right::Read,
        },
        ServerMessage::OpenReports {
            room: lobby(),
            count: 3,
        },
        ServerMessage::Admitted {
            access: Some(access_token()),
            expires_at_ms: Some(1_760_000_000_000),
        },
        ServerMessage::Rooms {
            text: "tea".to_owned(),
            after: None,
            rooms: vec![room_info()],
            next: Some("29333333-7".to_owned()),
        },
        ServerMessage::Present {
            room: lobby(),
            count: 1,
            members: vec![member],
        },
        ServerMessage::Presence {
            room: lobby(),
            count: 2,
            here,
            gone,
        },
        ServerMessage::Presence {
            room: lobby(),
            count: 300,
            here: vec![],
            gone: vec![],
        },
        ServerMessage::Typing {
            room: lobby(),
            member: MemberId::new([2; 16]),
        },
        ServerMessage::Seen {
            room: lobby(),
            epoch: epoch(),
            seq: Seq(9),
        },
        ServerMessage::Notice {
            text: "back in a minute".to_owned(),
        },
        ServerMessage::Error(refusal),
        ServerMessage::Pong { t: 12 },
        ServerMessage::Unknown,
    ];
    messages.extend(moderated().map(ServerMessage::Moderated));
    let entry_message = |body| ServerMessage::Entry {
        room: lobby(),
        entry: entry(body),
    };
    messages.extend(bodies().into_iter().map(entry_message));
    // Only the server writes these, in the place of a deleted message's words.
    let blanked = [
        bodies()[0].clone(),
        bodies()[1].clone(),
        bodies()[4].clone(),
    ];
    messages.extend(blanked.map(Body::blanked).map(entry_message));
    let refuse = |code| ServerMessage::Error(Refusal::new(code, "no"));
    messages.extend(error_codes().into_iter().map(refuse));
    messages.extend(requests().into_iter().map(|request| {
        let mut refusal = Refusal::new(ErrorCode::Busy, "no");
        refusal.request = Some(request);
        ServerMessage::Error(refusal)
    }));
    messages.extend(places().map(|at| ServerMessage::Slice {
        room: lobby(),
        at,
        entries: vec![entry(bodies()[0].clone())],
        changes: vec![entry(bodies()[1].clone())],
        older: true,
        newer: false,
    }));
    messages
}

/// Fails to compile when a message is added: then add a frame of it.
fn client_type(message: &ClientMessage) -> &'static str {
    match message {
        ClientMessage::Hello { .. } => "hello",
        ClientMessage::Join { .. } => "join",
        ClientMessage::Leave { .. } => "leave",
        ClientMessage::Post { .. } => "post",
        ClientMessage::History { .. } => "history",
        ClientMessage::Slice { .. } => "slice",
        ClientMessage::Search { .. } => "search",
        ClientMessage::Rooms { .. } => "rooms",
        ClientMessage::Typing { .. } => "typing",
        ClientMessage::Seen { .. } => "seen",
        ClientMessage::Rename { .. } => "rename",
        ClientMessage::Renew { .. } => "renew",
        ClientMessage::Moderate(_) => "moderate",
        ClientMessage::Ping { .. } => "ping",
        ClientMessage::Unknown => "unknown",
    }
}

/// The same for the server's messages.
fn server_type(message: &ServerMessage) -> &'static str {
    match message {
        ServerMessage::Welcome { .. } => "welcome",
        ServerMessage::Joined { .. } => "joined",
        ServerMessage::Entry { .. } => "entry",
        ServerMessage::Duplicate { .. } => "duplicate",
        ServerMessage::History { .. } => "history",
        ServerMessage::Slice { .. } => "slice",
        ServerMessage::Found { .. } => "found",
        ServerMessage::State { .. } => "state",
        ServerMessage::Right { .. } => "right",
        ServerMessage::Admitted { .. } => "admitted",
        ServerMessage::Rooms { .. } => "rooms",
        ServerMessage::Present { .. } => "present",
        ServerMessage::Presence { .. } => "presence",
        ServerMessage::Typing { .. } => "typing",
        ServerMessage::Seen { .. } => "seen",
        ServerMessage::Moderated(_) => "moderated",
        ServerMessage::OpenReports { .. } => "open_reports",
        ServerMessage::Notice { .. } => "notice",
        ServerMessage::Error(_) => "error",
        ServerMessage::Pong { .. } => "pong",
        ServerMessage::Unknown => "unknown",
    }
}

#[test]
fn every_message_is_encoded_as_in_the_golden_file() {
    let frames: Vec<String> = client_messages()
        .iter()
        .map(codec::encode_client)
        .chain(server_messages().iter().map(codec::encode_server))
        .collect();
    let golden: Vec<&str> = GOLDEN.lines().collect();
    for (frame, golden) in frames.iter().zip(&golden) {
        assert_eq!(frame, golden, "the encoding has changed");
    }
    assert_eq!(
        frames.len(),
        golden.len(),
        "the frames now:\n{}",
        frames.join("\n")
    );
    let types: BTreeSet<_> = client_messages().iter().map(client_type).collect();
    assert_eq!(types.len(), 15, "a frame for every message of a client");
    let types: BTreeSet<_> = server_messages().iter().map(server_type).collect();
    assert_eq!(types.len(), 21, "a frame for every message of the server");
}

#[test]
fn every_message_decodes_to_what_was_encoded() {
    for message in client_messages() {
        assert_eq!(
            codec::decode_client(&codec::encode_client(&message)).unwrap(),
            message
        );
    }
    for message in server_messages() {
        assert_eq!(
            codec::decode_server(&codec::encode_server(&message)).unwrap(),
            message
        );
    }
}

#[test]
fn additions_of_a_later_version_are_ignored() {
    let with_more = r#"{"type":"pong","t":1,"mood":"good"}"#;
    assert_eq!(
        codec::decode_server(with_more).unwrap(),
        ServerMessage::Pong { t: 1 }
    );
    let unknown = codec::decode_server(r#"{"type":"party","at":[1,2]}"#).unwrap();
    assert_eq!(unknown, ServerMessage::Unknown);
    let poll = codec::encode_server(&ServerMessage::Entry {
        room: lobby(),
        entry: entry(bodies()[2].clone()),
    });
    let poll = poll.replace("deletion", "poll");
    let ServerMessage::Entry { entry, .. } = codec::decode_server(&poll).unwrap() else {
        unreachable!("an entry of a new kind keeps its place")
    };
    assert_eq!((entry.body, entry.seq), (Body::Unknown, Seq(9)));
    let code = r#"{"type":"error","code":"moonphase","retry":true,"message":"wait"}"#;
    let ServerMessage::Error(refusal) = codec::decode_server(code).unwrap() else {
        unreachable!("an error with a new code is an error")
    };
    assert_eq!((refusal.code, refusal.retry), (ErrorCode::Unknown, true));
}

#[test]
fn order_white_space_and_escapes_do_not_matter() {
    let pong = Ok(ServerMessage::Pong { t: 1 });
    for frame in [
        r#"{"t":1,"type":"pong"}"#,
        r#" { "\u0074ype" : "p\u006fng" , "t" : 1 } "#,
        // A field of another message, in another shape.
        r#"{"type":"pong","t":1,"entries":{"many":true},"room":[]}"#,
    ] {
        assert_eq!(codec::decode_server(frame).map_err(drop), pong, "{frame}");
    }
    let poll = r#"{"kind":"poll","text":["yes","no"],"target":7}"#;
    assert_eq!(codec::decode_body(poll).unwrap(), Body::Unknown);
    let both = r#"{"type":"pong","t":1,"t":2}"#;
    assert!(
        codec::decode_server(both).is_err(),
        "it is unclear which one counts"
    );
}
