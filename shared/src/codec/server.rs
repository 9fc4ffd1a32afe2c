//! Decodes the server's messages, of which the page gets many.

use serde::de::Error;
use serde_json::Result;

use super::frame::Frame;
use crate::{
    AckPromise, Ban, Body, Entry, InvitationInfo, Member, MemberRight, Moderated, Mute, Place,
    Refusal, Report, RoomInfo, RoomState, Seq, ServerMessage, fields::FieldsOf, limits::Limits,
    position::PlaceFields, room_state::Pin,
};

pub(super) fn decode(json: &str) -> Result<ServerMessage> {
    let mut frame = Frame::parse(json)?;
    let tag: String = frame.text("type")?;
    Ok(match tag.as_str() {
        "welcome" => welcome(&mut frame)?,
        "joined" => joined(&mut frame)?,
        "entry" => ServerMessage::Entry {
            room: frame.text("room")?,
            entry: frame.object("entry", entry)?,
        },
        "duplicate" => ServerMessage::Duplicate {
            room: frame.text("room")?,
            entry: frame.object("entry", entry)?,
        },
        "history" => ServerMessage::History {
            room: frame.text("room")?,
            before: frame.seq("before")?,
            entries: frame.objects("entries", entry)?,
            more: frame.flag("more")?,
        },
        "slice" => slice(&mut frame)?,
        "found" => found(&mut frame)?,
        "state" => ServerMessage::State {
            room: frame.text("room")?,
            state: frame.object("state", room_state)?,
        },
        "right" => ServerMessage::Right {
            room: frame.text("room")?,
            right: frame.word("right")?,
        },
        "admitted" => ServerMessage::Admitted {
            access: frame.optional_text("access")?,
            expires_at_ms: frame.optional_number("expires_at_ms")?,
        },
        "rooms" => rooms(&mut frame)?,
        "present" => ServerMessage::Present {
            room: frame.text("room")?,
            count: frame.number("count")?,
            members: frame.objects("members", member)?,
        },
        "presence" => ServerMessage::Presence {
            room: frame.text("room")?,
            count: frame.number("count")?,
            here: frame.optional_objects("here", member)?.unwrap_or_default(),
            gone: frame.optional("gone")?.unwrap_or_default(),
        },
        "typing" => ServerMessage::Typing {
            room: frame.text("room")?,
            member: frame.text("member")?,
        },
        "seen" => ServerMessage::Seen {
            room: frame.text("room")?,
            epoch: frame.text("epoch")?,
            seq: frame.seq("seq")?,
        },
        "moderated" => ServerMessage::Moderated(moderated(&mut frame)?),
        "open_reports" => ServerMessage::OpenReports {
            room: frame.text("room")?,
            count: frame.number("count")?,
        },
        "notice" => ServerMessage::Notice {
            text: frame.text("text")?,
        },
        "error" => ServerMessage::Error(refusal(&mut frame)?),
        "pong" => ServerMessage::Pong {
            t: frame.number("t")?,
        },
        _ => ServerMessage::Unknown,
    })
}

fn welcome(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Welcome {
        protocol: frame.number("protocol")?,
        server: frame.text("server")?,
        member: frame.text("member")?,
        token: frame.text("token")?,
        name: frame.text("name")?,
        epoch: frame.text("epoch")?,
        limits: frame.object("limits", limits)?,
        heartbeat_ms: frame.number("heartbeat_ms")?,
        at_ms: frame.optional_number("at_ms")?.unwrap_or_default(),
        promise: AckPromise::named(frame.optional("promise")?),
    })
}

fn joined(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Joined {
        room: frame.text("room")?,
        after: frame.seq("after")?,
        head: frame.seq("head")?,
        first: frame.seq("first")?,
        outcome: frame.word("outcome")?,
    })
}

fn rooms(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Rooms {
        text: frame.text("text")?,
        after: frame.optional_text("after")?,
        rooms: frame.objects("rooms", room_info)?,
        next: frame.optional_text("next")?,
    })
}

fn found(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Found {
        room: frame.text("room")?,
        text: frame.text("text")?,
        entries: frame.objects("entries", entry)?,
        incomplete: frame.optional_flag("incomplete")?,
    })
}

fn slice(frame: &mut Frame<'_>) -> Result<ServerMessage> {
    Ok(ServerMessage::Slice {
        room: frame.text("room")?,
        at: frame.object("at", place)?,
        entries: frame.objects("entries", entry)?,
        changes: frame
            .optional_objects("changes", entry)?
            .unwrap_or_default(),
        older: frame.flag("older")?,
        newer: frame.flag("newer")?,
    })
}

fn limits(frame: &mut Frame<'_>) -> Result<Limits> {
    Ok(Limits {
        frame_bytes_max: frame.number("frame_bytes_max")?,
        text_chars_max: frame.number("text_chars_max")?,
        name_bytes_max: frame.number("name_bytes_max")?,
        rooms_per_connection_max: frame.number("rooms_per_connection_max")?,
        history_entries_max: frame.number("history_entries_max")?,
        rate_per_second: frame.number("rate_per_second")?,
        rate_burst: frame.number("rate_burst")?,
    })
}

