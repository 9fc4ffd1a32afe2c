//! The JSON Schema, the TypeScript types and the JavaScript client, by their own tools: the
//! compiler of TypeScript, a validator of JSON Schema, Node.js, Chromium and npm.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails when it meets something unexpected"
)]

mod browser;
mod live;
mod package;
mod schema;
mod traces;
