//! Parlor's client as a state machine: no IO, no clock, no randomness of its own.
//!
//! The browser page, the native client and the tests run this same code. Whoever drives it hands in what happened
//! ([`Session::handle_open`], [`Session::handle_frame`], …) with the time, and carries out what
//! [`Session::poll_output`] gives until it gives nothing.

mod output;

pub use output::{Event, OutboxPost, Output, Status, StopReason};
