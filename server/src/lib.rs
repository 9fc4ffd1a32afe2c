//! Parlor's server: everyone tails one log.

pub mod assets;
pub mod config;
pub mod engine;
pub mod identity;
pub mod origin;
