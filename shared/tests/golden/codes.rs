//! Every code and every request that a refusal may name.

use parlor_shared::{ErrorCode, Request};

/// Every code. The match fails to compile when one is added: then add it here, too.
pub(crate) fn error_codes() -> Vec<ErrorCode> {
    use ErrorCode as E;
    let next = |code: E| match code {
        E::Malformed => Some(E::Unsupported),
        E::Unsupported => Some(E::HelloExpected),
        E::HelloExpected => Some(E::HelloRepeated),
        E::HelloRepeated => Some(E::ProtocolVersion),
        E::ProtocolVersion => Some(E::TokenInvalid),
        E::TokenInvalid => Some(E::NameInvalid),
        E::NameInvalid => Some(E::RoomInvalid),
        E::RoomInvalid => Some(E::IdInvalid),
        E::IdInvalid => Some(E::TextEmpty),
        E::TextEmpty => Some(E::TextTooLong),
        E::TextTooLong => Some(E::EmojiInvalid),
        E::EmojiInvalid => Some(E::SearchInvalid),
        E::SearchInvalid => Some(E::NotJoined),
        E::NotJoined => Some(E::TooManyRooms),
        E::TooManyRooms => Some(E::TargetUnknown),
        E::TargetUnknown => Some(E::NotAuthor),
        E::NotAuthor => Some(E::TopicInvalid),
        E::TopicInvalid => Some(E::TooManyPins),
        E::TooManyPins => Some(E::PasswordRequired),
        E::PasswordRequired => Some(E::PasswordWrong),
        E::PasswordWrong => Some(E::AccessRequired),
        E::AccessRequired => Some(E::LoginRequired),
        E::LoginRequired => Some(E::AccessInvalid),
        E::AccessInvalid => Some(E::AccessExpired),
        E::AccessExpired => Some(E::AccessNotYet),
        E::AccessNotYet => Some(E::AccessRevoked),
        E::AccessRevoked => Some(E::InvitationUnknown),
        E::InvitationUnknown => Some(E::InvitationExpired),
        E::InvitationExpired => Some(E::InvitationUsedUp),
        E::InvitationUsedUp => Some(E::RateLimited),
        E::RateLimited => Some(E::Busy),
        E::Busy => Some(E::LogUnavailable),
        E::LogUnavailable => Some(E::OutOfOrder),
        E::OutOfOrder => Some(E::Muted),
        E::Muted => Some(E::SlowMode),
        E::SlowMode => Some(E::NotAllowed),
        E::NotAllowed => Some(E::TooManyMutes),
        E::TooManyMutes => Some(E::OutOfRange),
        E::OutOfRange => Some(E::Banned),
        E::Banned => Some(E::Unknown),
        E::Unknown => None,
    };
    std::iter::successors(Some(E::Malformed), |code| next(*code)).collect()
}

/// Every type in a refusal. The match fails to compile when one is added: then add it here, too.
pub(crate) fn requests() -> Vec<Request> {
    use Request as R;
    let next = |request: R| match request {
        R::Hello => Some(R::Join),
        R::Join => Some(R::Leave),
        R::Leave => Some(R::Post),
        R::Post => Some(R::History),
        R::History => Some(R::Slice),
        R::Slice => Some(R::Search),
        R::Search => Some(R::Rooms),
        R::Rooms => Some(R::Typing),
        R::Typing => Some(R::Seen),
        R::Seen => Some(R::Rename),
        R::Rename => Some(R::Renew),
        R::Renew => Some(R::Moderate),
        R::Moderate => Some(R::Ping),
        R::Ping => Some(R::Unknown),
        R::Unknown => None,
    };
    std::iter::successors(Some(R::Hello), |request| next(*request)).collect()
}
