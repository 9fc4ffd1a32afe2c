//! Parlor's server: everyone tails one log.

mod cursor;
pub mod engine;
mod frame_guard;
mod hub;
mod rate;
mod ring;
mod room;
mod tail;
