//! Whether a stream is what the log in a folder has applied of it.

use std::{path::Path, sync::Arc};

use super::error::RepairError;
use crate::engine::{
    Engine,
    embedded::{Embedded, StreamStart},
    jetstream::{JetStream, config::StreamConfig},
    replicated::{
        check,
        group::StreamPlace,
        ordered_log::{OrderedLog, TailError},
    },
};

/// What a check has found.
pub(super) struct Checked {
    pub(super) stream: JetStream,
    /// The last place that the stream has given.
    pub(super) last: u64,
    pub(super) damage: Option<String>,
}

/// Compares the stream with what the log in `folder` has applied of it.
pub(super) async fn checked(
    config: &StreamConfig,
    folder: &Path,
    start: StreamStart,
    place: StreamPlace,
) -> Result<Checked, RepairError> {
    let (stream, _) = JetStream::open(config, folder, None).await?;
    let log = Embedded::follow(folder, start, Arc::new(()))?;
    let found = match check::check(&stream, &log, place).await {
        Ok(()) => check::scrub(&stream, place.sequence).await,
        error => error,
    };
    log.close().await;
    let damage = match found {
        Ok(()) => None,
        Err(TailError::Damaged(damage) | TailError::Forgotten(damage)) => Some(damage),
        Err(TailError::Lost(why)) => return Err(RepairError::Lost(why)),
    };
    let last = stored_last(&stream).await?;
    Ok(Checked {
        stream,
        last,
        damage,
    })
}

pub(super) async fn stored_last(stream: &JetStream) -> Result<u64, RepairError> {
    let stored = stream.stored(0).await.map_err(lost)?;
    Ok(stored.last)
}

pub(super) fn lost(error: TailError) -> RepairError {
    RepairError::Lost(error.to_string())
}
