//! The server as its clients meet it: real sockets, a real log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets what it did not expect fails"
)]

mod backpressure;
mod catch_up;
mod client;
mod crash;
mod damage;
mod engine;
mod engine_bounds;
mod limits;
mod page;
mod retention;
mod room;
mod server;
mod start;
mod storage;
mod upkeep;
mod versions;
