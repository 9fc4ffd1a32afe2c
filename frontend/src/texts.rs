//! All that the page says to a person, to be read or to be heard: a translation is another file like this one.
//!
//! Words that stand alone are constants; those with a number or a name in them are functions, so that another language
//! has a place for its own order and plurals. Numbers come to them as the browser writes them (see [`Number`]).
//!
//! What is said elsewhere, and why:
//! - Before this page is loaded: title, description, `noscript`, "Opening the room…" and the language in `index.html`,
//!   name and description in `manifest.webmanifest`.
//! - What emoji are called, and their groups: `emoji.rs`, a table that is searched too.
//! - Days, times and numbers: the browser's, in the reader's language (`view/locale.rs`).
//! - Frames and their types in the wire drawer: the protocol's, in any language.
//! - What the server refuses or announces comes in its own words. A refusal has a `code` too, which never changes its
//!   meaning: a translation that wants words of its own for them matches over it where `hear.rs` takes the message.
//! - Why an address is no room's: `parlor_shared::RoomInvalid`, before there is a page.

use parlor_shared::close::CloseCode;

use crate::model::inspector::{ConnectionEnd, Direction, Frame};

use crate::model::room::UNREAD_MAX;

/// How a number is written in the reader's language, which a browser knows and this page does not.
pub type Number = fn(usize) -> String;

// ---- the page ----

/// The window's title: how much is unread, where there is any, and the room.
#[must_use]
pub fn title(unread: usize, room: &str, number: Number) -> String {
    match unread {
        0 => format!("{room} · Parlor"),
        _ => format!("({}) {room} · Parlor", self::unread(unread, number)),
    }
}
/// How much is unread.
#[must_use]
pub fn unread(count: usize, number: Number) -> String {
    match count {
        0..=UNREAD_MAX => number(count),
        _ => format!("{}+", number(UNREAD_MAX)),
    }
}
/// How many people are in the room: on the button that opens the panel of a narrow screen.
#[must_use]
pub fn people_online(people: usize, number: Number) -> String {
    format!("{} here", number(people))
}
/// Of an address that is no room's.
pub const ROOM_ADDRESS_INVALID: &str = "There is no such room";
/// The way from there.
pub const GO_TO_LOBBY: &str = "Go to the lobby";
/// Takes a notice away.
pub const DISMISS: &str = "Dismiss";
/// Closes what is open.
pub const CLOSE: &str = "Close";
/// One is writing.
#[must_use]
pub fn is_typing(name: &str) -> String {
    format!("{name} is writing…")
}
/// Two are writing.
#[must_use]
pub fn are_typing(one: &str, two: &str) -> String {
    format!("{one} and {two} are writing…")
}
/// More than two are writing.
pub const SEVERAL_TYPING: &str = "Several people are writing…";

// ---- the line ----

/// The line is open.
pub const CONNECTED: &str = "Connected";
/// It is being opened.
pub const CONNECTING: &str = "Connecting…";
/// It was lost, and is opened again.
pub const RECONNECTING: &str = "Reconnecting";
/// The same, in so many seconds.
#[must_use]
pub fn reconnecting_in(seconds: u64) -> String {
    format!("Reconnecting in {seconds} s")
}
/// The person has stopped it.
pub const DISCONNECTED: &str = "Stopped";
/// The server has closed it for good.
#[must_use]
pub fn closed_by_server(code: u16) -> String {
    format!("Closed by the server ({code})")
}
/// Opens the line without waiting any longer.
pub const RETRY_NOW: &str = "Connect now";
/// Opens the line.
pub const RECONNECT: &str = "Start";
/// Closes the line.
pub const DISCONNECT: &str = "Stop";

// ---- the messages ----

/// The list.
pub const MESSAGES: &str = "Messages";
/// Brings in what came before.
pub const EARLIER_MESSAGES: &str = "Earlier messages";
/// In an empty room.
pub const NO_MESSAGES: &str =
    "Nobody has said anything yet. Open this address in a second window and say hello.";
