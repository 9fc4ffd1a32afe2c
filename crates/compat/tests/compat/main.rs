//! Version 0.1 of the client, frozen in `frozen/0.1`, and what is here today.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails when it meets something unexpected"
)]

mod frames;
mod frozen;
mod session;
mod transcript;
