//! The client as a program meets it: real sockets, the real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets what it did not expect fails"
)]

mod bad_server;
mod listener;
mod posts;
