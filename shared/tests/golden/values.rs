//! Values that a few frames have.

use parlor_shared::{
    MemberId, MessageId, Name, Pin, Place, RoomId, RoomInfo, RoomState, Seq, Text, Topic,
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
        pins: vec![pin],
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
