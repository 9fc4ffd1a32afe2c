//! What the server serves over plain HTTP, beside the WebSocket.

pub(crate) mod assets;
pub(crate) mod checks;
pub(crate) mod plain;
