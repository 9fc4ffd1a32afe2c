//! Every message decodes to what was encoded, and a frame that is no message is refused.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails when it meets something unexpected"
)]

mod server;
mod values;

use parlor_shared::{
    ClientInfo, ClientMessage, ErrorCode, MessageId, Position, ServerMessage, codec,
};
use proptest::{option, prelude::*};

use server::server_message;
use values::{access, access_token, body, epoch, id, name, place, room, seq, token};

fn client_message() -> impl Strategy<Value = ClientMessage> {
    let client = any::<(String, String)>().prop_map(|(name, version)| ClientInfo { name, version });
    let after = option::of((epoch(), seq()).prop_map(|(epoch, seq)| Position { epoch, seq }));
    prop_oneof![
        (
            any::<u16>(),
            name(),
            option::of(token()),
            option::of(access()),
            client
        )
            .prop_map(
                |(protocol, name, token, access, client)| ClientMessage::Hello {
                    protocol,
                    name,
                    token,
                    access,
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
        access_token().prop_map(|access| ClientMessage::Renew { access }),
        any::<u64>().prop_map(|t| ClientMessage::Ping { t }),
    ]
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

#[test]
fn what_is_shown_to_come_in_is_refused_by_a_code_of_its_own() {
    for frame in [
        r#"{"type":"hello","protocol":1,"name":"Ann","access":"a b"}"#,
        r#"{"type":"renew","access":""}"#,
    ] {
        let refusal = codec::decode_client(frame).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::AccessInvalid, "{frame}");
    }
}
