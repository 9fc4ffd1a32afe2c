//! Tests of the whole server over real sockets and a real log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails at anything that it does not expect"
)]

mod access;
mod admin;
mod api;
mod backpressure;
mod base_path;
mod browser;
mod catch_up;
mod checksum;
mod client;
mod close;
mod compact;
mod crash;
mod damage;
mod deletion;
mod deploy;
mod devices;
mod directory;
mod drain;
mod embed;
mod engine;
mod engine_bounds;
mod epochs;
mod handshake;
mod http;
mod import;
mod index;
mod issuer;
mod kills;
mod limits;
mod log_lines;
mod login;
mod login_forged;
mod memory;
mod metrics;
mod migrate;
mod moderating;
mod moderation;
mod nginx;
mod nodes;
mod open_reports;
mod operator;
mod owner;
mod page;
mod paths;
mod plain;
mod proxy;
mod rates;
mod raw_socket;
mod repair;
mod restore;
mod retention;
mod retention_clock;
mod rights;
mod room;
mod room_state;
mod search;
mod seen;
mod server;
mod slice;
mod start;
mod storage;
mod terminal;
mod tls;
mod token_keys;
mod unix;
mod upkeep;
mod versions;
mod webhooks;
mod written;
