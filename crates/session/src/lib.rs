//! Parlor's client as a state machine: no IO, no clock, no randomness of its own.
//!
//! The browser page, the native client and the tests run this same code. Whoever drives it says what happened, with
//! the time ([`Session::handle_open`], [`Session::handle_frame`], …), and does what [`Session::poll_output`] gives,
//! until it gives nothing.
//!
//! ```
//! use parlor_session::{Event, Output, Session, SessionConfig, Status};
//! use parlor_shared::{ClientInfo, Name, RoomId};
//!
//! let mut session = Session::new(SessionConfig {
//!     name: Name::parse("Quiet Heron")?,
//!     token: None,
//!     client: ClientInfo::default(),
//!     outbox: Vec::new(),
//! });
//! session.join(&RoomId::parse("lobby")?);
//! session.start(0);
//! assert_eq!(session.poll_output(), Some(Output::Connect));
//! assert!(matches!(session.poll_output(), Some(Output::Event(Event::Status(Status::Connecting { attempt: 0 })))));
//! session.handle_open();
//! let Some(Output::Send(hello)) = session.poll_output() else { panic!("hello comes first") };
//! assert!(hello.starts_with(r#"{"type":"hello""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backoff;
mod hear;
mod line;
mod outbox;
mod output;
mod refusal;
mod room;
mod session;

pub use outbox::OutboxFull;
pub use output::{Event, OutboxPost, Output, Status, StopReason};
pub use session::{NotJoined, Session, SessionConfig};
