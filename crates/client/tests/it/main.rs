//! Tests of the client as a program uses it, over real sockets, mostly against the real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails when it meets something unexpected"
)]

mod access;
mod bad_server;
mod examples;
mod headers;
mod listener;
mod order;
mod posts;
mod questions;
mod refused;
mod restore;
mod resume;
mod slow_link;
mod stream;
mod talk;
mod tls;
