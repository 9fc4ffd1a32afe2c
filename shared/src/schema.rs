//! JSON Schema (draft 2020-12) of every message, for programs in other languages.
//! `docs/schema.json` has it; a test compares the two.
//!
//! A schema says what this version writes. Optional fields are left out and never null, though both
//! sides read null as if the field was not there. Later versions add fields, types, kinds and
//! codes: a reader ignores those that it does not know.

use std::borrow::Cow;

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
    json_schema,
    transform::RecursiveTransform,
};

use crate::{
    AccessSecret, AccessToken, ClientMessage, Emoji, Entry, Epoch, Member, MemberId, MessageId,
    Name, RoomId, RoomInfo, RoomState, ServerMessage, Text, Token, Topic,
    limits::{
        ACCESS_SECRET_BYTES_MAX, ACCESS_TOKEN_BYTES_MAX, EMOJI_BYTES_MAX, NAME_BYTES_MAX,
        ROOM_BYTES_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX, TOPIC_CHARS_MAX,
    },
};

/// A UUID as text. The server writes small letters.
const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

/// The schema of all messages: `ClientMessage` and `ServerMessage` among its definitions, with all
/// that they are made of.
#[must_use]
pub fn protocol() -> Schema {
    let mut generator = generator("/$defs");
    let client = generator.subschema_for::<ClientMessage>();
    let server = generator.subschema_for::<ServerMessage>();
    let mut schema = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Message",
        "description": "A message of Parlor's protocol, version 1: docs/PROTOCOL.md says what each means.",
        "anyOf": [client, server],
    });
    let definitions = generator.take_definitions(true);
    schema.insert("$defs".to_owned(), definitions.into());
    schema
}

/// The schemas of what a log and its directory have, by their names: [`Entry`], [`Member`],
/// [`RoomInfo`] and [`RoomState`], with all that they are made of. They stand in another document
/// at this JSON pointer, and name each other by it.
pub fn log_types(pointer: &'static str) -> impl Iterator<Item = (String, impl serde::Serialize)> {
    let mut generator = generator(pointer);
    generator.subschema_for::<Entry>();
    generator.subschema_for::<Member>();
    generator.subschema_for::<RoomInfo>();
    generator.subschema_for::<RoomState>();
    generator.take_definitions(true).into_iter()
}

fn generator(pointer: &'static str) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = pointer.into();
    // What a reader must accept: a field that may be left out is not required.
    settings.contract = Contract::Deserialize;
    settings
        .with_transform(RecursiveTransform(without_null))
        .with_transform(RecursiveTransform(without_links))
        .into_generator()
}

/// Says of an optional field what it is where it is there.
fn without_null(schema: &mut Schema) {
    let types = schema
        .get_mut("type")
        .and_then(|types| types.as_array_mut());
    if let Some(types) = types {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let choices = schema.get_mut("anyOf").and_then(|of| of.as_array_mut());
    let Some(choices) = choices else {
        return;
    };
    choices.retain(|choice| choice["type"] != "null");
    let only = match choices.as_slice() {
        [only] => only.as_object().cloned(),
        [] | [_, _, ..] => None,
    };
    if let Some(only) = only {
        schema.remove("anyOf");
        for (keyword, value) in only {
            schema.insert(keyword, value);
        }
    }
}

/// Takes the links of rustdoc out of a description.
fn without_links(schema: &mut Schema) {
    let description = schema.get("description").and_then(|text| text.as_str());
    let Some(description) = description else {
        return;
    };
    let plain = plain(description);
    schema.insert("description".to_owned(), plain.into());
}

/// The text without what only Rust has: ``[`Name`](crate::Name)`` becomes `Name` in backticks, and
/// `None` a field that is left out. On one line.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut unread = markdown;
    while let Some((before, link)) = unread.split_once("[`") {
        text.push_str(before);
        let (name, after) = link.split_once("`]").unwrap_or((link, ""));
        text.push('`');
        text.push_str(name);
        text.push('`');
        let target = after
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'));
        unread = target.map_or(after, |(_, after)| after);
    }
    text.push_str(unread);
    let text = text.replace("`None`", "left out");
    let text = text.replace(" `Debug` does not show it.", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Schemas of texts, which their types check.
macro_rules! texts {
    ($($name:ident: $description:literal, { $($keywords:tt)* };)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description,
                    $($keywords)*
                })
            }
        }
    )*};
}

texts! {
    RoomId: "A room's id, which is part of its address.",
        { "pattern": format!("^[a-z0-9][a-z0-9-]{{0,{}}}$", ROOM_BYTES_MAX - 1) };
    MessageId: "An entry's id, made by its author's client: a UUID of version 7.", { "pattern": UUID };
    MemberId: "A person or program: a UUID.", { "pattern": UUID };
    Epoch: "A stretch of a log's history: a UUID.", { "pattern": UUID };
    Text: "The text of a message, of which something can be seen.",
        { "minLength": 1, "maxLength": TEXT_CHARS_MAX };
    Name: "A name: one line, at most 64 bytes of UTF-8, in normal form C.",
        { "minLength": 1, "maxLength": NAME_BYTES_MAX };
    Topic: "A room's topic: one line.", { "minLength": 1, "maxLength": TOPIC_CHARS_MAX };
    Emoji: "One emoji, at most 64 bytes of UTF-8.", { "minLength": 1, "maxLength": EMOJI_BYTES_MAX };
    Token: "Proves on the next connection that a client is the same member. Secret.",
        { "pattern": format!("^[!-~]{{1,{TOKEN_BYTES_MAX}}}$") };
    AccessToken: "A token that lets its bearer in: a JWT. Secret.",
        { "pattern": format!("^[!-~]{{1,{ACCESS_TOKEN_BYTES_MAX}}}$") };
    AccessSecret: "A password or a code. Secret.",
        { "minLength": 1, "maxLength": ACCESS_SECRET_BYTES_MAX };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_no_links() {
        let markdown = "See [`Body`](crate::Body), and\n [`Text`] (which is\nshort).";
        assert_eq!(plain(markdown), "See `Body`, and `Text` (which is short).");
        assert_eq!(plain("Secret. `Debug` does not show it."), "Secret.");
        assert_eq!(plain("[see]: no [`link"), "[see]: no `link`");
    }
}
