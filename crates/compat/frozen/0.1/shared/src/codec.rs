//! Encodes messages as JSON and decodes them: the only place that uses serde_json.
//!
//! The messages derive serde's traits, so this module adds three things: a frame must be one JSON
//! object, a client's frame that does not decode becomes a [`Refusal`] that names the field at
//! fault, and the server's messages are decoded without the tagged enum's derived code, which the
//! page cannot afford.

mod frame;
mod server;

use serde::{Deserialize, Serialize, de::Error};
use serde_json::{Map, Value};

use crate::{
    AccessToken, Body, ClientMessage, Emoji, ErrorCode, MessageId, Name, Refusal, Request, RoomId,
    ServerMessage, Text, TextInvalid, Token, Topic,
};

/// A frame or a stored value that is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("Not a Parlor message: {0}.")]
pub struct DecodeError(#[from] serde_json::Error);

/// Encodes a client's message as one text frame.
#[must_use]
pub fn encode_client(message: &ClientMessage) -> String {
    to_json(message)
}

/// Encodes a server's message as one text frame.
#[must_use]
pub fn encode_server(message: &ServerMessage) -> String {
    to_json(message)
}

/// Encodes an entry's body for storage in a log.
#[must_use]
pub fn encode_body(body: &Body) -> String {
    to_json(body)
}

/// Decodes what [`encode_body`] returned.
///
/// # Errors
/// [`DecodeError`] if `json` is something else.
pub fn decode_body(json: &str) -> Result<Body, DecodeError> {
    Ok(from_object(json)?)
}

/// Decodes the server's message in a text frame. An unknown type reads as
/// [`ServerMessage::Unknown`].
///
/// # Errors
/// [`DecodeError`] if the frame is no message.
pub fn decode_server(json: &str) -> Result<ServerMessage, DecodeError> {
    Ok(server::decode(json)?)
}

/// Decodes the client's message in a text frame. An unknown type reads as
/// [`ClientMessage::Unknown`].
///
/// # Errors
/// The [`Refusal`] to answer with. It says which field is wrong and names the post, if the frame
/// has its id.
pub fn decode_client(json: &str) -> Result<ClientMessage, Refusal> {
    from_object(json).map_err(|error| diagnose(json, &error))
}

/// Encodes a plain value that is kept as JSON outside the wire, such as the page's settings and its
/// outbox.
#[must_use]
pub fn to_json<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value);
    // It fails only for maps without string keys and a Serialize that fails. Showing that error
    // would be code of the page.
    json.unwrap_or_else(|_| unreachable!("wire types always serialize"))
}

/// Decodes what [`to_json`] returned.
///
/// # Errors
/// [`DecodeError`] if `json` is something else.
pub fn from_json<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T, DecodeError> {
    Ok(serde_json::from_str(json)?)
}

/// Decodes a tagged enum. serde would also read one from an array with the tag in front; a frame is
/// an object.
fn from_object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, serde_json::Error> {
    if json.trim_start().starts_with('{') {
        serde_json::from_str(json)
    } else {
        Err(serde_json::Error::custom("expected an object"))
    }
}

/// Says what is wrong with a client's frame that did not decode. Parses the frame a second time,
/// which is fine off the fast path.
fn diagnose(json: &str, error: &serde_json::Error) -> Refusal {
    let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(json) else {
        return Refusal::new(
            ErrorCode::Malformed,
            r#"Frames must be a JSON object with a "type", for example {"type":"ping","t":1}."#,
        );
    };
    let room = text_field(&frame, "room").map(RoomId::parse);
    let id = text_field(&frame, "id").map(str::parse::<MessageId>);
    let follows = text_field(&frame, "follows").map(str::parse::<MessageId>);
    let mut refusal = match (&room, &id, &follows) {
        (Some(Err(invalid)), _, _) => Refusal::new(ErrorCode::RoomInvalid, invalid.to_string()),
        (_, Some(Err(invalid)), _) | (_, _, Some(Err(invalid))) => {
            Refusal::new(ErrorCode::IdInvalid, invalid.to_string())
        }
        _ => invalid_field(&frame).unwrap_or_else(|| {
            let message = format!("Malformed message: {error}. See docs/PROTOCOL.md.");
            Refusal::new(ErrorCode::Malformed, message)
        }),
    };
    refusal.room = room.and_then(Result::ok);
    refusal.id = id.and_then(Result::ok);
    let request = frame.get("type").map(Request::deserialize);
    refusal.request = request.and_then(Result::ok);
    refusal
}

/// Refuses the first field whose text is invalid, apart from the frame's room and id.
fn invalid_field(frame: &Map<String, Value>) -> Option<Refusal> {
    let body = frame.get("body").and_then(Value::as_object);
    let in_body = |name| body.and_then(|body| text_field(body, name));
    let target = in_body("target").or_else(|| in_body("reply_to"));
    if let Some(Err(invalid)) = target.map(str::parse::<MessageId>) {
        return Some(Refusal::new(ErrorCode::IdInvalid, invalid.to_string()));
    }
    let invalid = [
        text_field(frame, "name").and_then(|name| Name::try_from(name.to_owned()).err()),
        text_field(frame, "token").and_then(|token| Token::try_from(token.to_owned()).err()),
        text_field(frame, "access").and_then(|token| AccessToken::try_from(token.to_owned()).err()),
        in_body("text").and_then(|text| Text::try_from(text.to_owned()).err()),
        in_body("name").and_then(|name| Name::try_from(name.to_owned()).err()),
        in_body("topic").and_then(|topic| Topic::try_from(topic.to_owned()).err()),
        in_body("emoji").and_then(|emoji| Emoji::try_from(emoji.to_owned()).err()),
    ];
    let invalid = invalid.into_iter().flatten().next()?;
    let code = match invalid {
        TextInvalid::TextEmpty => ErrorCode::TextEmpty,
        TextInvalid::TextTooLong => ErrorCode::TextTooLong,
        TextInvalid::Name(_) => ErrorCode::NameInvalid,
        TextInvalid::Topic => ErrorCode::TopicInvalid,
        TextInvalid::Emoji => ErrorCode::EmojiInvalid,
        TextInvalid::Token => ErrorCode::TokenInvalid,
        TextInvalid::Access => ErrorCode::AccessInvalid,
    };
    Some(Refusal::new(code, invalid.to_string()))
}

fn text_field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}
