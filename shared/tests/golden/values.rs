//! Values that a few frames have.

use parlor_shared::{
    Ban, Body, Emoji, MemberId, MessageId, Moderated, Moderation, Mute, Name, NewBan, Pin, Place,
    Report, RoomId, RoomInfo, RoomKind, RoomState, Seq, Text, Topic,
};

pub(crate) fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

pub(crate) fn id(n: u8) -> MessageId {
    MessageId::new(1_760_000_000_000, [n; 10])
}

pub(crate) fn name() -> Name {
    Name::parse("Quiet Heron").unwrap()
}

/// A body of each kind.
pub(crate) fn bodies() -> Vec<Body> {
    let text = |text: &str| Text::parse(text).unwrap();
    let emoji = Emoji::parse("👍").unwrap();
    vec![
        Body::post(text("Tom said \"hi\"\n<b>&</b> ünïcödé 🎉")),
        Body::Edit {
            target: id(1),
            text: text("hello"),
        },
        Body::Deletion { target: id(1) },
        Body::Reaction {
            target: id(1),
            emoji,
            on: true,
        },
        Body::Post {
            text: text("hi Tom"),
            reply_to: Some(id(2)),
        },
        Body::RoomName { name: Some(name()) },
        Body::Topic {
            topic: Some(Topic::parse("all about \"tea\"").unwrap()),
        },
        Body::Topic { topic: None },
        Body::RoomKind {
            kind: RoomKind::Private,
        },
        Body::Pin {
            target: id(2),
            on: true,
        },
        Body::Mute {
            member: MemberId::new([4; 16]),
            name: name(),
            until_ms: Some(1_760_000_600_000),
        },
        Body::Mute {
            member: MemberId::new([4; 16]),
            name: name(),
            until_ms: None,
        },
        Body::SlowMode { seconds: 30 },
    ]
}

pub(crate) fn room_state() -> RoomState {
    let pin = Pin {
        id: id(2),
        seq: Seq(3),
        at_ms: 1_760_000_000_001,
        member: MemberId::new([2; 16]),
        name: name(),
        text: Text::parse("the rules").unwrap(),
    };
    RoomState {
        seq: Seq(9),
        name: Some(Name::parse("Tea Time").unwrap()),
        topic: Some(Topic::parse("all about tea").unwrap()),
        kind: RoomKind::ReadOnly,
        pins: vec![pin],
        slow_mode_s: 30,
        mutes: vec![Mute {
            member: MemberId::new([4; 16]),
            name: name(),
            until_ms: 1_760_000_600_000,
        }],
    }
}

pub(crate) fn room_info() -> RoomInfo {
    RoomInfo {
        room: lobby(),
        name: Some(Name::parse("Tea Time").unwrap()),
        topic: None,
        count: 3,
        at_ms: 1_759_999_980_000,
    }
}

pub(crate) fn places() -> [Place; 5] {
    let time = Place::Time(1_760_000_000_000);
    let [seq, before, after] = [Place::Seq, Place::Before, Place::After].map(|of| of(Seq(9)));
    [Place::Message(id(3)), seq, time, before, after]
}

pub(crate) fn moderations() -> impl Iterator<Item = Moderation> {
    let (room, reason) = (lobby(), "not nice".to_owned());
    let ban = NewBan {
        member: MemberId::new([4; 16]),
        name: name(),
        everywhere: true,
        addresses: true,
        until_ms: 1_760_000_600_000,
        reason: reason.clone(),
    };
    let target = id(1);
    let all = [
        Moderation::Report {
            room: room.clone(),
            target,
            reason,
        },
        Moderation::Reports { room: room.clone() },
        Moderation::Resolve {
            room: room.clone(),
            report: 7,
        },
        Moderation::Ban {
            room: room.clone(),
            ban,
        },
        Moderation::Unban {
            room: room.clone(),
            ban: 3,
        },
        Moderation::Bans { room },
        Moderation::Erase { before: None },
        Moderation::Erase {
            before: Some(Seq(9)),
        },
    ];
    all.into_iter()
}

pub(crate) fn moderated() -> impl Iterator<Item = Moderated> {
    let (room, reason) = (lobby(), "not nice".to_owned());
    let report = Report {
        report: 7,
        target: id(1),
        member: MemberId::new([2; 16]),
        name: name(),
        at_ms: 1_760_000_000_001,
        reason: reason.clone(),
    };
    let ban = Ban {
        ban: 3,
        name: Some(name()),
        everywhere: false,
        addresses: 2,
        until_ms: 1_760_000_600_000,
        by: "Quiet Heron".to_owned(),
        reason,
    };
    let all = [
        Moderated::Reported {
            room: room.clone(),
            target: id(1),
        },
        Moderated::Reports {
            room: room.clone(),
            reports: vec![report],
        },
        Moderated::Bans {
            room,
            bans: vec![ban],
        },
        Moderated::Erased {
            count: 50,
            next: Some(Seq(9)),
        },
    ];
    all.into_iter()
}
