//! Parlor's wire: what every Rust client and the server agree on.
//!
//! No IO and no clock; builds natively and for `wasm32-unknown-unknown`. Random bytes and times come in as
//! arguments. The wire itself is described for other languages in `docs/PROTOCOL.md`.
//!
//! ```
//! use parlor_shared::{Body, ClientMessage, MessageId, RoomId, ServerMessage, Text, codec};
//!
//! // What a program says …
//! let post = ClientMessage::Post {
//!     room: RoomId::parse("lobby")?,
//!     id: MessageId::new(1_760_000_000_000, [7; 10]), // now in Unix milliseconds, ten random bytes
//!     body: Body::post(Text::parse("hello, everyone")?),
//! };
//! let frame: String = codec::encode_client(&post); // one WebSocket text frame
//! # assert!(frame.starts_with(r#"{"type":"post","room":"lobby""#));
//!
//! // … and what it hears.
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

/// The protocol's version: in hello and welcome, raised when the wire changes incompatibly.
pub const PROTOCOL_VERSION: u16 = 1;

/// The WebSocket sub-protocol (RFC 6455, section 1.9): answered where it is offered, never required, because
/// proxies drop it.
pub const SUB_PROTOCOL: &str = "parlor.v1";

/// The README's example is compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
