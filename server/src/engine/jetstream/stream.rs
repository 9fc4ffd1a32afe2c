//! The stream itself: how it is made, and what it must be.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::{
    Context, ErrorCode,
    context::{GetStreamError, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType},
};
use parlor_shared::Epoch;

use super::{config::StreamConfig, error::JetStreamError};
use crate::engine::replicated::ordered_log::TailError;

/// What in a stream's metadata says that it is a log of Parlor's, and which.
const EPOCH: &str = "parlor-epoch";

/// What tells the stream from every other of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamIdentity {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) epoch: Epoch,
    /// When it was made, as the servers say.
    pub(super) created: String,
}

/// The subject that a stream of this name takes groups from.
fn subject(name: &str) -> String {
    format!("{name}.groups")
}

/// How a stream is made.
fn config(log: &StreamConfig, epoch: Epoch) -> Config {
    Config {
        name: log.stream.clone(),
        description: Some("A log of Parlor's. Its messages are groups of entries.".to_owned()),
        subjects: vec![subject(&log.stream)],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: log.replicas,
        // What is full refuses, and forgets nothing.
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        max_age: Duration::ZERO,
        metadata: HashMap::from([(EPOCH.to_owned(), epoch.to_string())]),
        ..Config::default()
    }
}

/// Finds the stream, or makes it. Of several nodes that make it at once one does, and the others
/// find it.
pub(super) async fn find_or_make(
    context: &Context,
    log: &StreamConfig,
    epoch: Epoch,
) -> Result<Info, JetStreamError> {
    match context.get_stream(&log.stream).await {
        Ok(found) => return Ok(found.cached_info().clone()),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error.into()),
    }
    if let Err(error) = context.create_stream(config(log, epoch)).await {
        // Another node may have been faster, with its own epoch.
        tracing::debug!(%error, "the stream was not made by this node");
        return match context.get_stream(&log.stream).await {
            Ok(found) => Ok(found.cached_info().clone()),
            Err(_) => Err(error.into()),
        };
    }
    Ok(context.get_stream(&log.stream).await?.cached_info().clone())
}

/// Whether there is no such stream.
fn is_missing(error: &GetStreamError) -> bool {
    matches!(
        error.kind(),
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND
    )
}

/// What the stream is, if it is one of Parlor's.
pub(super) fn identity(info: &Info) -> Result<StreamIdentity, JetStreamError> {
    let name = info.config.name.clone();
    let foreign = |why: &str| JetStreamError::Foreign {
        name: name.clone(),
        why: why.to_owned(),
    };
    let epoch = info.config.metadata.get(EPOCH);
    let epoch = epoch.ok_or_else(|| foreign("its metadata names no epoch"))?;
    let epoch = epoch.parse().map_err(|_| foreign("its epoch is no UUID"))?;
    if let Some(why) = unsafe_setting(&info.config) {
        return Err(foreign(why));
    }
    Ok(StreamIdentity {
        subject: subject(&name),
        epoch,
        created: info.created.to_string(),
        name,
    })
}

/// What in a stream's configuration lets it lose or change what it has.
fn unsafe_setting(config: &Config) -> Option<&'static str> {
    let settings = [
        (config.storage != StorageType::File, "it is kept in memory"),
        (
            config.discard != DiscardPolicy::New,
            "it forgets old messages when it is full",
        ),
        (
            config.retention != RetentionPolicy::Limits,
            "it forgets what was read",
        ),
        (!config.deny_delete, "its messages may be deleted"),
        (!config.deny_purge, "it may be purged"),
        (config.allow_rollup, "its messages may be rolled up"),
        (
            config.subjects != [subject(&config.name)],
            "it takes messages of other subjects",
        ),
        (
            config.mirror.is_some() || config.sources.is_some(),
            "it copies another stream",
        ),
        (config.no_ack, "it does not say what it has stored"),
    ];
    let found = settings.into_iter().find(|(is_wrong, _)| *is_wrong);
    found.map(|(_, why)| why)
}

/// Checks that the stream is still the one that was opened, and has what comes after a place.
pub(super) fn check(identity: &StreamIdentity, info: &Info, after: u64) -> Result<(), TailError> {
    let damaged = |why: String| Err(TailError::Damaged(why));
    match self::identity(info) {
        Ok(now) if now == *identity => {}
        Ok(_) => return damaged("the stream was deleted, and another one made".to_owned()),
        Err(error) => return damaged(error.to_string()),
    }
    let (first, last) = (info.state.first_sequence, info.state.last_sequence);
    if last < after {
        return damaged(format!(
            "it ends at {last}, and this node has applied it up to {after}"
        ));
    }
    // An empty stream that never had a message begins at 0 or 1.
    if first > after + 1 {
        return damaged(format!(
            "it begins at {first}, and this node has applied it up to {after} only; start this node from a \
             backup of another one"
        ));
    }
    Ok(())
}
