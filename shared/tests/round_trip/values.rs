//! Any value that a message holds.

use parlor_shared::{
    Access, AccessSecret, AccessToken, Body, Emoji, Entry, Epoch, ErrorCode, Member, MemberId,
    MessageId, Name, Place, Refusal, RoomId, RoomKind, Seq, Text, Token, Topic,
};
use proptest::{collection::vec, option, prelude::*};

pub(crate) fn room() -> impl Strategy<Value = RoomId> {
    "[a-z0-9][a-z0-9-]{0,63}".prop_map(|room| RoomId::parse(&room).unwrap())
}

pub(crate) fn id() -> impl Strategy<Value = MessageId> {
    (0..1_u64 << 48, any::<[u8; 10]>()).prop_map(|(ms, random)| MessageId::new(ms, random))
}

pub(crate) fn member() -> impl Strategy<Value = MemberId> {
    any::<[u8; 16]>().prop_map(MemberId::from_bytes)
}

pub(crate) fn epoch() -> impl Strategy<Value = Epoch> {
    any::<[u8; 16]>().prop_map(Epoch::from_bytes)
}

pub(crate) fn seq() -> impl Strategy<Value = Seq> {
    any::<u64>().prop_map(Seq)
}

pub(crate) fn name() -> impl Strategy<Value = Name> {
    any::<String>().prop_filter_map("a name", |name| Name::try_from(name).ok())
}

pub(crate) fn topic() -> impl Strategy<Value = Topic> {
    any::<String>().prop_filter_map("a topic", |topic| Topic::try_from(topic).ok())
}

pub(crate) fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_filter_map("a text", |text| Text::try_from(text).ok())
}

pub(crate) fn emoji() -> impl Strategy<Value = Emoji> {
    let some = prop::sample::select(vec!["👍", "❤️", "🏳️‍🌈", "👩🏽‍🚀", "🎉"]);
    some.prop_map(|emoji| Emoji::parse(emoji).unwrap())
}

pub(crate) fn token() -> impl Strategy<Value = Token> {
    "[!-~]{1,256}".prop_filter_map("a token", |token| Token::parse(token).ok())
}

pub(crate) fn access_token() -> impl Strategy<Value = AccessToken> {
    "[!-~]{1,4096}".prop_filter_map("a token", |token| AccessToken::try_from(token).ok())
}

pub(crate) fn access() -> impl Strategy<Value = Access> {
    let secret = || ".{1,60}".prop_filter_map("a secret", |text| AccessSecret::try_from(text).ok());
    prop_oneof![
        access_token().prop_map(Access::Token),
        secret().prop_map(Access::Password),
        secret().prop_map(Access::Invitation),
        secret().prop_map(Access::Device),
    ]
}

pub(crate) fn kind() -> impl Strategy<Value = RoomKind> {
    prop::sample::select(RoomKind::ALL.to_vec())
}

pub(crate) fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        (text(), option::of(id())).prop_map(|(text, reply_to)| Body::Post { text, reply_to }),
        (id(), text()).prop_map(|(target, text)| Body::Edit { target, text }),
        id().prop_map(|target| Body::Deletion { target }),
        (id(), emoji(), any::<bool>()).prop_map(|(target, emoji, on)| Body::Reaction {
            target,
            emoji,
            on
        }),
        option::of(name()).prop_map(|name| Body::RoomName { name }),
        option::of(topic()).prop_map(|topic| Body::Topic { topic }),
        kind().prop_map(|kind| Body::RoomKind { kind }),
        (id(), any::<bool>()).prop_map(|(target, on)| Body::Pin { target, on }),
        (member(), name(), option::of(any::<u64>())).prop_map(|(member, name, until_ms)| {
            Body::Mute {
                member,
                name,
                until_ms,
            }
        }),
        any::<u32>().prop_map(|seconds| Body::SlowMode { seconds }),
        (option::of(id()), option::of(id()))
            .prop_map(|(target, reply_to)| Body::Blanked { target, reply_to }),
    ]
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (seq(), seq(), id(), any::<u64>(), member(), name(), body()).prop_map(
        |(seq, prev, id, at_ms, member, name, body)| Entry {
            seq,
            prev,
            id,
            at_ms,
            member,
            name,
            body,
        },
    )
}

pub(crate) fn present() -> impl Strategy<Value = Vec<Member>> {
    vec(
        (member(), name()).prop_map(|(member, name)| Member { member, name }),
        0..4,
    )
}

pub(crate) fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        id().prop_map(Place::Message),
        seq().prop_map(Place::Seq),
        any::<u64>().prop_map(Place::Time),
        seq().prop_map(Place::Before),
        seq().prop_map(Place::After),
    ]
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    let codes = vec![
        ErrorCode::Malformed,
        ErrorCode::RateLimited,
        ErrorCode::LogUnavailable,
    ];
    (
        prop::sample::select(codes),
        any::<String>(),
        option::of(room()),
        option::of(id()),
        option::of(any::<u64>()),
    )
        .prop_map(|(code, message, room, id, retry_after_ms)| Refusal {
            room,
            id,
            retry_after_ms,
            ..Refusal::new(code, message)
        })
}
