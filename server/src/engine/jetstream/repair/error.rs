//! Why a stream was not repaired.

use std::io;

use async_nats::jetstream::context::{PublishError, UpdateStreamError};

use crate::engine::{ReadError, embedded::OpenError, jetstream::error::JetStreamError};

/// Why a stream was not repaired. Nothing was changed, or the same repair goes on.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The servers can't be used.
    #[error(transparent)]
    Stream(#[from] JetStreamError),
    /// This node's log can't be used.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// It can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder's log follows no stream.
    #[error("the log there follows no stream; name the folder of a node with --data")]
    FollowsNone,
    /// The stream is damaged, and this node can't put back what is missing.
    #[error(
        "{damage}. It can't be put back from here: {why}. Put back the servers' store folders, or run this on the \
         node that has most, or go on from what this node has with `parlor repair --new-epoch`"
    )]
    Damaged {
        /// What is missing, as a sentence.
        damage: String,
        /// Why this node can't put it back.
        why: String,
    },
    /// Another node has begun the stream's next epoch with what it has.
    #[error(
        "the stream goes on from another node's log, which had {has}, and this one has {own}: move this folder \
         away, and start this node from a backup of that one"
    )]
    GoesOnElsewhere {
        /// How far the other node had applied it.
        has: u64,
        /// How far this one has.
        own: u64,
    },
    /// The stream can't be asked now.
    #[error("NATS does not say what the stream has ({0}); try again")]
    Lost(String),
    /// The stream's configuration can't be changed.
    #[error("NATS does not let the stream begin another epoch ({0}); may this user change it?")]
    Update(#[from] UpdateStreamError),
    /// A message can't be put back.
    #[error(
        "the stream does not take what it is missing ({0}); the same repair goes on from there"
    )]
    Publish(#[from] PublishError),
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
    /// Somebody else publishes there.
    #[error("somebody else publishes to the stream; stop the other nodes, and run this again")]
    Busy,
}
