//! Servers to compare with, each in a process of its own, each in its simplest form.
//!
//! They keep nothing and know no rooms but the one in the address (`/ws/ROOM`): what a client sends, everyone in its
//! room gets. That is less than Parlor does, which is the point of the comparison.

mod actix_text;
mod floor;

use clap::ValueEnum;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// A bare epoll loop without any framework: what the machine can do.
    Floor,
    /// actix-ws as its usual example uses it: one `text()` per session and message.
    ActixText,
}

/// Serves on a free port, whose address is said on the standard output, until the process is ended.
pub(crate) fn serve(peer: Peer) -> anyhow::Result<()> {
    match peer {
        Peer::Floor => floor::serve(),
        Peer::ActixText => actix_text::serve(),
    }
}
