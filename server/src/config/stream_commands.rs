//! What `parlor repair` and `parlor migrate` are told.

use std::path::PathBuf;

use clap::Args;

/// Put right a stream that is not what this node has applied, while no server runs on its folder
///
/// Says what is missing. What the stream has lost at its end, and this node has kept as it was
/// published, is put back at its places. Where that can't be done, nothing is changed: see
/// --new-epoch. --data names the node's folder, and --log the servers.
#[derive(Debug, Clone, Args)]
pub struct RepairCommand {
    /// Have the stream go on from what this node has, in a new epoch, where it is damaged
    ///
    /// Nodes that have applied exactly the same go on with it; start the others from a backup of
    /// this one. Choose the node that has most: each has said so when it stopped.
    #[arg(long)]
    pub new_epoch: bool,
}

/// Copy a log into a stream that nodes share, or back, while no server runs on it
///
/// Entries are copied in order and as they are, and compared with the copy by their number and a
/// hash of ids, times and texts. Run again after it was killed, it goes on where it was. Into a
/// stream their places change, so clients start over once.
#[derive(Debug, Clone, Args)]
pub struct MigrateCommand {
    /// Copy the log in --data into the stream of these NATS servers
    #[arg(
        long,
        value_name = "NATS",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    pub to: Option<String>,
    /// Copy the log of the node in --data back, once it has all of the stream of these servers
    #[arg(long, value_name = "NATS")]
    pub from: Option<String>,
    /// The folder to create: a node's with --to, that of a server alone with --from
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}
