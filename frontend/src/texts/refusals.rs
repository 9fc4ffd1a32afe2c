//! What the server says on its own. It speaks English; another language has a sentence of its own
//! for each code of a refusal, since a code never changes its meaning, and for each notice.

use parlor_shared::{ErrorCode, Refusal};

use crate::texts::language::{keyed, translated};

/// Why the server refused something.
#[must_use]
pub fn refusal(refusal: Refusal) -> String {
    match keyed(refusal_key(refusal.code)) {
        Some(sentence) => sentence.to_owned(),
        None => refusal.message,
    }
}

/// A notice of the server.
#[must_use]
pub fn notice(text: &str) -> String {
    translated(text).to_owned()
}

/// The key of the sentence for this code.
#[must_use]
pub fn refusal_key(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "refusal.malformed",
        ErrorCode::Unsupported => "refusal.unsupported",
        ErrorCode::HelloExpected => "refusal.hello_expected",
        ErrorCode::HelloRepeated => "refusal.hello_repeated",
        ErrorCode::ProtocolVersion => "refusal.protocol_version",
        ErrorCode::TokenInvalid => "refusal.token_invalid",
        ErrorCode::NameInvalid => "refusal.name_invalid",
        ErrorCode::RoomInvalid => "refusal.room_invalid",
        ErrorCode::IdInvalid => "refusal.id_invalid",
        ErrorCode::TextEmpty => "refusal.text_empty",
        ErrorCode::TextTooLong => "refusal.text_too_long",
        ErrorCode::EmojiInvalid => "refusal.emoji_invalid",
        ErrorCode::SearchInvalid => "refusal.search_invalid",
        ErrorCode::NotJoined => "refusal.not_joined",
        ErrorCode::TooManyRooms => "refusal.too_many_rooms",
        ErrorCode::TargetUnknown => "refusal.target_unknown",
        ErrorCode::NotAuthor => "refusal.not_author",
        ErrorCode::RateLimited => "refusal.rate_limited",
        ErrorCode::Busy => "refusal.busy",
        ErrorCode::LogUnavailable => "refusal.log_unavailable",
        ErrorCode::OutOfOrder => "refusal.out_of_order",
        // What a newer server means by it, only its own sentence says.
        ErrorCode::Unknown => "refusal.unknown",
    }
}
