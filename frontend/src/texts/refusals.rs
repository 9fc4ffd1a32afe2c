//! What the server says on its own. It speaks English; another language has a sentence of its own
//! for each code of a refusal, since a code never changes its meaning, and for each notice.

use parlor_shared::{ErrorCode, Refusal};

use crate::texts::language::{hash, pattern_of, translated};

/// Why the server refused something.
#[must_use]
pub fn refusal(refusal: Refusal) -> String {
    match pattern_of(refusal_key(refusal.code)) {
        Some(sentence) => sentence.to_owned(),
        None => refusal.message,
    }
}

/// A notice of the server.
#[must_use]
pub fn notice(text: &str) -> String {
    translated(text).to_owned()
}

/// The hash of the key of the sentence for this code: `refusal.` and the code.
#[must_use]
pub fn refusal_key(code: ErrorCode) -> u32 {
    match code {
        ErrorCode::Malformed => const { hash("refusal.malformed") },
        ErrorCode::Unsupported => const { hash("refusal.unsupported") },
        ErrorCode::HelloExpected => const { hash("refusal.hello_expected") },
        ErrorCode::HelloRepeated => const { hash("refusal.hello_repeated") },
        ErrorCode::ProtocolVersion => const { hash("refusal.protocol_version") },
        ErrorCode::TokenInvalid => const { hash("refusal.token_invalid") },
        ErrorCode::NameInvalid => const { hash("refusal.name_invalid") },
        ErrorCode::RoomInvalid => const { hash("refusal.room_invalid") },
        ErrorCode::IdInvalid => const { hash("refusal.id_invalid") },
        ErrorCode::TextEmpty => const { hash("refusal.text_empty") },
        ErrorCode::TextTooLong => const { hash("refusal.text_too_long") },
        ErrorCode::EmojiInvalid => const { hash("refusal.emoji_invalid") },
        ErrorCode::SearchInvalid => const { hash("refusal.search_invalid") },
        ErrorCode::NotJoined => const { hash("refusal.not_joined") },
        ErrorCode::TooManyRooms => const { hash("refusal.too_many_rooms") },
        ErrorCode::TargetUnknown => const { hash("refusal.target_unknown") },
        ErrorCode::NotAuthor => const { hash("refusal.not_author") },
        ErrorCode::TopicInvalid => const { hash("refusal.topic_invalid") },
        ErrorCode::TooManyPins => const { hash("refusal.too_many_pins") },
        ErrorCode::PasswordRequired => const { hash("refusal.password_required") },
        ErrorCode::PasswordWrong => const { hash("refusal.password_wrong") },
        ErrorCode::AccessRequired => const { hash("refusal.access_required") },
        ErrorCode::LoginRequired => const { hash("refusal.login_required") },
        ErrorCode::AccessInvalid => const { hash("refusal.access_invalid") },
        ErrorCode::AccessExpired => const { hash("refusal.access_expired") },
        ErrorCode::AccessNotYet => const { hash("refusal.access_not_yet") },
        ErrorCode::AccessRevoked => const { hash("refusal.access_revoked") },
        ErrorCode::InvitationUnknown => const { hash("refusal.invitation_unknown") },
        ErrorCode::InvitationExpired => const { hash("refusal.invitation_expired") },
        ErrorCode::InvitationUsedUp => const { hash("refusal.invitation_used_up") },
        ErrorCode::RateLimited => const { hash("refusal.rate_limited") },
        ErrorCode::Busy => const { hash("refusal.busy") },
        ErrorCode::LogUnavailable => const { hash("refusal.log_unavailable") },
        ErrorCode::OutOfOrder => const { hash("refusal.out_of_order") },
        ErrorCode::Muted => const { hash("refusal.muted") },
        ErrorCode::SlowMode => const { hash("refusal.slow_mode") },
        ErrorCode::NotAllowed => const { hash("refusal.not_allowed") },
        ErrorCode::TooManyMutes => const { hash("refusal.too_many_mutes") },
        ErrorCode::OutOfRange => const { hash("refusal.out_of_range") },
        ErrorCode::Banned => const { hash("refusal.banned") },
        // What a newer server means by it, only its own sentence says.
        ErrorCode::Unknown => const { hash("refusal.unknown") },
    }
}
