//! Frames that other clients may send though Parlor's own codec writes them differently: what is
//! read from them, and what is refused. `golden.rs` has the frames as Parlor writes them.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails when it meets something unexpected"
)]

use parlor_shared::{ErrorCode, Request, codec};

const ID: &str = "0199c82c-c000-7101-8101-010101010101";
const EPOCH: &str = "03030303-0303-4303-8303-030303030303";

/// Frames that a client may send, each with the same message as Parlor writes it. `ID` and `EPOCH`
/// stand for the constants above.
const CLIENT: &[(&str, &str)] = &[
    // Optional fields may be missing or null.
    (
        r#"{"type":"hello","protocol":1,"name":"Ann"}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"","version":""}}"#,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","token":null,"client":null}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"","version":""}}"#,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":null,"version":"2"}}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"","version":"2"}}"#,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"bot","version":null}}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"bot","version":""}}"#,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{}}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"","version":""}}"#,
    ),
    (
        r#"{"type":"join","room":"lobby","after":null}"#,
        r#"{"type":"join","room":"lobby"}"#,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","follows":null,"body":{"kind":"post","text":"hi"}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post","text":"hi"}}"#,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post","text":"hi","reply_to":null}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post","text":"hi"}}"#,
    ),
    // Fields come in any order, with any white space, and with escapes in names, tags and values.
    (r#"{"t":12,"type":"ping"}"#, r#"{"type":"ping","t":12}"#),
    (
        " {\t\"\\u0074ype\" :\r\n\"pi\\u006eg\" , \"t\":12 } ",
        r#"{"type":"ping","t":12}"#,
    ),
    (
        r#"{"body":{"text":"\u0068i","kind":"post"},"id":"ID","room":"l\u006fbby","type":"post"}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post","text":"hi"}}"#,
    ),
    // Unknown fields are ignored wherever they are, repeated ones too.
    (
        r#"{"type":"ping","t":12,"mood":"good","mood":[{"x":null}],"room":7}"#,
        r#"{"type":"ping","t":12}"#,
    ),
    (
        r#"{"type":"join","room":"lobby","after":{"epoch":"EPOCH","seq":7,"node":-1.5e3}}"#,
        r#"{"type":"join","room":"lobby","after":{"epoch":"EPOCH","seq":7}}"#,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"bot","version":"2","os":{}}}"#,
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"bot","version":"2"}}"#,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"deletion","target":"ID","text":7}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"deletion","target":"ID"}}"#,
    ),
    // Unknown types and kinds are read as such, with whatever they carry.
    (r#"{"type":"unknown"}"#, r#"{"type":"unknown"}"#),
    (r#"{"type":"novel"}"#, r#"{"type":"unknown"}"#),
    (
        r#"{"type":"novel","x":1,"room":[],"deep":{"er":[1,"2",null,true,{}]}}"#,
        r#"{"type":"unknown"}"#,
    ),
    (r#"{"x":1,"type":"novel"}"#, r#"{"type":"unknown"}"#),
    (r#"{"type":""}"#, r#"{"type":"unknown"}"#),
    (r#"{"type":"Ping","t":1}"#, r#"{"type":"unknown"}"#),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"poll","text":["a"],"target":7}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"unknown"}}"#,
    ),
    // UUIDs in each of the forms that RFC 9562's predecessors and libraries write.
    (
        r#"{"type":"post","room":"lobby","id":"0199C82CC00071018101010101010101","body":{"kind":"deletion","target":"{ID}"}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"deletion","target":"ID"}}"#,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"urn:uuid:ID","body":{"kind":"deletion","target":"ID"}}"#,
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"deletion","target":"ID"}}"#,
    ),
    // The whole range of each number.
    (
        r#"{"type":"ping","t":18446744073709551615}"#,
        r#"{"type":"ping","t":18446744073709551615}"#,
    ),
    (
        r#"{"type":"history","room":"lobby","before":0,"limit":65535}"#,
        r#"{"type":"history","room":"lobby","before":0,"limit":65535}"#,
    ),
];

/// What a later server may send.
const SERVER: &[(&str, &str)] = &[
    (
        r#"{"type":"presence","room":"lobby","count":3,"here":null,"gone":null}"#,
        r#"{"type":"presence","room":"lobby","count":3}"#,
    ),
    (
        r#"{"type":"presence","room":"lobby","count":3}"#,
        r#"{"type":"presence","room":"lobby","count":3}"#,
    ),
    (
        r#"{"type":"presence","room":"lobby","count":3,"here":[],"gone":[]}"#,
        r#"{"type":"presence","room":"lobby","count":3}"#,
    ),
    (
        r#"{"type":"error","code":"busy","retry":true,"message":"","room":null,"id":null,"retry_after_ms":null}"#,
        r#"{"type":"error","code":"busy","retry":true,"message":""}"#,
    ),
    (
        r#"{"type":"error","code":"busy","retry":true,"message":"","request":"dance"}"#,
        r#"{"type":"error","code":"busy","retry":true,"message":"","request":"unknown"}"#,
    ),
    (
        r#"{"type":"error","retry":false,"message":"no","code":"moonphase","phase":3}"#,
        r#"{"type":"error","code":"unknown","retry":false,"message":"no"}"#,
    ),
    (
        r#"{"type":"duplicate","room":"lobby","entry":{"seq":2,"prev":1,"id":"ID","at_ms":3,"member":"ID","name":"Ann","body":{"kind":"blanked","target":null,"reply_to":null,"text":"x"}}}"#,
        r#"{"type":"duplicate","room":"lobby","entry":{"seq":2,"prev":1,"id":"ID","at_ms":3,"member":"ID","name":"Ann","body":{"kind":"blanked"}}}"#,
    ),
    // A field that is another type's or kind's is ignored, whatever it holds and however often.
    (
        r#"{"room":7,"text":[],"room":{},"t":1,"type":"pong"}"#,
        r#"{"type":"pong","t":1}"#,
    ),
    (
        r#"{"type":"duplicate","room":"lobby","entry":{"seq":2,"prev":1,"id":"ID","at_ms":3,"member":"ID","name":"Ann","body":{"text":{},"on":1,"text":"x","kind":"poll"}}}"#,
        r#"{"type":"duplicate","room":"lobby","entry":{"seq":2,"prev":1,"id":"ID","at_ms":3,"member":"ID","name":"Ann","body":{"kind":"unknown"}}}"#,
    ),
    (
        r#"{"type":"party","at":[1,2],"entry":{}}"#,
        r#"{"type":"unknown"}"#,
    ),
    (
        r#"{"type":"slice","room":"lobby","at":{"message":null,"after":7,"note":"x"},"entries":[],"older":true,"newer":false,"changes":null}"#,
        r#"{"type":"slice","room":"lobby","at":{"after":7},"entries":[],"older":true,"newer":false}"#,
    ),
    (
        r#"{"type":"present","room":"lobby","count":0,"members":[],"more":false}"#,
        r#"{"type":"present","room":"lobby","count":0,"members":[]}"#,
    ),
];

/// What a client is refused for.
const REFUSED: &[(&str, ErrorCode)] = &[
    // Not one object with a type.
    ("", ErrorCode::Malformed),
    ("null", ErrorCode::Malformed),
    ("12", ErrorCode::Malformed),
    (r#""ping""#, ErrorCode::Malformed),
    (r#"["ping",12]"#, ErrorCode::Malformed),
    (r#"[{"type":"ping","t":1}]"#, ErrorCode::Malformed),
    ("{}", ErrorCode::Malformed),
    (r#"{"t":1}"#, ErrorCode::Malformed),
    (r#"{"type":8,"t":1}"#, ErrorCode::Malformed),
    (r#"{"type":null,"t":1}"#, ErrorCode::Malformed),
    (r#"{"type":["ping"],"t":1}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":1}{}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":1,}"#, ErrorCode::Malformed),
    // A field twice: it is unclear which one counts.
    (r#"{"type":"ping","t":1,"t":1}"#, ErrorCode::Malformed),
    (
        r#"{"type":"ping","type":"ping","t":1}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"novel","type":"ping","t":1}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":{"name":"a","name":"b"}}"#,
        ErrorCode::Malformed,
    ),
    // Numbers are whole ones within their range.
    (r#"{"type":"ping","t":-1}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":1.0}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":1e3}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":"1"}"#, ErrorCode::Malformed),
    (
        r#"{"type":"ping","t":18446744073709551616}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"history","room":"lobby","before":1,"limit":65536}"#,
        ErrorCode::Malformed,
    ),
    // A place is one of the kinds.
    (
        r#"{"type":"slice","room":"lobby","at":{"moon":1},"limit":1}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"slice","room":"lobby","at":{"time":-1},"limit":1}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"slice","room":"lobby","at":{},"limit":1}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"slice","room":"lobby","at":{"seq":1,"after":1},"limit":1}"#,
        ErrorCode::Malformed,
    ),
    // A required field that is missing, null, or of another shape.
    (r#"{"type":"ping"}"#, ErrorCode::Malformed),
    (r#"{"type":"ping","t":null}"#, ErrorCode::Malformed),
    (r#"{"type":"join","room":null}"#, ErrorCode::Malformed),
    (r#"{"type":"join","room":["lobby"]}"#, ErrorCode::Malformed),
    (
        r#"{"type":"join","room":"lobby","after":{"seq":7}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"join","room":"lobby","after":{"epoch":"EPOCH","seq":null}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"join","room":"lobby","after":{"epoch":"seven","seq":7}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"join","room":"lobby","after":7}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID"}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"text":"hi"}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":null,"text":"hi"}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"reaction","target":"ID","emoji":"👍","on":1}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":["post","hi",null]}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post","text":"hi","text":"hi"}}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"hello","protocol":1,"name":"Ann","client":"bot"}"#,
        ErrorCode::Malformed,
    ),
    // An ignored field must be JSON all the same: a number that a double can hold, valid escapes.
    (
        r#"{"type":"ping","t":1,"mood":1e999}"#,
        ErrorCode::Malformed,
    ),
    (
        r#"{"type":"ping","t":1,"mood":"\ud800"}"#,
        ErrorCode::Malformed,
    ),
    // A text that breaks its type's rules.
    (
        r#"{"type":"join","room":"Big Room"}"#,
        ErrorCode::RoomInvalid,
    ),
    (r#"{"type":"join","room":""}"#, ErrorCode::RoomInvalid),
    (r#"{"type":"rename","name":""}"#, ErrorCode::NameInvalid),
    (
        r#"{"type":"post","room":"lobby","id":"ID","follows":"x","body":{"kind":"post","text":"hi"}}"#,
        ErrorCode::IdInvalid,
    ),
];

/// What breaks a client's connection, because no server would send it.
const BROKEN: &[&str] = &[
    "",
    "{}",
    "null",
    r#"["pong",1]"#,
    r#"{"type":4,"t":1}"#,
    r#"{"type":"pong","t":1,"t":1}"#,
    r#"{"type":"pong","t":1.5}"#,
    r#"{"type":"present","room":"lobby","count":0}"#,
    r#"{"type":"present","room":"lobby","count":0,"members":null}"#,
    r#"{"type":"joined","room":"lobby","after":0,"head":0,"first":0,"outcome":"novel"}"#,
    r#"{"type":"error","code":"busy","message":"no"}"#,
];

fn filled(frame: &str) -> String {
    frame.replace("EPOCH", EPOCH).replace("ID", ID)
}

#[test]
fn a_clients_frame_is_read_whichever_way_it_is_written() {
    for (frame, canonical) in CLIENT {
        let message = codec::decode_client(&filled(frame));
        let message = message.unwrap_or_else(|refusal| panic!("{frame}: {refusal}"));
        assert_eq!(codec::encode_client(&message), filled(canonical), "{frame}");
    }
}

#[test]
fn a_servers_frame_is_read_whichever_way_it_is_written() {
    for (frame, canonical) in SERVER {
        let frame = filled(frame);
        let message = codec::decode_server(&frame);
        // What serde derives, for programs that decode with it, accepts the same.
        let derived = serde_json::from_str(&frame).ok();
        assert_eq!(derived.as_ref(), message.as_ref().ok(), "{frame}");
        let message = message.unwrap_or_else(|error| panic!("{frame}: {error}"));
        assert_eq!(codec::encode_server(&message), filled(canonical), "{frame}");
    }
}

#[test]
fn a_frame_that_is_no_message_is_refused_with_its_code() {
    for (frame, code) in REFUSED {
        let refusal = codec::decode_client(&filled(frame)).map_err(|refusal| refusal.code);
        assert_eq!(refusal, Err(*code), "{frame}");
    }
}

#[test]
fn the_refusal_of_a_frame_that_can_not_be_read_names_its_type_room_and_id() {
    let frame = filled(r#"{"type":"post","room":"lobby","id":"ID","body":{"kind":"post"}}"#);
    let refusal = codec::decode_client(&frame).unwrap_err();
    assert_eq!(refusal.request, Some(Request::Post));
    assert_eq!(refusal.room.unwrap().as_str(), "lobby");
    assert_eq!(refusal.id.unwrap().to_string(), ID);
}

#[test]
fn an_ignored_field_may_be_nested_up_to_serde_jsons_depth() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        codec::decode_client(&format!(r#"{{"type":"ping","t":1,"mood":{open}{close}}}"#))
    };
    assert!(nested(126).is_ok());
    assert!(nested(127).is_err());
}

#[test]
fn the_refusal_of_a_frame_that_is_no_object_shows_an_example() {
    let refusal = codec::decode_client("hello").unwrap_err();
    assert_eq!(
        refusal.message,
        r#"Frames must be a JSON object with a "type", for example {"type":"ping","t":1}."#
    );
}

#[test]
fn a_frame_that_no_server_sends_is_an_error() {
    for frame in BROKEN {
        assert!(codec::decode_server(frame).is_err(), "{frame}");
    }
}
