//! What a person does with the page, in a real browser. `cargo xtask test` builds and names what this needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets the unexpected fails"
)]

mod axe;
mod browser;
mod changes;
mod chrome;
mod language;
mod list;
mod markup;
mod offline;
mod picker;
mod reach;
mod replies;
mod room;
mod rooms;
mod server;
mod settings;
mod speed;
mod tabs;
mod wire;
