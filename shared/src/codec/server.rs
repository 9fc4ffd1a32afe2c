//! Decodes the server's messages, of which the page gets many.

use serde::{Deserialize, de::Error};
use serde_json::{Result, from_str, value::RawValue};

use crate::{ServerMessage, fields::Fields};

pub(super) fn decode(json: &str) -> Result<ServerMessage> {
    let mut frame = Frame(from_str(json)?);
    let tag: String = frame.field("type")?;
    Ok(match tag.as_str() {
        "welcome" => welcome(&mut frame)?,
        "joined" => ServerMessage::Joined {
            room: frame.field("room")?,
            after: frame.field("after")?,
            head: frame.field("head")?,
            first: frame.field("first")?,
            outcome: frame.field("outcome")?,
        },
        "entry" => ServerMessage::Entry {
            room: frame.field("room")?,
            entry: frame.field("entry")?,
        },
        "duplicate" => ServerMessage::Duplicate {
            room: frame.field("room")?,
            entry: frame.field("entry")?,
        },
        "history" => ServerMessage::History {
            room: frame.field("room")?,
            before: frame.field("before")?,
            entries: frame.field("entries")?,
            more: frame.field("more")?,
        },
        "slice" => slice(&mut frame)?,
        "found" => ServerMessage::Found {
            room: frame.field("room")?,
            text: frame.field("text")?,
            entries: frame.field("entries")?,
        },
        "state" => ServerMessage::State {
            room: frame.field("room")?,
            state: frame.field("state")?,
        },
        "rooms" => ServerMessage::Rooms {
            text: frame.field("text")?,
            after: frame.optional("after")?,
            rooms: frame.field("rooms")?,
            next: frame.optional("next")?,
        },
        "present" => ServerMessage::Present {
            room: frame.field("room")?,
            count: frame.field("count")?,
            members: frame.field("members")?,
        },
        "presence" => ServerMessage::Presence {
            room: frame.field("room")?,
            count: frame.field("count")?,
            here: frame.optional("here")?,
            gone: frame.optional("gone")?,
        },
        "typing" => ServerMessage::Typing {
            room: frame.field("room")?,
            member: frame.field("member")?,
        },
        "seen" => ServerMessage::Seen {
            room: frame.field("room")?,
            epoch: frame.field("epoch")?,
            seq: frame.field("seq")?,
        },
        "notice" => ServerMessage::Notice {
            text: frame.field("text")?,
        },
        "error" => ServerMessage::Error(from_str(json)?),
        "pong" => ServerMessage::Pong {
            t: frame.field("t")?,
        },
        _ => ServerMessage::Unknown,
    })
}

fn welcome(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Welcome {
        protocol: frame.field("protocol")?,
        server: frame.field("server")?,
        member: frame.field("member")?,
        token: frame.field("token")?,
        name: frame.field("name")?,
        epoch: frame.field("epoch")?,
        limits: frame.field("limits")?,
        heartbeat_ms: frame.field("heartbeat_ms")?,
        at_ms: frame.optional("at_ms")?,
    })
}

fn slice(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Slice {
        room: frame.field("room")?,
        at: frame.field("at")?,
        entries: frame.field("entries")?,
        changes: frame.optional("changes")?,
        older: frame.field("older")?,
        newer: frame.field("newer")?,
    })
}

/// A frame's fields, each as its JSON.
struct Frame<'a>(Fields<&'a RawValue>);

impl<'a> Frame<'a> {
    // Once for each type, and not once for each field: the page is smaller.
    #[inline(never)]
    fn field<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<T> {
        let json = self.json(name)?;
        from_str(json.ok_or_else(|| serde_json::Error::missing_field(name))?)
    }

    /// A field that may be missing or null.
    #[inline(never)]
    fn optional<T: Deserialize<'a> + Default>(&mut self, name: &'static str) -> Result<T> {
        let value = self.json(name)?.map(from_str::<Option<T>>).transpose()?;
        Ok(value.flatten().unwrap_or_default())
    }

    fn json(&mut self, name: &'static str) -> Result<Option<&'a str>> {
        Ok(self.0.take(name)?.map(RawValue::get))
    }
}
