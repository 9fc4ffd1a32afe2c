//! Starts Parlor's server for tests, the chaos run and the benchmark.
//!
//! [`ServerProcess`] is the real binary as a child process: it can be killed, told to stop, and
//! denied disk space. `TestServer` (feature `in-process`) is the server on a thread of the test,
//! with a temporary folder for its log and its page. Both listen on a free port of this machine.
//! `NatsCluster` (feature `nats`) is the servers of a stream that nodes share. `http` (feature
//! `http`) is a client of HTTP.

mod folder;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "in-process")]
mod in_process;
#[cfg(feature = "nats")]
mod nats;
mod process;
mod provider;

pub use folder::copy_folder;
#[cfg(feature = "in-process")]
pub use in_process::TestServer;
#[cfg(feature = "nats")]
pub use nats::{NatsCluster, Sync};
pub use process::{FREE_PORT, Frozen, ServerProcess, command, without_file_size_signal};
pub use provider::{CLIENT_ID, CLIENT_SECRET, OidcProvider};

/// Compiles the README's examples with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// Compiles the examples of docs/RUST.md with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/RUST.md")]
#[derive(Debug)]
pub struct RustPage;
