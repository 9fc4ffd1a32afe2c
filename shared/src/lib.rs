//! Parlor's wire protocol: the messages, limits and close codes that every Rust client and the
//! server share.
//!
//! The crate does no IO, reads no clock and builds for `wasm32-unknown-unknown`, too. Random bytes
//! and times come in as arguments. `docs/PROTOCOL.md` describes the protocol for other languages.
//!
//! A whole bot that echoes what others post, apart from its socket: it sends hello and join, then
//! what `on_frame` returns for each frame it receives.
//!
//! ```
//! use parlor_shared::{
//!     Body, ClientInfo, ClientMessage, MessageId, Name, PROTOCOL_VERSION, RoomId, ServerMessage,
//!     codec,
//! };
//!
//! let name = Name::parse("Echo")?;
//! let hello = codec::encode_client(&ClientMessage::Hello {
//!     protocol: PROTOCOL_VERSION,
//!     name: name.clone(),
//!     token: None,
//!     access: None,
//!     client: ClientInfo::default(),
//! });
//! let room = RoomId::parse("lobby")?;
//! let join = codec::encode_client(&ClientMessage::Join { room, after: None });
//!
//! // `id` is MessageId::new(the time in Unix milliseconds, ten random bytes).
//! let on_frame = |frame: &str, id: MessageId| match codec::decode_server(frame).ok()? {
//!     ServerMessage::Entry { room, entry } if entry.name != name => match entry.body {
//!         Body::Post { text, .. } => {
//!             let body = Body::post(text);
//!             let follows = None;
//!             Some(codec::encode_client(&ClientMessage::Post { room, id, follows, body }))
//!         }
//!         _ => None,
//!     },
//!     _ => None,
//! };
//! # assert!(hello.starts_with(r#"{"type":"hello","protocol":1,"name":"Echo""#));
//! # assert_eq!(join, r#"{"type":"join","room":"lobby"}"#);
//! # let mut golden = include_str!("../tests/golden.jsonl").lines();
//! # let entry = golden.find(|frame| frame.starts_with(r#"{"type":"entry""#)).unwrap();
//! # let post = on_frame(entry, MessageId::new(1_760_000_000_000, [7; 10])).unwrap();
//! # assert!(post.starts_with(r#"{"type":"post","room":"lobby""#));
//! # assert_eq!(on_frame(&entry.replace("Quiet Heron", "Echo"), MessageId::new(1, [7; 10])), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [`parlor-client`](https://docs.rs/parlor-client) crate adds reconnects, resuming and an
//! outbox; it drives [`parlor-session`](https://docs.rs/parlor-session), a state machine without
//! IO.

mod access;
mod ack_promise;
pub mod characters;
pub mod close;
pub mod codec;
mod entry;
mod fields;
pub mod heartbeat;
mod id;
pub mod limits;
mod member;
mod message;
mod moderation;
mod position;
mod refusal;
mod room_state;
#[cfg(feature = "schema")]
pub mod schema;
mod search_query;
mod text;
pub mod timeline;

pub use access::{
    Access, AccessSecret, AccessToken, Right, RightInvalid, Rights, RoomKind, RoomKindUnknown,
    RoomPattern, RoomPatternInvalid, TooManyRules,
};
pub use ack_promise::AckPromise;
pub use entry::{Body, Entry};
pub use id::{IdInvalid, MemberId, MessageId, RoomId, RoomInvalid};
pub use limits::Limits;
pub use member::Member;
pub use message::{ClientInfo, ClientMessage, JoinOutcome, ServerMessage};
pub use moderation::{
    Ban, InvitationInfo, InvitationTerms, MemberRight, Moderated, Moderation, NewBan, NewRight,
    Report,
};
pub use position::{Epoch, Place, Position, PositionInvalid, Seq};
pub use refusal::{ErrorCode, Refusal, Request};
pub use room_state::{Mute, Pin, RoomInfo, RoomState, pinned_text};
pub use search_query::SearchQuery;
pub use text::{Emoji, Name, NameInvalid, Text, TextInvalid, Token, Topic};

/// The protocol's version, sent in hello and welcome. It changes when the protocol changes
/// incompatibly.
pub const PROTOCOL_VERSION: u16 = 1;

/// The WebSocket sub-protocol (RFC 6455, section 1.9). The server answers it if a client offers it,
/// and does not require it, because some proxies drop it.
pub const SUB_PROTOCOL: &str = "parlor.v1";

/// Compiles the README's example with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
