//! End-to-end tests: the real page in a real browser against the real server.
//!
//! `cargo xtask test` builds the page and the server and sets the environment variables that these
//! tests read. The tests wait for what the page shows, never for a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets the unexpected fails"
)]

mod access;
mod accessibility;
mod actions;
mod axe;
mod base_path;
mod bulk;
mod changes;
mod chrome;
mod commands;
mod composer;
mod deletion;
mod driver;
mod engine;
mod engines;
mod environment;
mod errors;
mod find_rooms;
mod fingers;
mod german;
mod inspector;
mod keyboard;
mod later;
mod lesson;
mod locale;
mod login;
mod look;
mod markup;
mod message_list;
mod names;
mod offline;
mod owner;
mod phone;
mod picker;
mod places;
mod proxy;
mod replies;
mod room;
mod rooms;
mod rows;
mod screen;
mod search;
mod server;
mod settings;
mod speed;
mod storage;
mod tabs;
mod tokens;
mod touch;
mod translation;
mod trunk;
mod unread;
mod ways_in;
mod window;
mod writing;
mod written;
