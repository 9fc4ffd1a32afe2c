//! Parlor's wire protocol: the messages, limits and close codes that every Rust client and the
//! server share.
//!
//! The crate does no IO, reads no clock and builds for `wasm32-unknown-unknown`, too. Random bytes
//! and times come in as arguments. `docs/PROTOCOL.md` describes the protocol for other languages.
//!
//! ```
//! use parlor_shared::{Body, ClientMessage, MessageId, RoomId, ServerMessage, Text, codec};
//!
//! // A client sends …
//! let post = ClientMessage::Post {
//!     room: RoomId::parse("lobby")?,
//!     // The time in Unix milliseconds and ten random bytes.
//!     id: MessageId::new(1_760_000_000_000, [7; 10]),
//!     body: Body::post(Text::parse("hello, everyone")?),
//! };
//! let frame: String = codec::encode_client(&post); // one WebSocket text frame
//! # assert!(frame.starts_with(r#"{"type":"post","room":"lobby""#));
//!
//! // … and receives.
//! match codec::decode_server(r#"{"type":"notice","text":"back in a minute"}"#)? {
//!     ServerMessage::Notice { text } => println!("the server says: {text}"),
//!     other => println!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod close;
pub mod codec;
mod entry;
pub mod heartbeat;
mod id;
pub mod limits;
mod message;
mod position;
mod text;
pub mod timeline;

pub use entry::{Body, Entry};
pub use id::{IdInvalid, MemberId, MessageId, RoomId, RoomInvalid};
pub use limits::Limits;
pub use message::{
    ClientInfo, ClientMessage, ErrorCode, JoinOutcome, Member, Refusal, ServerMessage,
};
pub use position::{Epoch, Position, Seq};
pub use text::{Emoji, Name, Text, TextInvalid, Token};

/// The protocol's version, sent in hello and welcome. It changes when the protocol changes
/// incompatibly.
pub const PROTOCOL_VERSION: u16 = 1;

/// The WebSocket sub-protocol (RFC 6455, section 1.9). The server answers it if a client offers it,
/// and does not require it, because some proxies drop it.
pub const SUB_PROTOCOL: &str = "parlor.v1";

/// Compiles the README's example with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
