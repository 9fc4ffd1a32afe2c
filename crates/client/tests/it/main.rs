//! Tests of the client as a program uses it, over real sockets, mostly against the real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails when it meets something unexpected"
)]

mod bad_server;
mod listener;
mod order;
mod posts;
mod restore;
mod slow_link;
mod tls;
