//! Every message decodes to what was encoded, and a frame that is no message is refused.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails when it meets something unexpected"
)]

mod server;

use parlor_shared::{
    Body, ClientInfo, ClientMessage, Emoji, Entry, Epoch, ErrorCode, Member, MemberId, MessageId,
    Name, Place, Position, Refusal, RoomId, Seq, ServerMessage, Text, Token, Topic, codec,
};
use proptest::{collection::vec, option, prelude::*};

use server::server_message;

fn room() -> impl Strategy<Value = RoomId> {
    "[a-z0-9][a-z0-9-]{0,63}".prop_map(|room| RoomId::parse(&room).unwrap())
}

fn id() -> impl Strategy<Value = MessageId> {
    (0..1_u64 << 48, any::<[u8; 10]>()).prop_map(|(ms, random)| MessageId::new(ms, random))
}

fn member() -> impl Strategy<Value = MemberId> {
    any::<[u8; 16]>().prop_map(MemberId::from_bytes)
}

fn epoch() -> impl Strategy<Value = Epoch> {
    any::<[u8; 16]>().prop_map(Epoch::from_bytes)
}

fn seq() -> impl Strategy<Value = Seq> {
    any::<u64>().prop_map(Seq)
}

fn name() -> impl Strategy<Value = Name> {
    any::<String>().prop_filter_map("a name", |name| Name::try_from(name).ok())
}

fn topic() -> impl Strategy<Value = Topic> {
    any::<String>().prop_filter_map("a topic", |topic| Topic::try_from(topic).ok())
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_filter_map("a text", |text| Text::try_from(text).ok())
}

fn emoji() -> impl Strategy<Value = Emoji> {
    let some = prop::sample::select(vec!["👍", "❤️", "🏳️‍🌈", "👩🏽‍🚀", "🎉"]);
    some.prop_map(|emoji| Emoji::parse(emoji).unwrap())
}

