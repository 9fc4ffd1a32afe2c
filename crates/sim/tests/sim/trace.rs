//! Frames in words for the trace: short, and the same for the same seed.

use parlor_shared::{ClientMessage, Position, RoomId, ServerMessage, codec};

use crate::oracle::Oracle;

/// A frame that a client sends.
pub(crate) fn describe_frame(frame: &str, oracle: &Oracle) -> String {
    match codec::decode_client(frame) {
        Ok(ClientMessage::Hello { token, .. }) => {
            let token = token.map_or("without a token", |_| "with a token");
            format!("hello {token}")
        }
        Ok(ClientMessage::Join { room, after }) => match after {
            Some(Position { seq, .. }) => format!("join {room} after {seq}"),
            None => format!("join {room}"),
        },
        Ok(ClientMessage::Leave { room }) => format!("leave {room}"),
        Ok(ClientMessage::Post {
            room, id, follows, ..
        }) => {
            let behind = follows.map(|id| format!(" behind {}", oracle.number(id)));
            format!(
                "{} to {room}{}",
                oracle.number(id),
                behind.unwrap_or_default()
            )
        }
        Ok(ClientMessage::History { room, before, .. }) => {
            format!("history {room} before {before}")
        }
        Ok(ClientMessage::Slice { room, at, .. }) => format!("slice of {room} at {at:?}"),
        Ok(ClientMessage::Search { room, .. }) => format!("search {room}"),
        Ok(ClientMessage::Rooms { text, .. }) => format!("rooms {text}"),
        Ok(ClientMessage::Typing { room }) => format!("typing {room}"),
        Ok(ClientMessage::Seen { room, seq, .. }) => format!("seen {room} up to {seq}"),
        Ok(ClientMessage::Rename { name }) => format!("rename {name}"),
        Ok(ClientMessage::Renew { .. }) => "renew".to_owned(),
        Ok(ClientMessage::Moderate(request)) => format!("{request:?}"),
        Ok(ClientMessage::Ping { .. }) => "ping".to_owned(),
        Ok(ClientMessage::Unknown) | Err(_) => format!("not a message: {frame}"),
    }
}

/// A message that a client receives.
pub(crate) fn describe_message(message: &ServerMessage, oracle: &Oracle) -> String {
    match message {
        ServerMessage::Welcome { .. } => "welcome".to_owned(),
        ServerMessage::Joined {
            room,
            after,
            head,
            outcome,
            ..
        } => format!("joined {room} after {after}, head {head}, {outcome:?}"),
        ServerMessage::Entry { room, entry } => {
            let what = oracle.number(entry.id);
            format!(
                "entry {} of {room} after {} ({what})",
                entry.seq, entry.prev
            )
        }
        ServerMessage::Duplicate { room, entry } => {
            let what = oracle.number(entry.id);
            format!("{what} is {} of {room} already", entry.seq)
        }
        ServerMessage::History { room, entries, .. } => {
            format!("{} entries of history of {room}", entries.len())
        }
        ServerMessage::Slice { room, entries, .. } => {
            format!("a slice of {} entries of {room}", entries.len())
        }
        ServerMessage::Found { room, entries, .. } => {
            format!("{} found in {room}", entries.len())
        }
        ServerMessage::State { room, .. } => format!("the state of {room}"),
        ServerMessage::Right { room, right } => format!("may {right} in {room}"),
        ServerMessage::OpenReports { room, count } => format!("{count} open reports in {room}"),
        ServerMessage::Moderated(answer) => format!("{answer:?}"),
        ServerMessage::Admitted { .. } => "admitted".to_owned(),
        ServerMessage::Rooms { rooms, .. } => format!("{} rooms", rooms.len()),
        ServerMessage::Present { room, count, .. } => format!("{count} present in {room}"),
        ServerMessage::Presence {
            room, here, gone, ..
        } => format!("{} came to {room}, {} left", here.len(), gone.len()),
        ServerMessage::Typing { room, .. } => format!("typing in {room}"),
        ServerMessage::Seen { room, seq, .. } => format!("{room} is seen up to {seq}"),
        ServerMessage::Notice { text } => text.clone(),
        ServerMessage::Error(refusal) => {
            let post = refusal.id.map(|id| oracle.number(id)).unwrap_or_default();
            let room = refusal
                .room
                .as_ref()
                .map_or(String::new(), RoomId::to_string);
            format!("error {:?} {room} {post}", refusal.code)
        }
        ServerMessage::Pong { .. } => "pong".to_owned(),
        ServerMessage::Unknown => "something unknown".to_owned(),
    }
}
