//! Join a Parlor room from a Rust program.
//!
//! A whole bot, which echoes what others write in the room `lobby`:
//!
//! ```no_run
//! use parlor_client::{Body, Client, Config, Event, RoomId, ServerMessage, Status};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (client, mut events) = Client::connect(Config::new("ws://127.0.0.1:8080/ws", "Echo")?);
//! client.join(&RoomId::parse("lobby")?).await?;
//! let (mut me, mut live) = (None, false);
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Message(ServerMessage::Welcome { member, .. }) => me = Some(member),
//!         // The entries before `present` were the room's last page.
//!         Event::Message(ServerMessage::Present { .. }) => live = true,
//!         Event::Message(ServerMessage::Entry { room, entry }) => {
//!             if let Body::Post { text, .. } = entry.body && live && Some(entry.member) != me {
//!                 client.reply(&room, entry.id, text).await?; // sent until it is on the log
//!             }
//!         }
//!         Event::Status(Status::Stopped(why)) => return Err(format!("{why:?}").into()),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it does for you
//!
//! - **Every entry once, in order**, whatever the network does: the client reconnects by itself,
//!   resumes after the last entry it has and checks each entry's `prev`, so a gap is noticed and
//!   read again.
//! - **Every post once.** [`Client::post`] returns when the post is in the outbox; from there it is
//!   sent until it is on the log, which [`Event::Acked`] confirms. [`Client::close`] returns the
//!   posts that are not acknowledged; give them to the next client ([`Config::with_outbox`]) with
//!   the same token ([`Config::with_token`]).
//! - **A slow program loses nothing.** When [`EVENTS_MAX`](limits::EVENTS_MAX) events wait to be
//!   taken, the client stops reading the socket, and the server keeps its cursor. Commands still
//!   work, so one task may do both.
//!
//! How it works: one task owns the connection and the session, a state machine without IO
//! (`parlor-session`, which also runs in the browser). Commands go in and events come out through
//! bounded channels.

mod address;
mod client;
mod connection;
mod driver;
mod jitter;
pub mod limits;
mod tls;

pub use address::AddressInvalid;
pub use client::{AskError, Client, Closed, Config, ConfigError, Events, PostError};
pub use connection::ConnectionError;
pub use parlor_session::{Event, NotJoined, NotOnline, OutboxFull, OutboxPost, Status, StopReason};
pub use parlor_shared::{
    Access, AccessSecret, AccessToken, Body, ClientInfo, Emoji, Entry, Epoch, ErrorCode,
    JoinOutcome, Limits, Member, MemberId, MessageId, Name, Position, Refusal, Right, RoomId, Seq,
    ServerMessage, Text, TextInvalid, Token,
};
pub use tls::TlsInvalid;
