//! The HTTP API, by a client of HTTP that is not the server's.

mod access;
mod append;
mod batch;
mod described;
mod document;
pub(crate) mod events;
pub(crate) mod http_client;
mod killed;
mod pages;
mod refusals;
mod rooms;
mod waiting;
