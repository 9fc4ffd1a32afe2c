//! What the server serves over plain HTTP, beside the WebSocket.

pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod assets;
pub(crate) mod base_path;
pub(crate) mod checks;
pub(crate) mod embed;
mod html;
pub(crate) mod incoming;
pub(crate) mod login;
pub(crate) mod outside;
pub(crate) mod plain;
pub(crate) mod redirect;
