//! Servers to compare with, each in a process of its own and in its simplest form.
//!
//! Only the durable floor stores anything. They have no rooms but the one in the address
//! (`/ws/ROOM`): a message from one client is relayed to all clients of its room. That is less than
//! Parlor does, which is the point of the comparison: it shows what Parlor's own work costs.

mod actix_text;
mod floor;

use std::path::PathBuf;

use clap::Subcommand;

/// A server to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum Peer {
    /// A bare epoll loop without any framework: the most that the machine can do.
    Floor,
    /// The same loop, which writes what each turn brought to this file and syncs it before anyone
    /// gets it: the most that the machine can do for a server that keeps every message.
    DurableFloor { file: PathBuf },
    /// actix-ws as its usual example uses it: one `text()` per session and message.
    ActixText,
}

/// Serves on a free port, prints its address to standard output, and runs until the process is
/// killed.
pub(crate) fn serve(peer: Peer) -> anyhow::Result<()> {
    match peer {
        Peer::Floor => floor::serve(None),
        Peer::DurableFloor { file } => floor::serve(Some(&file)),
        Peer::ActixText => actix_text::serve(),
    }
}