fn place(frame: &mut Frame<'_>) -> Result<Place> {
    let fields = PlaceFields {
        message: frame.optional_text("message")?,
        seq: frame.optional_number("seq")?.map(Seq),
        time: frame.optional_number("time")?,
        before: frame.optional_number("before")?.map(Seq),
        after: frame.optional_number("after")?.map(Seq),
    };
    Place::try_from(fields).map_err(Error::custom)
}

fn member(frame: &mut Frame<'_>) -> Result<Member> {
    Ok(Member {
        member: frame.text("member")?,
        name: frame.text("name")?,
    })
}

fn room_state(frame: &mut Frame<'_>) -> Result<RoomState> {
    Ok(RoomState {
        seq: frame.seq("seq")?,
        name: frame.optional_text("name")?,
        topic: frame.optional_text("topic")?,
        kind: frame.optional_text("kind")?.unwrap_or_default(),
        pins: frame.optional_objects("pins", pin)?.unwrap_or_default(),
        slow_mode_s: frame.optional_number("slow_mode_s")?.unwrap_or_default(),
        mutes: frame.optional_objects("mutes", mute)?.unwrap_or_default(),
    })
}

fn mute(frame: &mut Frame<'_>) -> Result<Mute> {
    Ok(Mute {
        member: frame.text("member")?,
        name: frame.text("name")?,
        until_ms: frame.number("until_ms")?,
    })
}

fn moderated(frame: &mut Frame<'_>) -> Result<Moderated> {
    let kind: String = frame.text("kind")?;
    Ok(match kind.as_str() {
        "reported" => Moderated::Reported {
            room: frame.text("room")?,
            target: frame.text("target")?,
        },
        "reports" => Moderated::Reports {
            room: frame.text("room")?,
            reports: frame.objects("reports", report)?,
        },
        "bans" => Moderated::Bans {
            room: frame.text("room")?,
            bans: frame.objects("bans", ban)?,
        },
        "erased" => Moderated::Erased {
            count: frame.number("count")?,
            next: frame.optional_number("next")?.map(Seq),
        },
        "device" => Moderated::Device {
            secret: frame.text("secret")?,
            until_ms: frame.number("until_ms")?,
            size: frame.number("size")?,
            path: frame.text("path")?,
        },
        "access" => Moderated::Access {
            room: frame.text("room")?,
            members: frame.objects("members", member_right)?,
            invitations: frame.objects("invitations", invitation)?,
            secret: frame.optional_text("secret")?,
        },
        _ => Moderated::Unknown,
    })
}

fn member_right(frame: &mut Frame<'_>) -> Result<MemberRight> {
    Ok(MemberRight {
        member: frame.text("member")?,
        name: frame.optional_text("name")?,
        right: frame.word("right")?,
    })
}

fn invitation(frame: &mut Frame<'_>) -> Result<InvitationInfo> {
    Ok(InvitationInfo {
        invitation: frame.number("invitation")?,
        right: frame.word("right")?,
        until_ms: frame.optional_number("until_ms")?,
        uses: frame.optional_number("uses")?,
        used: frame.number("used")?,
    })
}

fn report(frame: &mut Frame<'_>) -> Result<Report> {
    Ok(Report {
        report: frame.number("report")?,
        target: frame.text("target")?,
        member: frame.text("member")?,
        name: frame.text("name")?,
        at_ms: frame.number("at_ms")?,
        reason: frame.text("reason")?,
    })
}

fn ban(frame: &mut Frame<'_>) -> Result<Ban> {
    Ok(Ban {
        ban: frame.number("ban")?,
        name: frame.optional_text("name")?,
        everywhere: frame.flag("everywhere")?,
        addresses: frame.number("addresses")?,
        until_ms: frame.number("until_ms")?,
        by: frame.text("by")?,
        reason: frame.text("reason")?,
    })
}

fn pin(frame: &mut Frame<'_>) -> Result<Pin> {
    Ok(Pin {
        id: frame.text("id")?,
        seq: frame.seq("seq")?,
        at_ms: frame.number("at_ms")?,
        member: frame.text("member")?,
        name: frame.text("name")?,
        text: frame.text("text")?,
    })
}

fn room_info(frame: &mut Frame<'_>) -> Result<RoomInfo> {
    Ok(RoomInfo {
        room: frame.text("room")?,
        name: frame.optional_text("name")?,
        topic: frame.optional_text("topic")?,
        count: frame.number("count")?,
        at_ms: frame.number("at_ms")?,
    })
}

fn refusal(frame: &mut Frame<'_>) -> Result<Refusal> {
    Ok(Refusal {
        code: frame.word("code")?,
        retry: frame.flag("retry")?,
        message: frame.text("message")?,
        room: frame.optional_text("room")?,
        id: frame.optional_text("id")?,
        request: frame.optional_word("request")?,
        retry_after_ms: frame.optional_number("retry_after_ms")?,
    })
}

fn entry(frame: &mut Frame<'_>) -> Result<Entry> {
    Ok(Entry {
        seq: frame.seq("seq")?,
        prev: frame.seq("prev")?,
        id: frame.text("id")?,
        at_ms: frame.number("at_ms")?,
        member: frame.text("member")?,
        name: frame.text("name")?,
        body: frame.object("body", |body| Body::from_fields(body))?,
    })
}
