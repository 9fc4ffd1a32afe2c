//! What is kept from visit to visit, in the browser's local storage. Where there is none, nothing is kept.

use litemap::LiteMap;
use parlor_frontend::model::{KnownRoom, room::Draft};
use parlor_shared::{MemberId, Name, RoomId, Seq, Token};
use web_sys::Storage;

pub(crate) const NAME: &str = "parlor.name";
const MEMBER: &str = "parlor.member";
const TOKEN: &str = "parlor.token";
/// The rooms one is in, side by side.
const ROOMS: &str = "parlor.rooms";
/// One key a room.
const DRAFT: &str = "parlor.draft.";
const REPLY: &str = "parlor.reply.";
const SEEN: &str = "parlor.seen.";
const RECENT: &str = "parlor.recent.";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

pub(crate) fn set(key: &str, value: &str) {
    // A full or forbidden storage costs the memory of this visit, not the visit.
    if let Some(storage) = storage() {
        storage.set_item(key, value).unwrap_or_default();
    }
}

pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).unwrap_or_default();
    }
}

/// The keys that begin so, in order.
pub(crate) fn keys_with(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|n| storage.key(n).ok().flatten());
    let mut sorted: LiteMap<String, ()> = LiteMap::new();
    for key in keys.filter(|key| key.starts_with(prefix)) {
        sorted.insert(key, ());
    }
    sorted.keys().cloned().collect()
}

pub(crate) fn name() -> Option<Name> {
    Name::parse(get(NAME)?).ok()
}

pub(crate) fn member() -> Option<MemberId> {
    get(MEMBER)?.parse().ok()
}

pub(crate) fn token() -> Option<Token> {
    Token::parse(get(TOKEN)?).ok()
}

pub(crate) fn rooms() -> Vec<RoomId> {
    let rooms = get(ROOMS).unwrap_or_default();
    rooms
        .split(' ')
        .filter_map(|room| RoomId::parse(room).ok())
        .collect()
}

pub(crate) fn known_room(room: RoomId) -> KnownRoom {
    let seen = get(&format!("{SEEN}{room}")).and_then(|seen| seen.parse().ok());
    KnownRoom {
        seen: seen.map(Seq),
        draft: Draft {
            text: get(&format!("{DRAFT}{room}")).unwrap_or_default(),
            reply_to: get(&format!("{REPLY}{room}")).and_then(|id| id.parse().ok()),
        },
        cached_entries: get(&format!("{RECENT}{room}")).unwrap_or_default(),
        room,
    }
}

pub(crate) fn save_name(name: &Name) {
    set(NAME, name.as_str());
}

pub(crate) fn save_member(member: MemberId, token: &Token) {
    set(MEMBER, &member.to_string());
    set(TOKEN, token.as_str());
}

pub(crate) fn save_rooms(rooms: &[RoomId]) {
    let rooms: Vec<&str> = rooms.iter().map(RoomId::as_str).collect();
    set(ROOMS, &rooms.join(" "));
}

pub(crate) fn save_draft(room: &RoomId, draft: &Draft) {
    let reply_to = draft.reply_to.map(|id| id.to_string());
    keep_or_remove(&format!("{DRAFT}{room}"), &draft.text);
    keep_or_remove(&format!("{REPLY}{room}"), &reply_to.unwrap_or_default());
}

fn keep_or_remove(key: &str, value: &str) {
    if value.is_empty() {
        remove(key);
    } else {
        set(key, value);
    }
}

pub(crate) fn save_entries(room: &RoomId, recent: &str) {
    keep_or_remove(&format!("{RECENT}{room}"), recent);
}

pub(crate) fn save_seen(room: &RoomId, seen: Seq) {
    set(&format!("{SEEN}{room}"), &seen.to_string());
}

pub(crate) fn forget_room(room: &RoomId) {
    remove(&format!("{DRAFT}{room}"));
    remove(&format!("{REPLY}{room}"));
    remove(&format!("{SEEN}{room}"));
    remove(&format!("{RECENT}{room}"));
}
