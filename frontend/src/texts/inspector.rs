//! What the inspector says.

use parlor_shared::close::CloseCode;

use crate::{
    model::{
        connection::ConnectionEnd,
        inspector::{Direction, Frame},
    },
    texts::language::{texts, translated},
};

texts! {
    /// The inspector, and the button that opens it.
    inspector = "Inspector";
    /// What the inspector is for.
    inspector_hint = "See the WebSocket traffic";
    /// In the empty filter field.
    filter = "Filter";
    /// The filter field, for screen readers.
    filter_frames = "Filter frames";
    /// Stops showing new frames.
    pause = "Pause";
    /// Shows new frames again.
    resume = "Resume";
    /// Removes the frames from the list.
    clear = "Clear";
    /// Drops the connection.
    drop_connection = "Drop connection";
    /// What that does.
    drop_connection_hint = "Simulate losing the network";
    /// The list of frames.
    frames = "Frames, newest first";
    /// A frame to the server.
    sent = "sent";
    /// A frame from the server.
    received = "received";
    /// A step of the connection itself, which is not a frame.
    connection_step = "connection";
    /// The field for a frame written by hand.
    custom_frame = "Frame to send";
    /// Sends that frame.
    send_frame = "Send frame";

    /// The state of the connection.
    connection = "Connection";
    /// The address of the server's socket.
    address = "Address";
    /// How long the handshake took.
    handshake_fact = "Handshake";
    /// The server's version.
    server_fact = "Server";
    /// How the last connection ended.
    last_close = "Last close";
    /// The page's position in the room's log.
    cursor_fact = "Cursor";
    /// The number of posts that are not acked.
    outbox = "Outbox";
    /// The traffic to the server.
    total_sent = "Sent";
    /// The traffic from the server.
    total_received = "Received";
    /// The traffic of each of the last seconds.
    per_second = "Per second";
    /// How long pings take.
    round_trip = "Round trip";
    /// The waits before the last attempts to reconnect.
    backoff = "Backoff";
    /// In place of a fact that is not known yet.
    unknown = "–";
    /// The connection is open.
    online_for(seconds: Count) = "online for {seconds} s";
    /// The connection is being opened.
    attempt_connecting(attempt: Count) = "connecting, attempt {attempt}";
    /// The page waits before it connects again.
    attempt_waiting(attempt: Count) = "waiting, attempt {attempt}";
    /// The user disconnected, or the server closed the connection for good.
    state_disconnected = "disconnected";
    /// The state of the connection, and how often it was opened again since the inspector was.
    state_reconnected(state: Text, count: Count) = [
        "{state} · reconnected once",
        "{state} · reconnected {count} times"
    ];
    /// How long the handshake took.
    opened_in(open: Count) = "open {open} ms";
    /// The same, and the server's welcome after it.
    welcomed_in(open: Count, welcome: Count) = "open {open} ms, welcome {welcome} ms";
    /// The server's version, and how often it pings.
    server(version: Text, seconds: Count) = "{version}, pings every {seconds} s";
    /// The page's position in the log, behind the head.
    cursor_behind(seq: Count, head: Count) = "entry {seq} of {head}";
    /// The same, at the head.
    cursor_at_head(seq: Count) = "entry {seq} (latest)";
    /// The cursor in a room that was not joined yet.
    not_joined = "not joined";
    /// The bar beside the cursor.
    cursor_progress = "Cursor, from the first entry to the latest";
    /// The number of posts that are not acked.
    unsent(count: Count) = "{count} unsent";
    /// The size of a frame.
    bytes(count: Count) = ["{count} byte", "{count} bytes"];
    /// A number of frames.
    frame_count(count: Count) = ["{count} frame", "{count} frames"];
    /// A number of frames and of their bytes.
    frames_and_bytes(frames: Text, bytes: Text) = "{frames}, {bytes}";
    /// How long something took.
    milliseconds(ms: Count) = "{ms} ms";

    /// The text of a frame that had words of a deleted message.
    frame_forgotten = "The message in this frame was deleted.";
    /// The server's answer to the request that begins a connection.
    opened_after(ms: Count) = "101 Switching Protocols, after {ms} ms";
    /// This page closed the connection.
    closed_by_page = "closed by this page";
    /// The connection broke.
    no_close_frame = "no close frame, the connection broke";
    /// How a connection ended.
    closed_with(code: Text, reason: Text) = "{code}: {reason}";
    /// The reason for the close code 1001.
    going_away = "going away";
    /// The reason for a close code that is not known.
    unknown_reason = "unknown reason";

    /// What the frame means.
    means_connecting = "An HTTP request to upgrade to a WebSocket.";
    /// What the frame means.
    means_open = "The server accepted. From here on, frames go both ways.";
    /// What the frame means.
    means_closed = "The connection is closed.";
    /// What the frame means.
    means_hello = "Introduces this client. Always the first frame.";
    /// What the frame means.
    means_welcome = "Who you are on this server, which log this is, and the limits in force.";
    /// What the frame means.
    means_join = "Join this room, starting after this log position.";
    /// What the frame means.
    means_joined = "Where the entries start, and whether everything missed will follow.";
    /// What the frame means.
    means_leave = "Leave the room.";
    /// What the frame means.
    means_post = "A new message. Kept until the server echoes it as an entry.";
    /// What the frame means.
    means_entry = "One log entry, saved to disk at position `seq`, right after `prev`.";
    /// What the frame means.
    means_duplicate = "That id is on the log already. This is the original entry.";
    /// What the frame means.
    means_present = "Who is here. Everything missed has arrived: from here on, entries are live.";
    /// What the frame means.
    means_presence = "Who joined and who left.";
    /// What the frame means.
    means_typing_sent = "You are typing.";
    /// What the frame means.
    means_typing = "Somebody is typing.";
    /// What the frame means.
    means_history = "Earlier messages.";
    /// What the frame means.
    means_search = "Search the room for these words.";
    /// What the frame means.
    means_found = "The messages that contain these words.";
    /// What the frame means.
    means_rename = "Change your name.";
    /// What the frame means.
    means_ping = "Are you there?";
    /// What the frame means.
    means_pong = "The same number back. The time between them is the round trip.";
    /// What the frame means.
    means_notice = "An announcement by the server.";
    /// What the frame means.
    means_error = "A refusal, with its reason.";
    /// What the frame means.
    means_unknown = "Not part of this protocol.";
}

