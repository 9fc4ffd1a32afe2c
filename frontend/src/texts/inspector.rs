//! What the inspector says.

use parlor_shared::close::CloseCode;

use crate::{
    model::{
        connection::ConnectionEnd,
        inspector::{Direction, Frame},
    },
    texts::number::Number,
};

/// The inspector, and the button that opens it.
pub const INSPECTOR: &str = "Inspector";
/// What the inspector is for.
pub const INSPECTOR_HINT: &str = "See the WebSocket traffic";
/// In the empty filter field.
pub const FILTER: &str = "Filter";
/// The filter field, for screen readers.
pub const FILTER_FRAMES: &str = "Filter frames";
/// Stops showing new frames.
pub const PAUSE: &str = "Pause";
/// Shows new frames again.
pub const RESUME: &str = "Resume";
/// Removes the frames from the list.
pub const CLEAR: &str = "Clear";
/// Drops the connection.
pub const DROP_CONNECTION: &str = "Drop connection";
/// What that does.
pub const DROP_CONNECTION_HINT: &str = "Simulate losing the network";
/// The list of frames.
pub const FRAMES: &str = "Frames, newest first";
/// A frame to the server.
pub const SENT: &str = "sent";
/// A frame from the server.
pub const RECEIVED: &str = "received";
/// A step of the connection itself, which is not a frame.
pub const CONNECTION_STEP: &str = "connection";
/// The field for a frame written by hand.
pub const CUSTOM_FRAME: &str = "Frame to send";
/// Sends that frame.
pub const SEND_FRAME: &str = "Send frame";
/// The size of a frame.
#[must_use]
pub fn bytes(count: usize, number: Number) -> String {
    count_of(count, "byte", number)
}

// ---- the facts about the connection ----

/// The state of the connection.
pub const CONNECTION: &str = "Connection";
/// The address of the server's socket.
pub const ADDRESS: &str = "Address";
/// How long the handshake took.
pub const HANDSHAKE: &str = "Handshake";
/// The server's version.
pub const SERVER: &str = "Server";
/// How the last connection ended.
pub const LAST_CLOSE: &str = "Last close";
/// The page's position in the room's log.
pub const CURSOR: &str = "Cursor";
/// The number of posts that are not acked.
pub const OUTBOX: &str = "Outbox";
/// The traffic to the server.
pub const TOTAL_SENT: &str = "Sent";
/// The traffic from the server.
pub const TOTAL_RECEIVED: &str = "Received";
/// The traffic of each of the last seconds.
pub const PER_SECOND: &str = "Per second";
/// How long pings take.
pub const ROUND_TRIP: &str = "Round trip";
/// The waits before the last attempts to reconnect.
pub const BACKOFF: &str = "Backoff";
/// In place of a fact that is not known yet.
pub const UNKNOWN: &str = "–";
/// The connection is open.
#[must_use]
pub fn online_for(seconds: u64) -> String {
    format!("online for {seconds} s")
}
/// The connection is being opened.
#[must_use]
pub fn connecting(attempt: u32) -> String {
    format!("connecting, attempt {attempt}")
}
/// The page waits before it connects again.
#[must_use]
pub fn waiting(attempt: u32) -> String {
    format!("waiting, attempt {attempt}")
}
/// The user disconnected, or the server closed the connection for good.
pub const STATE_DISCONNECTED: &str = "disconnected";
/// The number of connections opened since the inspector was.
#[must_use]
pub fn reconnected(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => " · reconnected once".to_owned(),
        _ => format!(" · reconnected {times} times"),
    }
}
/// How long the handshake took, and the server's welcome after it.
#[must_use]
pub fn handshake(open_ms: u64, welcome_ms: Option<u64>) -> String {
    match welcome_ms {
        Some(welcome_ms) => format!("open {open_ms} ms, welcome {welcome_ms} ms"),
        None => format!("open {open_ms} ms"),
    }
}
/// The server's version, and how often it pings.
#[must_use]
pub fn server(version: &str, ping_every_s: u64) -> String {
    format!("{version}, pings every {ping_every_s} s")
}
/// The page's position in the log, behind the head or at it.
#[must_use]
pub fn cursor(seq: u64, head: u64, number: Number) -> String {
    let [at, of] = [seq, head].map(|seq| number(seq as usize));
    match seq < head {
        true => format!("entry {at} of {of}"),
        false => format!("entry {at} (latest)"),
    }
}
/// The cursor in a room that was not joined yet.
pub const NOT_JOINED: &str = "not joined";
/// The bar beside the cursor.
pub const CURSOR_PROGRESS: &str = "Cursor, from the first entry to the latest";
/// The number of posts that are not acked.
#[must_use]
pub fn unsent(count: usize) -> String {
    format!("{count} unsent")
}
/// A number of frames and of their bytes.
#[must_use]
pub fn traffic(frames: u64, bytes: u64, number: Number) -> String {
    let frames = count_of(frames as usize, "frame", number);
    format!("{frames}, {}", count_of(bytes as usize, "byte", number))
}
/// How long something took.
#[must_use]
pub fn milliseconds(ms: u64, number: Number) -> String {
    format!("{} ms", number(ms as usize))
}

