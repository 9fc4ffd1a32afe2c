//! What the inspector says.

use parlor_shared::close::{AfterClose, CloseCode, after_close};

use crate::{
    model::{
        connection::ConnectionEnd,
        inspector::frames::{Direction, Frame},
    },
    texts::language::{find, texts, translated},
};

texts! {
    /// The inspector, and the button that opens it.
    inspector = "Inspector";
    /// What the inspector is for.
    inspector_hint = "Inspector: see the WebSocket traffic";
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
    frames = "Frames, oldest first";
    /// A frame to the server.
    sent = "sent";
    /// A frame from the server.
    received = "received";
    /// A ping to the server and the pong from it.
    sent_and_received = "sent and received";
    /// A step of the connection itself, which is not a frame.
    connection_step = "connection";
    /// One end of the ladder of frames: the user.
    ladder_you = "You";
    /// The other end.
    ladder_server = "Server";
    /// The edge of the inspector, which changes its size.
    resize = "Size of the inspector";
    /// The field for a frame written by hand.
    custom_frame = "Frame to send";
    /// Sends that frame.
    send_frame = "Send frame";
    /// The choice of frames to begin with.
    examples = "Examples";
    /// An example: what is no JSON.
    example_not_json = "not JSON";
    /// An example: a type that does not exist.
    example_unknown = "unknown type";
    /// An example: a room that cannot exist.
    example_bad_room = "invalid room";
    /// Below the field, before anything was sent.
    by_hand_hint = "↑ recalls what you sent before.";
    /// While the connection is down.
    by_hand_offline = "You're not connected, so nothing can be sent.";
    /// The frame was sent and is not answered.
    by_hand_sent = "Sent. Nothing has come back for it.";
    /// The frame was answered.
    by_hand_answered(kind: Text) = "The server answered with {kind}.";
    /// The frame was refused.
    by_hand_refused(reason: Text) = "Refused: {reason}";

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
    /// The group of facts about the log.
    log = "Log";
    /// The group of facts about the traffic.
    traffic_facts = "Traffic";
    /// The traffic of the last second.
    in_last_second(traffic: Text) = "{traffic} a second";
    /// Which history the positions belong to.
    epoch_fact = "Epoch";
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
    /// The wait before the next attempt to connect.
    waits_for(ms: Count) = "{ms} ms until the next attempt";
    /// How many pings there were, and how long the last one took.
    pings_took(pings: Text, ms: Count) = "{pings}, {ms} ms";
    /// How many pings there were.
    ping_count(count: Count) = ["{count} ping", "{count} pings"];
    /// What an entry is that acks a post.
    acked_after(ms: Count) = "Your post is on the log, after {ms} ms: this is the acknowledgement.";
    /// What a client does after a close with a code.
    then_reconnect(end: Text) = "{end} → reconnect";
    /// What a client does after a close with a code.
    then_stop(end: Text) = "{end} → stop";
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
    means_closed = "The connection is closed. The code says why, and whether to reconnect.";
    /// What the frame means.
    means_waiting = "A wait with a random part, longer after each failure, so that not all clients come back at once.";
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
    means_seen_sent = "How far you have read. Kept for your other devices.";
    /// What the frame means.
    means_typing_sent = "You are typing.";
    /// What the frame means.
    means_typing = "Somebody is typing.";
    /// What the frame means.
    means_history = "Earlier messages.";
    /// What the frame means.
    means_slice = "Messages at a place in the log, however far back.";
    /// What the frame means.
    means_rooms = "The rooms of this server, those with the newest messages first.";
    /// What the frame means.
    means_state = "The room's name, topic and pinned messages.";
    /// What the frame means.
    means_seen = "How far you have read, on all your devices.";
    /// What the frame means.
    means_right = "What you may do in the room.";
    /// What the frame means.
    means_admitted = "How long you may stay, and what lets you in next time.";
    /// What the frame means.
    means_renew = "A new access token, before the old one expires.";
    /// What the frame means.
    means_search = "Search the room for these words.";
    /// What the frame means.
    means_found = "The messages that contain these words.";
    /// What the frame means.
    means_moderate = "A report, a ban, or the erasing of your own messages.";
    /// What the frame means.
    means_moderated = "The answer to that.";
    /// What the frame means.
    means_open_reports = "How many open reports the room has. Only its moderators are told.";
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
    let end = closed_with(&code.to_string(), reason);
    match after_close(Some(code)) {
        AfterClose::Reconnect => then_reconnect(&end),
        AfterClose::Stop => then_stop(&end),
    }
}

/// What a frame means, for somebody who sees the protocol for the first time.
#[must_use]
pub fn frame_meaning(frame: &Frame) -> &'static str {
    if frame.kind == "typing" && frame.direction == Some(Direction::Sent) {
        return means_typing_sent();
    }
    if frame.kind == "seen" && frame.direction == Some(Direction::Sent) {
        return means_seen_sent();
    }
    find(TABLE, "means_", &frame.kind).unwrap_or_else(means_unknown)
}

/// What stands beside a frame in the ladder: what it means, or of a step of the connection and of
/// pings what happened.
#[must_use]
pub fn rung_meaning(frame: &Frame) -> String {
    let is_entry = frame.kind == "entry" || frame.kind == "duplicate";
    match (frame.pings, frame.direction, frame.answers) {
        (Some(pings), _, _) => {
            let count = ping_count(pings.count);
            match pings.round_trip_ms {
                Some(ms) => pings_took(&count, ms),
                None => count,
            }
        }
        (None, None, _) => frame.text.clone(),
        (None, Some(_), Some(answers)) if is_entry => acked_after(answers.after_ms),
        (None, Some(_), _) => frame_meaning(frame).to_owned(),
    }
}

/// An example of a frame, by its name.
#[must_use]
pub fn template(name: &'static str) -> &'static str {
    match name {
        "?" => example_not_json(),
        "dance" => example_unknown(),
        "join" => example_bad_room(),
        kind => kind,
    }
}
