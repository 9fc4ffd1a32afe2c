//! Decodes the server's messages, of which the page gets many.
//!
//! The objects in them are looked up field by field, too: derived code for each would be a fiftieth
//! of the page. Entries, of which most frames consist, are decoded in one pass.

use serde::{Deserialize, de::Error};
use serde_json::{Result, from_str, value::RawValue};

use crate::{
    Member, Place, Refusal, RoomInfo, RoomState, ServerMessage, fields::Fields, limits::Limits,
    position::PlaceFields, room_state::Pin,
};

pub(super) fn decode(json: &str) -> Result<ServerMessage> {
    let mut frame = Frame::parse(json)?;
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
            state: frame.object("state", room_state)?,
        },
        "rooms" => ServerMessage::Rooms {
            text: frame.field("text")?,
            after: frame.optional("after")?,
            rooms: frame.objects("rooms", room_info)?,
            next: frame.optional("next")?,
        },
        "present" => ServerMessage::Present {
            room: frame.field("room")?,
            count: frame.field("count")?,
            members: frame.objects("members", member)?,
        },
        "presence" => ServerMessage::Presence {
            room: frame.field("room")?,
            count: frame.field("count")?,
            here: frame.optional_objects("here", member)?,
            gone: frame.optional("gone")?.unwrap_or_default(),
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
        "error" => ServerMessage::Error(refusal(&mut frame)?),
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
        limits: frame.object("limits", limits)?,
        heartbeat_ms: frame.field("heartbeat_ms")?,
        at_ms: frame.optional("at_ms")?.unwrap_or_default(),
    })
}

fn slice(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Slice {
        room: frame.field("room")?,
        at: frame.object("at", place)?,
        entries: frame.field("entries")?,
        changes: frame.optional("changes")?.unwrap_or_default(),
        older: frame.field("older")?,
        newer: frame.field("newer")?,
    })
}

fn limits(frame: &mut Frame<'_>) -> Result<Limits> {
    Ok(Limits {
        frame_bytes_max: frame.field("frame_bytes_max")?,
        text_chars_max: frame.field("text_chars_max")?,
        name_bytes_max: frame.field("name_bytes_max")?,
        rooms_per_connection_max: frame.field("rooms_per_connection_max")?,
        history_entries_max: frame.field("history_entries_max")?,
        rate_per_second: frame.field("rate_per_second")?,
        rate_burst: frame.field("rate_burst")?,
    })
}

fn place(frame: &mut Frame<'_>) -> Result<Place> {
    let fields = PlaceFields {
        message: frame.optional("message")?,
        seq: frame.optional("seq")?,
        time: frame.optional("time")?,
        before: frame.optional("before")?,
        after: frame.optional("after")?,
    };
    Place::try_from(fields).map_err(Error::custom)
}

fn member(frame: &mut Frame<'_>) -> Result<Member> {
    Ok(Member {
        member: frame.field("member")?,
        name: frame.field("name")?,
    })
}

fn room_state(frame: &mut Frame<'_>) -> Result<RoomState> {
    Ok(RoomState {
        seq: frame.field("seq")?,
        name: frame.optional("name")?,
        topic: frame.optional("topic")?,
        pins: frame.optional_objects("pins", pin)?,
    })
}

fn pin(frame: &mut Frame<'_>) -> Result<Pin> {
    Ok(Pin {
        id: frame.field("id")?,
        seq: frame.field("seq")?,
        at_ms: frame.field("at_ms")?,
        member: frame.field("member")?,
        name: frame.field("name")?,
        text: frame.field("text")?,
    })
}

fn room_info(frame: &mut Frame<'_>) -> Result<RoomInfo> {
    Ok(RoomInfo {
        room: frame.field("room")?,
        name: frame.optional("name")?,
        topic: frame.optional("topic")?,
        count: frame.field("count")?,
        at_ms: frame.field("at_ms")?,
    })
}

fn refusal(frame: &mut Frame<'_>) -> Result<Refusal> {
    Ok(Refusal {
        code: frame.field("code")?,
        retry: frame.field("retry")?,
        message: frame.field("message")?,
        room: frame.optional("room")?,
        id: frame.optional("id")?,
        request: frame.optional("request")?,
        retry_after_ms: frame.optional("retry_after_ms")?,
    })
}

/// The fields of an object, each as its JSON.
struct Frame<'a>(Fields<&'a RawValue>);

impl<'a> Frame<'a> {
    fn parse(json: &'a str) -> Result<Self> {
        Ok(Self(from_str(json)?))
    }

    // `field` and `optional` are there once for each type, and not once for each field: the page
    // is smaller.
    #[inline(never)]
    fn field<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<T> {
        from_str(self.required(name)?)
    }

    /// A field that may be missing or null.
    #[inline(never)]
    fn optional<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<Option<T>> {
        let json = self.json(name)?;
        json.map(from_str).transpose().map(Option::flatten)
    }

    /// A field that is an object.
    fn object<T>(&mut self, name: &'static str, decode: Decode<T>) -> Result<T> {
        decode(&mut Frame::parse(self.required(name)?)?)
    }

    /// A field that is a list of objects.
    fn objects<T>(&mut self, name: &'static str, decode: Decode<T>) -> Result<Vec<T>> {
        let objects: Vec<&RawValue> = self.field(name)?;
        let decode = |object: &RawValue| decode(&mut Frame::parse(object.get())?);
        objects.into_iter().map(decode).collect()
    }

    /// The same for a field that may be missing or null.
    fn optional_objects<T>(&mut self, name: &'static str, decode: Decode<T>) -> Result<Vec<T>> {
        let objects: Option<Vec<&RawValue>> = self.optional(name)?;
        let decode = |object: &RawValue| decode(&mut Frame::parse(object.get())?);
        objects
            .unwrap_or_default()
            .into_iter()
            .map(decode)
            .collect()
    }

    fn required(&mut self, name: &'static str) -> Result<&'a str> {
        let json = self.json(name)?;
        json.ok_or_else(|| serde_json::Error::missing_field(name))
    }

    fn json(&mut self, name: &'static str) -> Result<Option<&'a str>> {
        Ok(self.0.take(name)?.map(RawValue::get))
    }
}

/// Decodes an object.
type Decode<T> = fn(&mut Frame<'_>) -> Result<T>;
