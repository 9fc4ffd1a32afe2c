//! How large a group is before it is written: it must fit into one message of the stream.

use parlor_shared::{Body, limits::STREAM_ENTRY_BYTES_MAX};

use crate::engine::NewEntry;

/// Most bytes that an entry takes in a group.
pub(crate) fn entry_bytes_max(new: &NewEntry) -> usize {
    STREAM_ENTRY_BYTES_MAX + json_bytes(words(&new.body))
}

/// What its author has written.
fn words(body: &Body) -> &str {
    match body {
        Body::Post { text, .. } | Body::Edit { text, .. } => text.as_str(),
        Body::Reaction { emoji, .. } => emoji.as_str(),
        Body::RoomName { name } => name.as_ref().map_or("", |name| name.as_str()),
        Body::Topic { topic } => topic.as_ref().map_or("", |topic| topic.as_str()),
        Body::Mute { name, .. } => name.as_str(),
        Body::Deletion { .. }
        | Body::RoomKind { .. }
        | Body::Pin { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => "",
    }
}

/// How many bytes a text takes in JSON: a control character takes up to six.
fn json_bytes(text: &str) -> usize {
    let of_byte = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..=0x1F => 6,
        _ => 1,
    };
    text.bytes().map(of_byte).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_shared::{
        Emoji, Epoch, MemberId, MessageId, Mute, Name, Pin, RoomId, RoomKind, RoomState, Seq, Text,
        Topic,
        limits::{
            BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, MUTES_MAX, NAME_BYTES_MAX, PIN_TEXT_CHARS_MAX,
            PINS_MAX, ROOM_BYTES_MAX, STREAM_GROUP_BYTES_MAX, STREAM_PAYLOAD_BYTES_MIN,
            TEXT_CHARS_MAX, TOPIC_CHARS_MAX,
        },
    };

    use super::*;
    use crate::engine::{
        Authority, Batch, Receipt, Receipts,
        replicated::{
            group::{Command, CopiedState, FORM, Group, Incarnation, StreamHash, StreamPlace},
            work::{Append, Gathered},
        },
    };

    /// The end of the year 9999.
    const LATE_MS: u64 = 253_402_300_799_999;

    fn id() -> MessageId {
        MessageId::new(1, [0; 10])
    }

    fn name() -> Name {
        Name::try_from("\"".repeat(NAME_BYTES_MAX)).unwrap()
    }

    fn text(text: &str, count: usize) -> Text {
        Text::try_from(format!("x{}", text.repeat(count - 1))).unwrap()
    }

    /// An entry that is as long as it can be beside its body.
    fn long(body: Body) -> NewEntry {
        NewEntry {
            room: RoomId::parse(&"r".repeat(ROOM_BYTES_MAX)).unwrap(),
            id: id(),
            follows: Some(id()),
            member: MemberId::from_bytes([1; 16]),
            name: name(),
            body,
            authority: Authority::Moderator,
            at_ms: LATE_MS,
        }
    }

    fn post(text: Text) -> NewEntry {
        let reply_to = Some(id());
        long(Body::Post { text, reply_to })
    }

    /// How large the message is that has this command.
    fn published(command: Command) -> usize {
        let group = Group {
            version: FORM,
            epoch: Epoch::new([u8::MAX; 16]),
            node: Incarnation([u8::MAX; 16]),
            number: u64::MAX,
            applied: StreamPlace {
                sequence: u64::MAX,
                hash: StreamHash([u8::MAX; 16]),
            },
            command,
        };
        group.encode().unwrap().len()
    }

    #[test]
    fn no_entry_is_larger_than_it_is_taken_to_be() {
        let target = id();
        let on = false;
        for body in [
            Body::Post {
                text: text("\u{1}", TEXT_CHARS_MAX),
                reply_to: Some(id()),
            },
            Body::Edit {
                target,
                text: text("\n", TEXT_CHARS_MAX),
            },
            Body::Edit {
                target,
                text: text("\u{7F}\u{8}\"\\\u{1D11E}", TEXT_CHARS_MAX / 5),
            },
            Body::Deletion { target },
            Body::Reaction {
                target,
                emoji: Emoji::try_from("🙂".repeat(16)).unwrap(),
                on,
            },
            Body::RoomName { name: Some(name()) },
            Body::Topic {
                topic: Some(Topic::parse("🙂".repeat(TOPIC_CHARS_MAX)).unwrap()),
            },
            Body::RoomKind {
                kind: RoomKind::ReadOnly,
            },
            Body::Pin { target, on },
            Body::Mute {
                member: MemberId::from_bytes([1; 16]),
                name: name(),
                until_ms: Some(LATE_MS),
            },
            Body::SlowMode { seconds: u32::MAX },
        ] {
            let new = long(body);
            let (taken, is) = (entry_bytes_max(&new), serde_json::to_vec(&new).unwrap());
            // With a comma behind it.
            assert!(is.len() < taken, "{} of {taken}: {new:?}", is.len());
        }
    }

    #[test]
    fn the_largest_group_that_anybody_can_ask_for_is_what_the_servers_must_take() {
        // A line of a batch has more than its text.
        let line = BATCH_BYTES_MAX / BATCH_ENTRIES_MAX;
        let entries = vec![post(text("x", line)); BATCH_ENTRIES_MAX];
        let head = Some(Seq::END);
        let batch = published(Command::Batch(Batch { entries, head }));
        let pin = Pin {
            id: id(),
            seq: Seq::END,
            at_ms: LATE_MS,
            member: MemberId::from_bytes([1; 16]),
            name: name(),
            text: text("\u{1}", PIN_TEXT_CHARS_MAX),
        };
        let mute = Mute {
            member: MemberId::from_bytes([1; 16]),
            name: name(),
            until_ms: LATE_MS,
        };
        let state = RoomState {
            seq: Seq::END,
            name: Some(name()),
            topic: Some(Topic::parse("🙂".repeat(TOPIC_CHARS_MAX)).unwrap()),
            kind: RoomKind::ReadOnly,
            pins: vec![pin; PINS_MAX],
            slow_mode_s: u32::MAX,
            mutes: vec![mute; MUTES_MAX],
        };
        let state = published(Command::CopyStates(vec![CopiedState {
            room: RoomId::parse(&"r".repeat(ROOM_BYTES_MAX)).unwrap(),
            state,
            active: i64::MIN,
        }]));
        let mut gathered = Gathered::default();
        while !gathered.is_full(STREAM_GROUP_BYTES_MAX) {
            let new = post(text("\u{1}", TEXT_CHARS_MAX));
            let receipt = Receipt::new(&Arc::new(Receipts::default()));
            gathered.add(Append { new, receipt });
        }
        let gathered = published(gathered.into_command().0);
        for bytes in [batch, state, gathered] {
            assert!(
                bytes <= STREAM_PAYLOAD_BYTES_MIN,
                "{batch} {state} {gathered}"
            );
        }
        // It is not much more than what one of them may have.
        let largest = batch.max(state);
        assert!(largest > STREAM_PAYLOAD_BYTES_MIN / 5 * 4, "{largest}");
    }
}
