//! Messages to JSON and back: the only place that touches serde_json.

mod fields;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Body, ClientMessage, Emoji, ErrorCode, MessageId, Name, Refusal, RoomId, ServerMessage, Text,
    TextInvalid, Token,
};

/// What arrived is not a message of this protocol.
#[derive(Debug, thiserror::Error)]
#[error("not a Parlor message: {0}")]
pub struct DecodeError(#[from] serde_json::Error);

/// A client's message as one text frame.
#[must_use]
pub fn encode_client(message: &ClientMessage) -> String {
    to_json(message)
}

/// A server's message as one text frame.
#[must_use]
pub fn encode_server(message: &ServerMessage) -> String {
    to_json(message)
}

/// An entry's body, to keep it in a log.
#[must_use]
pub fn encode_body(body: &Body) -> String {
    to_json(body)
}

/// The body that [`encode_body`] gave.
///
/// # Errors
/// [`DecodeError`] where it did not.
pub fn decode_body(json: &str) -> Result<Body, DecodeError> {
    Ok(serde_json::from_str(json)?)
}

/// The server's message in a text frame.
///
/// # Errors
/// [`DecodeError`] where there is none; a type that is merely unknown reads as [`ServerMessage::Unknown`].
pub fn decode_server(json: &str) -> Result<ServerMessage, DecodeError> {
    Ok(serde_json::from_str(json)?)
}

/// The client's message in a text frame.
///
/// # Errors
/// The [`Refusal`] to answer with: it says which field is wrong and names the post, where there is one.
pub fn decode_client(json: &str) -> Result<ClientMessage, Refusal> {
    serde_json::from_str(json).map_err(|error| diagnose(json, &error))
}

/// Plain values kept as JSON outside the wire: a page's settings, its outbox.
#[must_use]
#[allow(
    clippy::expect_used,
    reason = "fails only for maps without string keys and a Serialize that fails"
)]
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("wire types always serialize")
}

/// The value that [`to_json`] gave.
///
/// # Errors
/// [`DecodeError`] where it did not.
pub fn from_json<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T, DecodeError> {
    Ok(serde_json::from_str(json)?)
}

/// Says what is wrong with a frame that did not decode. Off the fast path: reads the frame a second time.
fn diagnose(json: &str, error: &serde_json::Error) -> Refusal {
    let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(json) else {
        return Refusal::new(
            ErrorCode::Malformed,
            "a frame holds one JSON object with a \"type\"; see docs/PROTOCOL.md",
        );
    };
    let text_of = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let field = |name: &str| text_of(frame.get(name));
    let in_body = |name: &str| text_of(frame.get("body").and_then(|body| body.get(name)));

    let room = field("room").map(|room| RoomId::parse(&room));
    let id = field("id").map(|id| id.parse::<MessageId>());
    let target = in_body("target").or_else(|| in_body("reply_to"));
    let target = target.map(|id| id.parse::<MessageId>());
    let first_wrong = [
        room.clone()
            .and_then(Result::err)
            .map(|why| (ErrorCode::RoomInvalid, why.to_string())),
        id.clone()
            .and_then(Result::err)
            .map(|why| (ErrorCode::IdInvalid, why.to_string())),
        target
            .and_then(Result::err)
            .map(|why| (ErrorCode::IdInvalid, why.to_string())),
        field("name")
            .and_then(|name| Name::parse(name).err())
            .map(text_refusal),
        field("token")
            .and_then(|token| Token::parse(token).err())
            .map(text_refusal),
        in_body("text")
            .and_then(|text| Text::parse(text).err())
            .map(text_refusal),
        in_body("emoji")
            .and_then(|emoji| Emoji::parse(emoji).err())
            .map(text_refusal),
    ];
    let (code, message) = first_wrong.into_iter().flatten().next().unwrap_or_else(|| {
        (
            ErrorCode::Malformed,
            format!("{error}; see docs/PROTOCOL.md"),
        )
    });
    let mut refusal = Refusal::new(code, message);
    refusal.room = room.and_then(Result::ok);
    refusal.id = id.and_then(Result::ok);
    refusal
}

fn text_refusal(why: TextInvalid) -> (ErrorCode, String) {
    let code = match why {
        TextInvalid::TextEmpty => ErrorCode::TextEmpty,
        TextInvalid::TextTooLong => ErrorCode::TextTooLong,
        TextInvalid::Name => ErrorCode::NameInvalid,
        TextInvalid::Emoji => ErrorCode::EmojiInvalid,
        TextInvalid::Token => ErrorCode::TokenInvalid,
    };
    (code, why.to_string())
}
