//! Parlor's client as a state machine: no IO, no clock, no randomness of its own.
//!
//! The browser page, the native client and the simulation run this same code. The driver reports
//! what happened, with the time ([`Session::handle_open`], [`Session::handle_frame`], …), and
//! carries out what [`Session::poll_output`] returns until it returns `None`.
//!
//! With tokio, [`parlor-client`](https://docs.rs/parlor-client) is the driver. The messages are
//! those of [`parlor_shared`].
//!
//! ```
//! use parlor_session::{Event, Output, Session, SessionConfig, Status};
//! use parlor_shared::{ClientInfo, Name, RoomId};
//!
//! let mut session = Session::new(SessionConfig {
//!     name: Name::parse("Quiet Heron")?,
//!     token: None,
//!     access: None,
//!     client: ClientInfo::default(),
//!     outbox: Vec::new(),
//! });
//! session.join(&RoomId::parse("lobby")?);
//! session.start(0);
//! assert_eq!(session.poll_output(), Some(Output::Connect));
//! let connecting = Status::Connecting { attempt: 0 };
//! assert_eq!(session.poll_output(), Some(Output::Event(Event::Status(connecting))));
//! session.handle_open();
//! let Some(Output::Send(hello)) = session.poll_output() else { panic!("hello comes first") };
//! assert!(hello.starts_with(r#"{"type":"hello""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backoff;
mod connection;
mod error;
mod outbox;
mod output;
mod requests;
mod rooms;
mod seen;
mod session;

pub use error::{NotJoined, NotOnline, OutboxFull};
pub use output::{Event, OutboxPost, Output, Status, StopReason};
pub use session::{Session, SessionConfig};

/// Compiles the README's example with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