/// In a room of which nothing was read yet.
pub const NOT_LOADED: &str = "What was said here comes with the line.";
/// The way to the end of the list, with how much came meanwhile.
#[must_use]
pub fn jump_to_latest(new: usize, number: Number) -> String {
    match new {
        0 => "Jump to latest".to_owned(),
        1 => "1 new message".to_owned(),
        _ => format!("{} new messages", number(new)),
    }
}
/// Above the first message that is new to the person.
pub const NEW: &str = "New";
/// In place of what a deleted message said.
pub const DELETED: &str = "This message was deleted.";
/// Under a message that was edited.
pub const EDITED: &str = "edited";
/// Under one's message that is on its way.
pub const SENDING: &str = "sending…";
/// Under one's message while there is no line.
pub const WAITING_TO_SEND: &str = "sent when the line is back";
/// What waits: an edit, with the beginning of what is to be said.
#[must_use]
pub fn your_edit(excerpt: &str) -> String {
    format!("Your edit to “{excerpt}”")
}
/// What waits: a deletion.
pub const YOUR_DELETION: &str = "Your deletion";
/// What waits: a reaction.
#[must_use]
pub fn your_reaction(emoji: &str) -> String {
    format!("Your {emoji}")
}
/// What waits: taking a reaction back.
#[must_use]
pub fn taking_back(emoji: &str) -> String {
    format!("Taking back your {emoji}")
}
/// Of what waits, while there is no line.
#[must_use]
pub fn is_sent_later(what: &str) -> String {
    format!("{what} is sent when the line is back")
}
/// Of what waited.
#[must_use]
pub fn was_refused(what: &str, why: &str) -> String {
    format!("{what} was refused: {why}.")
}
/// Sends what was refused again.
pub const TRY_AGAIN: &str = "Try again";
/// Gives up what was refused.
pub const DISCARD: &str = "Remove";

// ---- what one can do about a message ----

/// The buttons together.
pub const MESSAGE_ACTIONS: &str = "This message";
/// Reacts with this.
#[must_use]
pub fn react_with(emoji: &str) -> String {
    format!("React with {emoji}")
}
/// Opens the picker for a reaction.
pub const ADD_REACTION: &str = "React with another emoji";
/// Answers it.
pub const REPLY: &str = "Reply";
/// Says it otherwise.
pub const EDIT: &str = "Edit";
/// Takes it back.
pub const DELETE: &str = "Delete";
/// The same button, once it was pressed.
pub const DELETE_CONFIRM: &str = "Delete it?";

// ---- answers ----

/// Above an answer, before the name of who is answered; for those who do not see how it looks.
pub const REPLY_TO: &str = "In answer to ";
/// The way from an answer to what it answers.
pub const GO_TO_ORIGINAL: &str = "Go to what this answers";
/// In place of what is answered: it was deleted.
pub const QUOTE_DELETED: &str = "A message that was deleted";
/// In place of what is answered: it was not read yet.
pub const QUOTE_EARLIER: &str = "An earlier message";
/// In place of what is answered: the room has forgotten it.
pub const QUOTE_GONE: &str = "A message that is no longer here";

// ---- where one writes ----

/// The field.
pub const MESSAGE: &str = "Message";
/// In the empty field.
pub const WRITE: &str = "Write a message";
/// Sends a message.
pub const SEND: &str = "Send";
/// Sends an edit.
pub const SAVE: &str = "Save";
/// Gives up what one's words are about.
pub const CANCEL: &str = "Cancel";
/// How many characters there are, of how many there may be.
#[must_use]
pub fn text_length(chars: usize, most: usize, number: Number) -> String {
    format!("{} of {}", number(chars), number(most))
}
/// Above the field, while one edits.
pub const EDITING: &str = "Editing a message";
/// Above the field, while one answers somebody.
#[must_use]
pub fn replying_to(whom: &str) -> String {
    format!("Replying to {whom}")
}
/// Who or what is answered, where it was deleted.
pub const A_DELETED_MESSAGE: &str = "a deleted message";
/// Who or what is answered, where it is not here.
pub const AN_EARLIER_MESSAGE: &str = "an earlier message";

// ---- the picker ----

/// The picker, and what opens it.
pub const EMOJI: &str = "Emoji";
/// The field for a name.
pub const SEARCH_EMOJI: &str = "Emoji called";
/// Nothing has that name.
pub const NO_EMOJI_FOUND: &str = "None is called so";
/// What it is chosen for: what one writes.
pub const FOR_YOUR_MESSAGE: &str = "For your message";
/// What it is chosen for: a message that can't be shown.
pub const REACT: &str = "React";
/// What it is chosen for: somebody's message.
#[must_use]
pub fn react_to(name: &str, excerpt: &str) -> String {
    format!("React to {name}: {excerpt}")
}

