//! Join a Parlor room from a Rust program.
//!
//! A whole bot, which echoes what others write in the room `lobby`:
//!
//! ```no_run
//! use parlor_client::{Client, TimelineEvent};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("http://127.0.0.1:8080/", "Echo")?;
//! let mut lobby = client.join("lobby").await?;
//! while let Some(event) = lobby.next().await {
//!     if let TimelineEvent::Entry(entry) = event?
//!         && let (Some(text), false) = (entry.text(), entry.is_own)
//!     {
//!         lobby.reply(entry.id, text).await?; // on the log, durably
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
//!   read again. Where a log is not continued (a restored backup, retention), the stream says so by
//!   [`TimelineError::Reset`], which `?` does not overlook. Each entry has its
//!   [`position`](RoomEntry::position), after which a later client goes on
//!   ([`Client::join_after`]).
//! - **Every post once.** [`Room::post`] gives the entry once it is on the log, durably; queued
//!   ([`Append::queue`]) it is sent until it is. The same [id](Append::id) is one entry, however
//!   often it is posted.
//! - **A bot that is killed neither misses nor repeats** anything, with a
//!   [state file](ClientBuilder::state_file): it [resumes](Client::resume) after the last place
//!   that it [saved](Room::save), and answers each message [once](Append::once).
//! - **A slow program loses nothing**, slows nobody and costs no memory: what it has not taken is
//!   read again from the log. So waiting for a post while events wait is no deadlock.
//! - Answers belong to their questions: [`Room::history`], [`Room::search`], [`Room::slice`],
//!   [`Client::rooms`] wait until the room is live and ask again after a reconnect.
//!
//! ```no_run
//! use parlor_client::{Client, TimelineError, TimelineEvent};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("http://127.0.0.1:8080/", "Echo")
//!     .state_file("echo.json")
//!     .connect()?;
//! let mut lobby = client.resume("lobby").await?;
//! while let Some(event) = lobby.next().await {
//!     let entry = match event {
//!         Ok(TimelineEvent::Entry(entry)) => entry,
//!         Ok(_) => continue,
//!         // The server's log was restored from a backup: go on with what it has now.
//!         Err(TimelineError::Reset(_)) => continue,
//!         Err(error) => return Err(error.into()),
//!     };
//!     if let (Some(text), false) = (entry.text(), entry.is_own) {
//!         lobby.reply(entry.id, text).once("echo").await?;
//!     }
//!     lobby.save(entry.position).await?; // done with it
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! One task owns the connection and the session, a state machine without IO ([`parlor_session`],
//! which also runs in the browser) that speaks the protocol of [`parlor_shared`]. Commands go in
//! and events come out through bounded channels ([`limits`]). It says what it does by `tracing`,
//! never with what people write, nor with tokens.

mod access;
mod address;
mod answers;
mod append;
mod builder;
mod client;
mod command;
mod connection;
mod dial;
mod driver;
mod entry;
mod error;
mod events;
mod feed;
mod jitter;
pub mod limits;
mod posts;
mod questions;
mod room;
mod saver;
mod state;
mod status;
mod timeline;
mod tls;

pub use access::AccessFailed;
pub use address::AddressInvalid;
pub use answers::{Found, History, RoomsPage, Slice};
pub use append::{Append, Queued};
pub use builder::{ClientBuilder, ConfigError};
pub use client::{Client, IntoRoom};
pub use connection::ConnectionError;
pub use entry::{RoomEntry, derived_id};
pub use error::{AskError, Closed, JoinError, PostError, SaveError, Stopped};
pub use events::Events;
pub use parlor_session::{Event, OutboxFull, OutboxPost, Status, StopReason};
pub use parlor_shared::{
    Access, AccessSecret, AccessToken, Body, ClientInfo, Emoji, Entry, Epoch, ErrorCode,
    JoinOutcome, Limits, Member, MemberId, MessageId, Moderated, Moderation, Name, Place, Position,
    Refusal, Right, RoomId, RoomInfo, RoomInvalid, RoomState, Seq, ServerMessage, Text,
    TextInvalid, Token, Topic,
};
pub use room::{JoinedRoom, Room};
pub use state::StateError;
pub use status::{ConnectionStatus, Welcome};
pub use timeline::{JoinFrom, Presence, Reset, TimelineError, TimelineEvent};
pub use tls::TlsInvalid;

/// Compiles the README's example with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