fn count_of(count: usize, unit: &str, number: Number) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", number(count))
}

// ---- the list of frames ----

/// The text of a frame that had words of a deleted message.
pub const FRAME_FORGOTTEN: &str = "The message in this frame was deleted.";

/// The request that begins a connection.
pub const HANDSHAKE_REQUEST: &str = "GET /ws, Upgrade: websocket";
/// The server's answer to it.
#[must_use]
pub fn opened_after(ms: u64) -> String {
    format!("101 Switching Protocols, after {ms} ms")
}
/// How a connection ended.
#[must_use]
pub fn connection_end(end: ConnectionEnd) -> String {
    const NO_CLOSE_FRAME: &str = "no close frame, the connection broke";
    let code = match end {
        ConnectionEnd::ByPage => return "closed by this page".to_owned(),
        ConnectionEnd::Broken => return NO_CLOSE_FRAME.to_owned(),
        ConnectionEnd::WithCode(code) => code,
    };
    let mut known = CloseCode::ALL.into_iter();
    let reason = match (known.find(|known| known.number() == code), code) {
        (Some(known), _) => known.reason(),
        (None, 1001) => "going away",
        // What a browser reports where no close frame arrived.
        (None, 1006) => NO_CLOSE_FRAME,
        (None, _) => "unknown reason",
    };
    format!("{code}: {reason}")
}
/// What a frame means, for somebody who sees the protocol for the first time.
#[must_use]
pub fn frame_meaning(frame: &Frame) -> &'static str {
    match (&*frame.kind, frame.direction) {
        ("connecting", None) => "An HTTP request to upgrade to a WebSocket.",
        ("open", None) => "The server accepted. From here on, frames go both ways.",
        ("closed", None) => "The connection is closed.",
        ("hello", _) => "Introduces this client. Always the first frame.",
        ("welcome", _) => "Who you are on this server, which log this is, and the limits in force.",
        ("join", _) => "Join this room, starting after this log position.",
        ("joined", _) => "Where the entries start, and whether everything missed will follow.",
        ("leave", _) => "Leave the room.",
        ("post", _) => "A new message. Kept until the server echoes it as an entry.",
        ("entry", _) => "One log entry, saved to disk at position `seq`, right after `prev`.",
        ("duplicate", _) => "That id is on the log already. This is the original entry.",
        ("present", _) => {
            "Who is here. Everything missed has arrived: from here on, entries are live."
        }
        ("presence", _) => "Who joined and who left.",
        ("seen", Some(Direction::Sent)) => "How far you have read. Kept for your other devices.",
        ("seen", _) => "How far you have read, on any of your devices.",
        ("typing", Some(Direction::Sent)) => "You are typing.",
        ("typing", _) => "Somebody is typing.",
        ("history", _) => "Earlier messages.",
        ("search", _) => "Search the room for these words.",
        ("found", _) => "The messages that contain these words.",
        ("rename", _) => "Change your name.",
        ("ping", _) => "Are you there?",
        ("pong", _) => "The same number back. The time between them is the round trip.",
        ("notice", _) => "An announcement by the server.",
        ("error", _) => "A refusal, with its reason.",
        _ => "Not part of this protocol.",
    }
}