// ---- the search ----

/// What opens it, in a word.
pub const SEARCH: &str = "Search";
/// The search.
pub const SEARCH_ROOM: &str = "Search this room";
/// What opens it, with the key that does too.
pub const SEARCH_ROOM_KEY: &str = "Search this room (/)";
/// The field.
pub const SEARCH_FOR: &str = "Search for";
/// Under the empty field.
pub const SEARCH_HINT: &str = "Words, or the beginning of the last one";
/// Until the answer is there.
pub const SEARCHING: &str = "Searching…";
/// The answer is that there is none.
pub const NO_MATCHES: &str = "Nothing was found";
/// When a message was posted.
#[must_use]
pub fn day_and_time(day: &str, time: &str) -> String {
    format!("{day}, {time}")
}

// ---- the panel ----

/// The panel.
pub const ROOMS_AND_PEOPLE: &str = "Rooms and people";
/// The rooms one is in.
pub const ROOMS: &str = "Rooms";
/// Leaves a room.
#[must_use]
pub fn leave(room: &str) -> String {
    format!("Leave {room}")
}
/// What the time beside a room says.
pub const LAST_MESSAGE: &str = "Since the last message";
/// After the number of unread messages, for those who do not see how it looks.
pub const UNREAD: &str = " unread";
/// The field for a room's name.
pub const FIND_ROOM: &str = "Go to a room";
/// In the empty field.
pub const ROOM_NAME: &str = "its-name";
/// Goes there.
pub const OPEN_ROOM: &str = "Go";
/// The people in the room.
pub const PEOPLE: &str = "People";
/// Before how many they are.
pub const PEOPLE_HERE: &str = "Here now ";
/// Of oneself.
pub const YOU: &str = "you";
/// Of somebody who was heard of a moment ago.
pub const ACTIVE_NOW: &str = "active now";
/// Of somebody who was not heard of for so long.
#[must_use]
pub fn active_ago(since: &str) -> String {
    format!("{since} ago")
}
/// Less than a minute.
pub const JUST_NOW: &str = "now";
/// So many minutes, shortly.
#[must_use]
pub fn minutes(count: u64) -> String {
    format!("{count} min")
}
/// So many hours, shortly.
#[must_use]
pub fn hours(count: u64) -> String {
    format!("{count} h")
}
/// So many days, shortly.
#[must_use]
pub fn days(count: u64) -> String {
    format!("{count} d")
}
/// Opens the settings.
pub const SETTINGS: &str = "Settings";
/// Opens the sheet of shortcuts.
pub const SHORTCUTS: &str = "Keyboard shortcuts";
/// The same, with the key that does too.
pub const SHORTCUTS_KEY: &str = "Keyboard shortcuts (?)";

// ---- why something was not done ----

/// Not a message.
pub const TEXT_INVALID: &str = "a message needs some text, and no more than fits";
/// Not a name.
pub const NAME_INVALID: &str =
    "a name has 1 to 64 bytes, no control characters and no white space around it";
/// Not a room's name.
pub const ROOM_INVALID: &str = "a room is 1 to 64 of a-z, 0-9 and '-', and does not start with '-'";
/// A message that was looked for.
pub const MESSAGE_NOT_LOADED: &str = "that message can't be read now, or is too far back";
/// No more messages can wait for the line.
pub const OUTBOX_FULL: &str =
    "too many messages are waiting to be sent; wait until the line is back";
/// A room that can't be left.
#[must_use]
pub fn has_unsent(room: &str) -> String {
    format!("{room} has messages that are not sent yet")
}
/// The browser's refusal.
pub const NOTIFICATIONS_BLOCKED: &str = "The browser does not let this page notify you.";

// ---- notifications ----

/// Who has said something, and where.
#[must_use]
pub fn notification_title(name: &str, room: &str) -> String {
    format!("{name} in {room}")
}

// ---- names for visitors ----