fn token() -> impl Strategy<Value = Token> {
    "[!-~]{1,256}".prop_filter_map("a token", |token| Token::parse(token).ok())
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        (text(), option::of(id())).prop_map(|(text, reply_to)| Body::Post { text, reply_to }),
        (id(), text()).prop_map(|(target, text)| Body::Edit { target, text }),
        id().prop_map(|target| Body::Deletion { target }),
        (id(), emoji(), any::<bool>()).prop_map(|(target, emoji, on)| Body::Reaction {
            target,
            emoji,
            on
        }),
        option::of(name()).prop_map(|name| Body::RoomName { name }),
        option::of(topic()).prop_map(|topic| Body::Topic { topic }),
        (id(), any::<bool>()).prop_map(|(target, on)| Body::Pin { target, on }),
        (option::of(id()), option::of(id()))
            .prop_map(|(target, reply_to)| Body::Blanked { target, reply_to }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    (seq(), seq(), id(), any::<u64>(), member(), name(), body()).prop_map(
        |(seq, prev, id, at_ms, member, name, body)| Entry {
            seq,
            prev,
            id,
            at_ms,
            member,
            name,
            body,
        },
    )
}

fn present() -> impl Strategy<Value = Vec<Member>> {
    vec(
        (member(), name()).prop_map(|(member, name)| Member { member, name }),
        0..4,
    )
}

fn client_message() -> impl Strategy<Value = ClientMessage> {
    let client = any::<(String, String)>().prop_map(|(name, version)| ClientInfo { name, version });
    let after = option::of((epoch(), seq()).prop_map(|(epoch, seq)| Position { epoch, seq }));
    prop_oneof![
        (any::<u16>(), name(), option::of(token()), client).prop_map(
            |(protocol, name, token, client)| ClientMessage::Hello {
                protocol,
                name,
                token,
                client
            }
        ),
        (room(), after).prop_map(|(room, after)| ClientMessage::Join { room, after }),
        room().prop_map(|room| ClientMessage::Leave { room }),
        (room(), id(), option::of(id()), body()).prop_map(|(room, id, follows, body)| {
            ClientMessage::Post {
                room,
                id,
                follows,
                body,
            }
        }),
        (room(), seq(), any::<u16>()).prop_map(|(room, before, limit)| ClientMessage::History {
            room,
            before,
            limit
        }),
        (room(), place(), any::<u16>()).prop_map(|(room, at, limit)| ClientMessage::Slice {
            room,
            at,
            limit
        }),
        (room(), any::<String>()).prop_map(|(room, text)| ClientMessage::Search { room, text }),
        (any::<String>(), option::of(any::<String>()))
            .prop_map(|(text, after)| ClientMessage::Rooms { text, after }),
        room().prop_map(|room| ClientMessage::Typing { room }),
        (room(), epoch(), seq()).prop_map(|(room, epoch, seq)| ClientMessage::Seen {
            room,
            epoch,
            seq
        }),
        name().prop_map(|name| ClientMessage::Rename { name }),
        any::<u64>().prop_map(|t| ClientMessage::Ping { t }),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        id().prop_map(Place::Message),
        seq().prop_map(Place::Seq),
        any::<u64>().prop_map(Place::Time),
        seq().prop_map(Place::Before),
        seq().prop_map(Place::After),
    ]
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let codes = vec![
        ErrorCode::Malformed,
        ErrorCode::RateLimited,
        ErrorCode::LogUnavailable,
    ];
    (
        prop::sample::select(codes),
        any::<String>(),
        option::of(room()),
        option::of(id()),
        option::of(any::<u64>()),
    )
        .prop_map(|(code, message, room, id, retry_after_ms)| Refusal {
            room,
            id,
            retry_after_ms,
            ..Refusal::new(code, message)
        })
}

proptest! {
    #[test]
    fn a_clients_message_round_trips(message in client_message()) {
        let frame = codec::encode_client(&message);
        prop_assert_eq!(codec::decode_client(&frame), Ok(message));
    }

    #[test]
    fn a_servers_message_round_trips(message in server_message()) {
        let frame = codec::encode_server(&message);
        prop_assert_eq!(&codec::decode_server(&frame).unwrap(), &message);
        // What serde derives, for programs that decode with it.
        prop_assert_eq!(serde_json::from_str::<ServerMessage>(&frame).unwrap(), message);
    }

    #[test]
    fn a_body_round_trips(body in body()) {
        prop_assert_eq!(codec::decode_body(&codec::encode_body(&body)).unwrap(), body);
    }

    #[test]
    fn a_truncated_frame_is_refused(
        message in client_message(),
        keep in any::<prop::sample::Index>(),
    ) {
        let frame = codec::encode_client(&message);
        let ends: Vec<usize> = frame.char_indices().map(|(at, _)| at).collect();
        let cut = &frame[..ends[keep.index(ends.len())]];
        prop_assert_eq!(codec::decode_client(cut).map_err(|refusal| refusal.code), Err(ErrorCode::Malformed));
    }
}

#[test]
fn a_refusal_names_the_field_at_fault_and_the_post() {
    let id = MessageId::new(1, [0; 10]);
    let post = |room: &str, id: &str, body: &str| {
        format!(r#"{{"type":"post","room":"{room}","id":"{id}","body":{body}}}"#)
    };
    let good = r#"{"kind":"post","text":"hi"}"#;
    let long = format!(r#"{{"kind":"post","text":"{}"}}"#, "x".repeat(8_001));
    let cases = [
        ("no JSON".to_owned(), ErrorCode::Malformed),
        ("[]".to_owned(), ErrorCode::Malformed),
        (r#"{"type":"join"}"#.to_owned(), ErrorCode::Malformed),
        (
            post("Big Room", &id.to_string(), good),
            ErrorCode::RoomInvalid,
        ),
        (post("lobby", "seven", good), ErrorCode::IdInvalid),
        (
            post("lobby", &id.to_string(), r#"{"kind":"post","text":"  "}"#),
            ErrorCode::TextEmpty,
        ),
        (
            post("lobby", &id.to_string(), &long),
            ErrorCode::TextTooLong,
        ),
        (
            post(
                "lobby",
                &id.to_string(),
                &format!(r#"{{"kind":"reaction","target":"{id}","emoji":"no","on":true}}"#),
            ),
            ErrorCode::EmojiInvalid,
        ),
        (
            post(
                "lobby",
                &id.to_string(),
                r#"{"kind":"deletion","target":"it"}"#,
            ),
            ErrorCode::IdInvalid,
        ),
        (
            post(
                "lobby",
                &id.to_string(),
                r#"{"kind":"post","text":"hi","reply_to":"it"}"#,
            ),
            ErrorCode::IdInvalid,
        ),
        (
            r#"{"type":"rename","name":" "}"#.to_owned(),
            ErrorCode::NameInvalid,
        ),
        (
            r#"{"type":"hello","protocol":1,"name":"Ann","token":""}"#.to_owned(),
            ErrorCode::TokenInvalid,
        ),
    ];
    for (frame, code) in cases {
        let refusal = codec::decode_client(&frame).unwrap_err();
        assert_eq!(refusal.code, code, "{frame}");
        let names_the_post = frame.contains(&id.to_string()) && frame.contains("\"post\"");
        assert_eq!(refusal.id.is_some(), names_the_post, "{frame}");
    }
    assert_eq!(
        codec::decode_client(r#"{"type":"wave","to":"all"}"#),
        Ok(ClientMessage::Unknown)
    );
}
