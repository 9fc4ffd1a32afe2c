//! What is saved from visit to visit, in the browser's local storage. Where a browser has none,
//! nothing is saved.

use parlor_frontend::model::{KnownRoom, room::Draft};
use parlor_shared::{MemberId, Name, RoomId, Seq, Token};
use web_sys::Storage;

use crate::browser::env::normalized;

/// The storage key of the user's name.
pub(crate) const NAME: &str = "parlor.name";
const MEMBER: &str = "parlor.member";
const TOKEN: &str = "parlor.token";
/// The names of the rooms, separated by spaces.
const ROOMS: &str = "parlor.rooms";
// Each of these is followed by a room's name.
const DRAFT: &str = "parlor.draft.";
const REPLY: &str = "parlor.reply.";
const SEEN: &str = "parlor.seen.";
const ENTRIES: &str = "parlor.recent.";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The value of a key.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Sets the value of a key.
pub(crate) fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Where the storage is full the next visit lacks this; the current one does not.
        storage.set_item(key, value).ok();
    }
}

/// Removes a key.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        // It fails only where the storage is forbidden, and then nothing was saved.
        storage.remove_item(key).ok();
    }
}

/// The keys with this prefix, in order.
pub(crate) fn keys_with(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let all = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    let mut keys: Vec<String> = Vec::new();
    for key in all.filter(|key| key.starts_with(prefix)) {
        // A sorting algorithm would be 1 KB of the page, for a list that is short.
        let place = keys.partition_point(|other| *other < key);
        keys.insert(place, key);
    }
    keys
}

/// The user's name.
pub(crate) fn name() -> Option<Name> {
    Name::parse(normalized(&get(NAME)?)).ok()
}

/// The user's member id.
pub(crate) fn member() -> Option<MemberId> {
    get(MEMBER)?.parse().ok()
}

/// The token that proves it.
pub(crate) fn token() -> Option<Token> {
    Token::parse(get(TOKEN)?).ok()
}

/// The rooms that the page was in.
pub(crate) fn rooms() -> Vec<RoomId> {
    let rooms = get(ROOMS).unwrap_or_default();
    rooms
        .split(' ')
        .filter_map(|room| RoomId::parse(room).ok())
        .collect()
}

/// What is saved of a room.
pub(crate) fn known_room(room: RoomId) -> KnownRoom {
    let seen = get(&key(SEEN, &room)).and_then(|seen| seen.parse().ok());
    KnownRoom {
        seen: seen.map(Seq),
        draft: Draft {
            text: get(&key(DRAFT, &room)).unwrap_or_default(),
            reply_to: get(&key(REPLY, &room)).and_then(|id| id.parse().ok()),
        },
        cached_entries: get(&key(ENTRIES, &room)).unwrap_or_default(),
        room,
    }
}

/// Saves the user's name.
pub(crate) fn save_name(name: &Name) {
    set(NAME, name.as_str());
}

/// Saves the user's member id and token.
pub(crate) fn save_member(member: MemberId, token: &Token) {
    set(MEMBER, &member.to_string());
    set(TOKEN, token.as_str());
}

/// Saves the list of rooms.
pub(crate) fn save_rooms(rooms: &[RoomId]) {
    let rooms: Vec<&str> = rooms.iter().map(RoomId::as_str).collect();
    set(ROOMS, &rooms.join(" "));
}

/// Saves a room's draft.
pub(crate) fn save_draft(room: &RoomId, draft: &Draft) {
    let reply_to = draft.reply_to.map(|id| id.to_string());
    set_or_remove(&key(DRAFT, room), &draft.text);
    set_or_remove(&key(REPLY, room), &reply_to.unwrap_or_default());
}

fn set_or_remove(key: &str, value: &str) {
    if value.is_empty() {
        remove(key);
    } else {
        set(key, value);
    }
}

/// Saves a room's newest entries.
pub(crate) fn save_entries(room: &RoomId, entries: &str) {
    set_or_remove(&key(ENTRIES, room), entries);
}

/// Saves the newest position seen in a room.
pub(crate) fn save_seen(room: &RoomId, seen: Seq) {
    set(&key(SEEN, room), &seen.to_string());
}

/// The storage key of a room.
fn key(prefix: &str, room: &RoomId) -> String {
    [prefix, room.as_str()].concat()
}

/// Removes everything saved of a room.
pub(crate) fn forget_room(room: &RoomId) {
    for prefix in [DRAFT, REPLY, SEEN, ENTRIES] {
        remove(&key(prefix, room));
    }
}
