//! Servers to compare with, each in a process of its own and in its simplest form.
//!
//! They store nothing and have no rooms but the one in the address (`/ws/ROOM`): a message from one
//! client is relayed to all clients of its room. That is less than Parlor does, which is the point
//! of the comparison: it shows what Parlor's own work costs.

mod actix_text;
mod floor;

use clap::ValueEnum;

/// A server to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// A bare epoll loop without any framework: the most that the machine can do.
    Floor,
    /// actix-ws as its usual example uses it: one `text()` per session and message.
    ActixText,
}

/// Serves on a free port, prints its address to standard output, and runs until the process is
/// killed.
pub(crate) fn serve(peer: Peer) -> anyhow::Result<()> {
    match peer {
        Peer::Floor => floor::serve(),
        Peer::ActixText => actix_text::serve(),
    }
}
