//! Values that a few frames have.

use parlor_shared::{
    AccessSecret, Ban, Body, Emoji, Epoch, InvitationInfo, InvitationTerms, MemberId, MemberRight,
    MessageId, Moderated, Moderation, Mute, Name, NewBan, NewRight, Pin, Place, Report, Right,
    RoomId, RoomInfo, RoomKind, RoomState, Seq, Text, Token, Topic,
};

pub(crate) fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

pub(crate) fn id(n: u8) -> MessageId {
    MessageId::new(1_760_000_000_000, [n; 10])
}

pub(crate) fn token() -> Token {
    Token::parse("p1.token").unwrap()
}

pub(crate) fn epoch() -> Epoch {
    Epoch::new([3; 16])
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
        Moderation::Bans { room: room.clone() },
        Moderation::Erase { before: None },
        Moderation::Erase {
            before: Some(Seq(9)),
        },
    ];
    all.into_iter().chain(administration(room))
}

/// What owners ask for, and members for another device.
fn administration(room: RoomId) -> impl Iterator<Item = Moderation> {
    let grant = |right| NewRight {
        member: MemberId::new([4; 16]),
        name: name(),
        right,
    };
    let invite = |until_ms, uses| InvitationTerms {
        right: Right::Post,
        until_ms,
        uses,
    };
    let all = [
        Moderation::Device {
            address: "https://chat.example.org/#device=".to_owned(),
        },
        Moderation::Access { room: room.clone() },
        Moderation::Grant {
            room: room.clone(),
            grant: grant(Some(Right::Moderate)),
        },
        Moderation::Grant {
            room: room.clone(),
            grant: grant(None),
        },
        Moderation::Invite {
            room: room.clone(),
            invitation: invite(Some(1_760_000_600_000), Some(20)),
        },
        Moderation::Invite {
            room: room.clone(),
            invitation: invite(None, None),
        },
        Moderation::Uninvite {
            room,
            invitation: 5,
        },
    ];
    all.into_iter()
}

/// The answers to these.
fn administered(room: RoomId) -> impl Iterator<Item = Moderated> {
    let code = |text: &str| AccessSecret::try_from(text.to_owned()).unwrap();
    let members = [Some(name()), None].map(|name| MemberRight {
        member: MemberId::new([4; 16]),
        name,
        right: Right::Moderate,
    });
    let invitations = [(Some(1_760_000_600_000), Some(20)), (None, None)];
    let invitations = invitations.map(|(until_ms, uses)| InvitationInfo {
        invitation: 5,
        right: Right::Post,
        until_ms,
        uses,
        used: 3,
    });
    let all = [
        Moderated::Device {
            secret: code("K7PM-2XQ9"),
            until_ms: 1_760_000_300_000,
            size: 37,
            path: "M4 4.5h7M12 4.5h2".to_owned(),
        },
        Moderated::Access {
            room: room.clone(),
            members: members.into(),
            invitations: invitations.into(),
            secret: Some(code("c2VjcmV0LWNvZGUtMTIzNA")),
        },
        Moderated::Access {
            room,
            members: Vec::new(),
            invitations: Vec::new(),
            secret: None,
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
            room: room.clone(),
            bans: vec![ban],
        },
        Moderated::Erased {
            count: 50,
            next: Some(Seq(9)),
        },
    ];
    all.into_iter().chain(administered(room))
}