/// The request that begins a connection: the protocol's words, in any language.
pub const HANDSHAKE_REQUEST: &str = "GET /ws, Upgrade: websocket";

/// The state of the connection, and how often it was opened again since the inspector was.
#[must_use]
pub fn reconnected(state: String, times: u32) -> String {
    match times {
        0 => state,
        _ => state_reconnected(&state, times),
    }
}

/// How long the handshake took, and the server's welcome after it.
#[must_use]
pub fn handshake(open_ms: u64, welcome_ms: Option<u64>) -> String {
    match welcome_ms {
        Some(welcome_ms) => welcomed_in(open_ms, welcome_ms),
        None => opened_in(open_ms),
    }
}

/// The page's position in the log, behind the head or at it.
#[must_use]
pub fn cursor(seq: u64, head: u64) -> String {
    match seq < head {
        true => cursor_behind(seq, head),
        false => cursor_at_head(seq),
    }
}

/// A number of frames and of their bytes.
#[must_use]
pub fn traffic(frames: u64, byte_count: u64) -> String {
    frames_and_bytes(&frame_count(frames), &bytes(byte_count))
}

/// How a connection ended.
#[must_use]
pub fn connection_end(end: ConnectionEnd) -> String {
    let code = match end {
        ConnectionEnd::ByPage => return closed_by_page().to_owned(),
        ConnectionEnd::Broken => return no_close_frame().to_owned(),
        ConnectionEnd::WithCode(code) => code,
    };
    let mut known = CloseCode::ALL.into_iter();
    let reason = match (known.find(|known| known.number() == code), code) {
        (Some(known), _) => translated(known.reason()),
        (None, 1001) => going_away(),
        // What a browser reports where no close frame arrived.
        (None, 1006) => no_close_frame(),
        (None, _) => unknown_reason(),
    };
    closed_with(&code.to_string(), reason)
}

/// What a frame means, for somebody who sees the protocol for the first time.
#[must_use]
pub fn frame_meaning(frame: &Frame) -> &'static str {
    match (&*frame.kind, frame.direction) {
        ("connecting", None) => means_connecting(),
        ("open", None) => means_open(),
        ("closed", None) => means_closed(),
        ("hello", _) => means_hello(),
        ("welcome", _) => means_welcome(),
        ("join", _) => means_join(),
        ("joined", _) => means_joined(),
        ("leave", _) => means_leave(),
        ("post", _) => means_post(),
        ("entry", _) => means_entry(),
        ("duplicate", _) => means_duplicate(),
        ("present", _) => means_present(),
        ("presence", _) => means_presence(),
        ("typing", Some(Direction::Sent)) => means_typing_sent(),
        ("typing", _) => means_typing(),
        ("history", _) => means_history(),
        ("search", _) => means_search(),
        ("found", _) => means_found(),
        ("rename", _) => means_rename(),
        ("ping", _) => means_ping(),
        ("pong", _) => means_pong(),
        ("notice", _) => means_notice(),
        ("error", _) => means_error(),
        _ => means_unknown(),
    }
}
