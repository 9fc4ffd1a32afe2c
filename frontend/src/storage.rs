//! What is kept from visit to visit, in the browser's local storage. Where there is none, nothing is kept.

use parlor_session::OutboxPost;
use parlor_shared::{MessageId, Name, RoomId, Token, codec};
use web_sys::Storage;

const NAME: &str = "parlor.name";
const TOKEN: &str = "parlor.token";
/// One key a post, so that two tabs do not overwrite each other's.
const POST: &str = "parlor.outbox.";
/// One key a room.
const DRAFT: &str = "parlor.draft.";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn set(key: &str, value: &str) {
    // A full or forbidden storage costs the memory of this visit, not the visit.
    if let Some(storage) = storage() {
        storage.set_item(key, value).unwrap_or_default();
    }
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).unwrap_or_default();
    }
}

pub(crate) fn name() -> Option<Name> {
    Name::parse(get(NAME)?).ok()
}

pub(crate) fn token() -> Option<Token> {
    Token::parse(get(TOKEN)?).ok()
}

/// The posts an earlier visit left, oldest first: their ids begin with the time.
pub(crate) fn posts() -> Vec<OutboxPost> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|n| storage.key(n).ok().flatten());
    let mut keys: Vec<String> = keys.filter(|key| key.starts_with(POST)).collect();
    keys.sort();
    keys.iter()
        .filter_map(|key| codec::from_json(&get(key)?).ok())
        .collect()
}

pub(crate) fn draft(room: &RoomId) -> String {
    get(&format!("{DRAFT}{room}")).unwrap_or_default()
}

pub(crate) fn keep_draft(room: &RoomId, draft: &str) {
    let key = format!("{DRAFT}{room}");
    if draft.is_empty() {
        remove(&key);
    } else {
        set(&key, draft);
    }
}

pub(crate) fn keep_name(name: &Name) {
    set(NAME, name.as_str());
}

pub(crate) fn keep_token(token: &Token) {
    set(TOKEN, token.as_str());
}

pub(crate) fn keep_post(post: &OutboxPost) {
    set(&format!("{POST}{}", post.id), &codec::to_json(post));
}

pub(crate) fn forget_post(id: MessageId) {
    remove(&format!("{POST}{id}"));
}
