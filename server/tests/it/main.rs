//! The server as its clients meet it: real sockets, a real log.

mod catch_up;
mod client;
mod crash;
mod engine;
mod limits;
mod page;
mod room;
mod server;
mod start;