/// Of these a new visitor's name is made, one of each: what they are like.
pub const VISITOR_ADJECTIVES: [&str; 16] = [
    "Quiet", "Bright", "Gentle", "Swift", "Amber", "Clever", "Mellow", "Silver", "Brave", "Sunny",
    "Curious", "Lucky", "Merry", "Noble", "Velvet", "Wise",
];
/// And what they are.
pub const VISITOR_NOUNS: [&str; 16] = [
    "Heron", "Otter", "Finch", "Maple", "Fox", "Wren", "Badger", "Willow", "Lynx", "Robin",
    "Cedar", "Hare", "Falcon", "Juniper", "Owl", "Birch",
];

// ---- the wire ----

/// The button that opens the drawer.
pub const INSPECTOR: &str = "Inspector";
/// What it is for.
pub const INSPECTOR_HINT: &str = "See the WebSocket work";
/// The field for what a frame must contain to be shown.
pub const FILTER: &str = "Filter";
/// The same, for those who do not see where it stands.
pub const FILTER_FRAMES: &str = "Show frames with";
/// Has frames counted only.
pub const PAUSE: &str = "Pause";
/// Has frames shown again.
pub const RESUME: &str = "Go on";
/// Forgets the frames.
pub const CLEAR: &str = "Clear";
/// Breaks the line.
pub const DROP_CONNECTION: &str = "Cut the line";
/// What that does.
pub const DROP_CONNECTION_HINT: &str = "Drop the connection and go on as if the network was lost";
/// The list of frames.
pub const FRAMES: &str = "Frames, newest first";
/// Of a frame to the server.
pub const SENT: &str = "sent";
/// Of a frame from the server.
pub const RECEIVED: &str = "received";
/// Of what is no frame.
pub const CONNECTION_STEP: &str = "line";
/// The field for a frame of one's own.
pub const CUSTOM_FRAME: &str = "A frame written by hand";
/// Sends it.
pub const SEND_FRAME: &str = "Send frame";
/// How large a frame is.
#[must_use]
pub fn bytes(count: usize, number: Number) -> String {
    format!("{} bytes", number(count))
}

