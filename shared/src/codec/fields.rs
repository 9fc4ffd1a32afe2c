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
    Body, ClientInfo, ClientMessage, Emoji, Entry, Epoch, ErrorCode, JoinOutcome, Limits, Member,
    MemberId, MessageId, Name, Position, Refusal, RoomId, Seq, ServerMessage, Text, Token,
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
    fn get<T: Field>(&self, name: &'static str) -> Result<T, Error> {
        match self.find(name)? {
            Some(value) => T::value(value),
            None => T::value("null").map_err(|_| Error::missing_field(name)),
        }
    }

    fn find(&self, name: &'static str) -> Result<Option<&'a str>, Error> {
        let mut named = self.0.iter().filter(|(key, _)| key.0 == name);
        let (first, again) = (named.next(), named.next());
        if again.is_some() {
            return Err(Error::duplicate_field(name));
        }
        Ok(first.map(|(_, value)| value.get()))
    }

    /// The field of this name, if there is one.
    fn or_default<T: Field + Default>(&self, name: &'static str) -> Result<T, Error> {
        let field: Option<T> = self.get(name)?;
        Ok(field.unwrap_or_default())
    }
}

/// What a field can be, read from how it stands in the frame.
trait Field: Sized {
    fn value(json: &str) -> Result<Self, Error>;
}

impl<T: Field> Field for Option<T> {
    fn value(json: &str) -> Result<Self, Error> {
        (json != "null").then(|| T::value(json)).transpose()
    }
}

impl<T: Field> Field for Vec<T> {
    fn value(json: &str) -> Result<Self, Error> {
        let values: Vec<&RawValue> = one(json)?;
        let read = values.into_iter().map(|value| T::value(value.get()));
        read.collect()
    }
}

/// Numbers: all of ours are whole ones. serde_json's way to read them brings along all it knows of others.
macro_rules! numbers {
    ($($name:ty),*) => {$(
        impl Field for $name {
            fn value(json: &str) -> Result<Self, Error> {
                json.parse().map_err(|_| Error::custom("not a whole number, or out of range"))
            }
        }
    )*};
}

numbers!(u16, u32, u64, usize);

impl Field for Seq {
    fn value(json: &str) -> Result<Self, Error> {
        u64::value(json).map(Self)
    }
}

impl Field for String {
    fn value(json: &str) -> Result<Self, Error> {
        one(json)
    }
}

/// What is written as a text, and checked by its own type.
macro_rules! texts {
    ($($name:ident)*) => {$(
        impl Field for $name {
            fn value(json: &str) -> Result<Self, Error> {
                Self::try_from(String::value(json)?).map_err(Error::custom)
            }
        }
    )*};
}

texts!(RoomId Name Text Emoji Token);

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl Field for $name {
            fn value(json: &str) -> Result<Self, Error> {
                String::value(json)?.parse().map_err(Error::custom)
            }
        }
    )*};
}

ids!(MessageId MemberId);

/// What is read as serde has it.
macro_rules! as_derived {
    ($($name:ident)*) => {$(
        impl Field for $name {
            fn value(json: &str) -> Result<Self, Error> {
                one(json)
            }
        }
    )*};
}

as_derived!(bool Epoch ErrorCode JoinOutcome);

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
        let message_type: String = fields.get("type")?;
        Ok(match message_type.as_str() {
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
        let message_type: String = fields.get("type")?;
        #[rustfmt::skip]
        let message = match message_type.as_str() {
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
        let kind: String = fields.get("kind")?;
        Ok(match kind.as_str() {
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
        impl Field for $name {
            fn value(json: &str) -> Result<Self, Error> {
                Read::read(&one(json)?)
            }
        }

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
