//! How objects are read: first their fields, each as it stands in the frame, then what the tag asks for.
//!
//! serde reads an enum with a tag inside by copying the whole object into a buffer, and then compiles every type once
//! more for reading from that; so it was a third of what the page's protocol weighed. What is said here once per
//! message is held against what serde writes by the golden frames and the round trips.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Error, value::RawValue};

use crate::{
    Body, ClientInfo, ClientMessage, Entry, Limits, Member, Position, Refusal, ServerMessage,
};

/// No message has more fields than this, so their list is made once.
const FIELDS_USUAL: usize = 9;

/// An object's fields, none of them read yet.
struct Fields<'a>(Vec<(Word<'a>, &'a RawValue)>);

/// A field's name or a tag: copied only where it is written with escapes.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Fields<'a> {
    /// The field of this name. One that is missing is `null`, which some types can be read from.
    fn get<T: Deserialize<'a>>(&self, name: &'static str) -> Result<T, Error> {
        let mut named = self.0.iter().filter(|(key, _)| key.0 == name);
        let (first, again) = (named.next(), named.next());
        match (first, again) {
            (Some((_, value)), None) => one(value.get()),
            (Some(_), Some(_)) => Err(Error::duplicate_field(name)),
            (None, _) => one("null").map_err(|_| Error::missing_field(name)),
        }
    }

    /// The field of this name, if there is one.
    fn or_default<T: Deserialize<'a> + Default>(&self, name: &'static str) -> Result<T, Error> {
        let field: Option<T> = self.get(name)?;
        Ok(field.unwrap_or_default())
    }
}

/// What stands here, of which is known that it is one value and nothing after it.
fn one<'a, T: Deserialize<'a>>(value: &'a str) -> Result<T, Error> {
    T::deserialize(&mut serde_json::Deserializer::from_str(value))
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(FIELDS_USUAL);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(Object)
    }
}

/// What is read from an object.
trait Read: Sized {
    fn read(fields: &Fields<'_>) -> Result<Self, Error>;
}

/// Each field from the one of its own name.
macro_rules! read {
    ($from:ident, Self $(:: $variant:ident)? { $($name:ident),* }) => {
        Self $(:: $variant)? { $($name: $from.get(stringify!($name))?),* }
    };
}

impl Read for ClientMessage {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        let message_type: Word<'_> = fields.get("type")?;
        Ok(match message_type.0.as_ref() {
            "hello" => Self::Hello {
                protocol: fields.get("protocol")?,
                name: fields.get("name")?,
                token: fields.get("token")?,
                client: fields.or_default("client")?,
            },
            "join" => read!(fields, Self::Join { room, after }),
            "leave" => read!(fields, Self::Leave { room }),
            "post" => read!(fields, Self::Post { room, id, body }),
            "history" => read!(
                fields,
                Self::History {
                    room,
                    before,
                    limit
                }
            ),
            "search" => read!(fields, Self::Search { room, text }),
            "typing" => read!(fields, Self::Typing { room }),
            "rename" => read!(fields, Self::Rename { name }),
            "ping" => read!(fields, Self::Ping { t }),
            _ => Self::Unknown,
        })
    }
}

impl Read for ServerMessage {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        let message_type: Word<'_> = fields.get("type")?;
        #[rustfmt::skip]
        let message = match message_type.0.as_ref() {
            "welcome" => read!(fields, Self::Welcome {
                protocol, server, member, token, name, epoch, limits, heartbeat_ms
            }),
            "joined" => read!(fields, Self::Joined { room, after, head, first, outcome }),
            "entry" => read!(fields, Self::Entry { room, entry }),
            "duplicate" => read!(fields, Self::Duplicate { room, entry }),
            "history" => read!(fields, Self::History { room, before, entries, more }),
            "found" => read!(fields, Self::Found { room, text, entries }),
            "present" => read!(fields, Self::Present { room, count, members }),
            "presence" => Self::Presence {
                room: fields.get("room")?,
                count: fields.get("count")?,
                here: fields.or_default("here")?,
                gone: fields.or_default("gone")?,
            },
            "typing" => read!(fields, Self::Typing { room, member }),
            "notice" => read!(fields, Self::Notice { text }),
            "error" => Self::Error(Refusal::read(fields)?),
            "pong" => read!(fields, Self::Pong { t }),
            _ => Self::Unknown,
        };
        Ok(message)
    }
}

impl Read for Body {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        let kind: Word<'_> = fields.get("kind")?;
        Ok(match kind.0.as_ref() {
            "post" => read!(fields, Self::Post { text, reply_to }),
            "edit" => read!(fields, Self::Edit { target, text }),
            "deletion" => read!(fields, Self::Deletion { target }),
            "reaction" => read!(fields, Self::Reaction { target, emoji, on }),
            _ => Self::Unknown,
        })
    }
}

/// Objects without a tag, and `Deserialize` for all.
macro_rules! objects {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Read for $name {
            fn read(fields: &Fields<'_>) -> Result<Self, Error> {
                Ok(read!(fields, Self { $($field),* }))
            }
        }

        deserialized!($name);
    )*};
}

macro_rules! deserialized {
    ($name:ty) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::read(&Fields::deserialize(from)?).map_err(D::Error::custom)
            }
        }
    };
}

deserialized!(ClientMessage);
deserialized!(ServerMessage);
deserialized!(Body);
objects! {
    Entry { seq, prev, id, at_ms, member, name, body }
    Member { member, name }
    Position { epoch, seq }
    Refusal { code, retry, message, room, id, retry_after_ms }
    Limits {
        frame_bytes_max, text_chars_max, name_bytes_max, rooms_per_connection_max,
        history_entries_max, rate_per_second, rate_burst
    }
}

impl Read for ClientInfo {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: fields.or_default("name")?,
            version: fields.or_default("version")?,
        })
    }
}

deserialized!(ClientInfo);