/// Before the state of the connection.
pub const CONNECTION: &str = "Connection";
/// Before where it leads.
pub const ADDRESS: &str = "Address";
/// Before how long its beginning took.
pub const HANDSHAKE: &str = "Handshake";
/// Before what answers.
pub const SERVER: &str = "Server";
/// Before how the last one ended.
pub const LAST_CLOSE: &str = "ConnectionEnd last";
/// Before where one is in the room's log.
pub const CURSOR: &str = "Cursor";
/// Before how much waits to come back.
pub const OUTBOX: &str = "Outbox";
/// Before all that was sent.
pub const TOTAL_SENT: &str = "Sent";
/// Before all that was received.
pub const TOTAL_RECEIVED: &str = "Received";
/// Before what went in the last second, and in those before.
pub const PER_SECOND: &str = "Each second";
/// Before how long pings take.
pub const ROUND_TRIP: &str = "Round trip";
/// Before how long was waited until another try.
pub const BACKOFF: &str = "Waits before a reconnect";
/// In place of what is not known, or was not yet.
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
/// The connection will be opened again.
#[must_use]
pub fn waiting(attempt: u32) -> String {
    format!("waiting, attempt {attempt}")
}
/// There is no connection, and will be none.
pub const STATE_DISCONNECTED: &str = "stopped";
/// How often it was opened since the drawer was.
#[must_use]
pub fn reconnected(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => " · opened again once".to_owned(),
        _ => format!(" · opened again {times} times"),
    }
}
/// How long the connection's beginning took.
#[must_use]
pub fn handshake(open_ms: u64, welcome_ms: Option<u64>) -> String {
    match welcome_ms {
        Some(welcome_ms) => format!("open {open_ms} ms, welcome {welcome_ms} ms"),
        None => format!("open {open_ms} ms"),
    }
}
/// What answers, and how often it pings.
#[must_use]
pub fn server(version: &str, ping_every_s: u64) -> String {
    format!("{version}, pings every {ping_every_s} s")
}
/// Where the cursor is: behind the head, or there.
#[must_use]
pub fn cursor(at: u64, head: u64) -> String {
    match at < head {
        true => format!("entry {at} of {head}"),
        false => format!("entry {at}, the head"),
    }
}
/// The cursor in a room that was not joined yet.
pub const NOT_JOINED: &str = "nowhere yet";
/// The bar beside it.
pub const CURSOR_PROGRESS: &str = "The cursor against the head";
/// How many posts have not come back yet.
#[must_use]
pub fn unsent(count: usize) -> String {
    format!("{count} on their way")
}
/// What went over the wire.
#[must_use]
pub fn traffic(frames: u64, bytes: u64, number: Number) -> String {
    let [frames, bytes] = [frames, bytes].map(|count| number(count as usize));
    format!("{frames} frames, {bytes} bytes")
}
/// How long something took.
#[must_use]
pub fn milliseconds(ms: u64, number: Number) -> String {
    format!("{} ms", number(ms as usize))
}
/// What a connection begins with.
pub const HANDSHAKE_REQUEST: &str = "GET /ws, Upgrade: websocket";
/// What the server says to that.
#[must_use]
pub fn opened_after(ms: u64) -> String {
    format!("101 Switching Protocols, after {ms} ms")
}
/// How a connection ended.
#[must_use]
pub fn connection_end(how: ConnectionEnd) -> String {
    let code = match how {
        ConnectionEnd::ByPage => return "closed by this page".to_owned(),
        ConnectionEnd::Broken => return "no close frame, the line broke".to_owned(),
        ConnectionEnd::WithCode(code) => code,
    };
    let known = CloseCode::ALL
        .into_iter()
        .find(|known| known.number() == code);
    let why = match (known, code) {
        (Some(known), _) => known.reason(),
        (None, 1001) => "going away",
        // The browser's word for it.
        (None, 1006) => "no close frame, the line broke",
        (None, _) => "no reason known",
    };
    format!("{code}: {why}")
}
/// What a frame means, for whoever looks at one for the first time.
#[must_use]
pub fn frame_meaning(frame: &Frame) -> &'static str {
    match (&*frame.kind, frame.direction) {
        ("connecting", None) => "An HTTP request that asks to become a WebSocket.",
        ("open", None) => "The server agreed: from here on frames go both ways.",
        ("closed", None) => "The connection is over.",
        ("hello", _) => "Who one is: the first frame of every connection.",
        ("welcome", _) => "Who you are here, which log this is, and the limits in force.",
        ("join", _) => "To be in this room, from this place of its log on.",
        ("joined", _) => "Where the tail begins, and whether all that was missed will come.",
        ("leave", _) => "To be in this room no more.",
        ("post", _) => "Something to append: kept here until it comes back as an entry.",
        ("entry", _) => "One entry of the log: it is on disk, at this place, after that one.",
        ("duplicate", _) => "That id was on the log already: this is the original.",
        ("present", _) => "Who is here. All that was missed has come: what follows is live.",
        ("presence", _) => "Who came and who went.",
        ("typing", Some(Direction::Sent)) => "You are writing.",
        ("typing", _) => "Somebody is writing.",
        ("history", _) => "What was said before.",
        ("search", _) => "Which messages have these words?",
        ("found", _) => "The messages that have these words.",
        ("rename", _) => "To go by another name.",
        ("ping", _) => "Are you there?",
        ("pong", _) => "The same number back: the time between is the round trip.",
        ("notice", _) => "The server says something of its own accord.",
        ("error", _) => "Something was refused, and why.",
        _ => "No message of this protocol.",
    }
}

// ---- what stands in index.html ----

/// The words of the dialogs, by the `data-text` of the elements in `index.html` that they go into.
pub const DIALOG_TEXTS: [(&str, &str); 24] = [
    ("settings", SETTINGS),
    ("name", "Your name"),
    ("colours", "Colours"),
    ("system", "As the system has them"),
    ("light", "Light"),
    ("dark", "Dark"),
    ("unseen", "While this page is out of sight, a new message"),
    ("notify", "shows a notification"),
    ("sound", "sounds a short tone"),
    ("done", "Done"),
    ("shortcuts", SHORTCUTS),
    ("key-enter", "Enter"),
    ("key-shift", "Shift"),
    ("key-esc", "Esc"),
    ("key-tab", "Tab"),
    ("do-send", SEND),
    ("do-line", "Begin a new line"),
    ("do-edit", "In an empty field, edit your last message"),
    ("do-end", "Give up the edit, close what is open"),
    ("do-next", "Go on to the next thing"),
    ("do-move", "In the list, go from message to message"),
    ("do-search", "Search the room"),
    ("do-help", "Show this"),
    ("close", CLOSE),
];
