//! What is saved from visit to visit, in the browser's local storage. Where a browser has none,
//! refuses access to it, or has no room left in it, saving fails, and the functions below say so.

use parlor_frontend::model::{KnownRoom, reading, room::Draft};
use parlor_shared::{AccessToken, MemberId, Name, Position, RoomId, Token};
use web_sys::Storage;

use crate::browser::env::normalized;

/// The storage key of the user's name.
pub(crate) const NAME: &str = "parlor.name";
/// The storage key of the inspector's size and lesson.
pub(crate) const INSPECTOR: &str = "parlor.inspector";
/// Whom the user ignores.
pub(crate) const IGNORED: &str = "parlor.ignored";
/// How far the deletion of the user's own messages is; empty where none goes on.
pub(crate) const ERASING: &str = "parlor.erasing";
const MEMBER: &str = "parlor.member";
const TOKEN: &str = "parlor.token";
const ACCESS: &str = "parlor.access";
/// The names of the rooms, separated by spaces.
const ROOMS: &str = "parlor.rooms";
// Each of these is followed by a room's name.
const DRAFT: &str = "parlor.draft.";
const REPLY: &str = "parlor.reply.";
const SEEN: &str = "parlor.seen.";
const ENTRIES: &str = "parlor.recent.";
/// Its notifications, name and topic.
pub(crate) const ABOUT: &str = "parlor.about.";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The value of a key.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Sets the value of a key, and returns whether the browser has saved it. Where the storage is
/// full, the cached entries make room: the server has them too.
pub(crate) fn set(key: &str, value: &str) -> bool {
    try_set(key, value) || {
        keys_with(ENTRIES).iter().for_each(|key| remove(key));
        try_set(key, value)
    }
}

fn try_set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Removes a key.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        // It fails only where the storage is forbidden, and then nothing was saved.
        storage.remove_item(key).ok();
    }
}

/// Takes a value out of the storage of this tab, which outlives a reload and is not other tabs'.
pub(crate) fn take_of_tab(key: &str) -> Option<String> {
    let storage = tab_storage()?;
    let value = storage.get_item(key).ok().flatten();
    // It fails only where the storage is forbidden, and then there was no value.
    storage.remove_item(key).ok();
    value
}

/// Puts a value into the storage of this tab.
pub(crate) fn set_of_tab(key: &str, value: &str) {
    if let Some(storage) = tab_storage() {
        // Without it the reloaded page is a new tab, which takes over the posts of the old one.
        storage.set_item(key, value).ok();
    }
}

fn tab_storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
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

/// What was saved that lets the user in.
pub(crate) fn access() -> Option<AccessToken> {
    AccessToken::try_from(get(ACCESS)?).ok()
}

/// Saves what lets the user in, or forgets it.
pub(crate) fn save_access(access: Option<&AccessToken>) {
    match access {
        // Without it the user is asked for the password again.
        Some(access) => {
            set(ACCESS, access.as_str());
        }
        None => remove(ACCESS),
    }
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
    let seen = get(&key(SEEN, &room));
    KnownRoom {
        seen: seen.as_deref().and_then(reading::parse_stored),
        draft: Draft {
            text: get(&key(DRAFT, &room)).unwrap_or_default(),
            reply_to: get(&key(REPLY, &room)).and_then(|id| id.parse().ok()),
        },
        cached_entries: get(&key(ENTRIES, &room)).unwrap_or_default(),
        about: get(&key(ABOUT, &room)).unwrap_or_default(),
        room,
    }
}

/// Saves the user's name.
pub(crate) fn save_name(name: &Name) -> bool {
    set(NAME, name.as_str())
}

/// Saves the user's member id and token.
pub(crate) fn save_member(member: MemberId, token: &Token) -> bool {
    set(MEMBER, &member.to_string()) && set(TOKEN, token.as_str())
}

/// Saves the list of rooms.
pub(crate) fn save_rooms(rooms: &[RoomId]) -> bool {
    let rooms: Vec<&str> = rooms.iter().map(RoomId::as_str).collect();
    set(ROOMS, &rooms.join(" "))
}

/// Saves a room's draft.
pub(crate) fn save_draft(room: &RoomId, draft: &Draft) -> bool {
    let reply_to = draft.reply_to.map(|id| id.to_string());
    set_or_remove(&key(DRAFT, room), &draft.text)
        && set_or_remove(&key(REPLY, room), &reply_to.unwrap_or_default())
}

fn set_or_remove(key: &str, value: &str) -> bool {
    if value.is_empty() {
        remove(key);
        // There is nothing to lose.
        true
    } else {
        set(key, value)
    }
}

/// Saves a room's notifications, name and topic.
pub(crate) fn save_about(room: &RoomId, about: &str) -> bool {
    set_or_remove(&key(ABOUT, room), about)
}

/// Saves a room's newest entries, if there is room for them.
pub(crate) fn save_entries(room: &RoomId, entries: &str) {
    if entries.is_empty() || !try_set(&key(ENTRIES, room), entries) {
        // What was saved before does not continue to the newest entry.
        remove(&key(ENTRIES, room));
    }
}

/// Saves how far the user has read a room.
pub(crate) fn save_seen(room: &RoomId, seen: Position) -> bool {
    set(&key(SEEN, room), &reading::stored(seen))
}

/// The storage key of a room.
fn key(prefix: &str, room: &RoomId) -> String {
    [prefix, room.as_str()].concat()
}

/// Removes everything saved of a room.
pub(crate) fn forget_room(room: &RoomId) {
    for prefix in [DRAFT, REPLY, SEEN, ENTRIES, ABOUT] {
        remove(&key(prefix, room));
    }
}
