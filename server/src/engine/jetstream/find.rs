//! Looks for one message on every server that has the stream.
//!
//! A server whose copy is damaged skips what it has lost, with everything looking well: a consumer
//! that is placed there goes on behind it. So a message is missing only where none has it.

use std::{collections::BTreeSet, time::Duration};

use async_nats::jetstream::{
    ErrorCode,
    consumer::PullConsumer,
    stream::{Info, RawMessageErrorKind, Stream},
};
use bytes::Bytes;
use futures_util::StreamExt;
use parlor_shared::limits::{STREAM_CONSUMERS_TRIED_MAX, STREAM_FIND_MS_MAX};

use super::{promise::servers, tail::consumer_config};
use crate::engine::replicated::ordered_log::TailError;

/// Where a message is.
#[derive(Debug)]
pub(super) enum Found {
    /// A server has it.
    Here(Bytes),
    /// None has it.
    Nowhere,
    /// Servers that may have it do not answer; a sentence.
    Unknown(String),
}

/// Looks for the message with this sequence.
pub(super) async fn find(
    stream: &Stream<()>,
    info: &Info,
    sequence: u64,
) -> Result<Found, TailError> {
    if let Some(payload) = at_leader(stream, sequence).await? {
        return Ok(Found::Here(payload));
    }
    let mut left: BTreeSet<String> = match &info.cluster {
        Some(cluster) => servers(cluster).into_iter().collect(),
        // One that is in no cluster has no name here.
        None => [String::new()].into(),
    };
    let mut failed = None;
    // The servers choose where a consumer is placed.
    for _ in 0..STREAM_CONSUMERS_TRIED_MAX {
        if left.is_empty() {
            return Ok(Found::Nowhere);
        }
        match ask_one(stream, sequence, &mut left).await {
            Ok(Some(payload)) => return Ok(Found::Here(payload)),
            Ok(None) => {}
            Err(TailError::Lost(why)) if failed.is_none() => failed = Some(why),
            // The next one will not do better.
            Err(error) => return Err(error),
        }
    }
    let left: Vec<String> = left.into_iter().collect();
    Ok(Found::Unknown(format!(
        "{sequence} may be on {} alone, which gives nothing now{}",
        left.join(" or "),
        failed.map_or_else(String::new, |why| format!(" ({why})"))
    )))
}

/// Asks the server on which a new consumer is placed, if it is one of those that are left.
async fn ask_one(
    stream: &Stream<()>,
    sequence: u64,
    left: &mut BTreeSet<String>,
) -> Result<Option<Bytes>, TailError> {
    let made = stream.create_consumer(consumer_config(sequence)).await;
    let consumer: PullConsumer = made.map_err(lost)?;
    let info = consumer.cached_info();
    let server = info.cluster.as_ref().and_then(|one| one.leader.clone());
    let server = server.unwrap_or_default();
    let found = match left.contains(&server) {
        true => first(&consumer, sequence).await,
        false => Ok(None),
    };
    // It goes by itself a little later.
    stream.delete_consumer(&info.name).await.ok();
    let found = found?;
    left.remove(&server);
    Ok(found)
}

/// What the stream's leader has there.
pub(super) async fn at_leader(
    stream: &Stream<()>,
    sequence: u64,
) -> Result<Option<Bytes>, TailError> {
    match stream.get_raw_message(sequence).await {
        Ok(message) => Ok(Some(message.payload)),
        Err(error) => match error.kind() {
            RawMessageErrorKind::NoMessageFound => Ok(None),
            RawMessageErrorKind::JetStream(why)
                if why.error_code() == ErrorCode::NO_MESSAGE_FOUND =>
            {
                Ok(None)
            }
            RawMessageErrorKind::JetStream(_)
            | RawMessageErrorKind::InvalidSubject
            | RawMessageErrorKind::Other => Err(lost(error)),
        },
    }
}

/// What a consumer gives first, if it is the message with this sequence.
async fn first(consumer: &PullConsumer, sequence: u64) -> Result<Option<Bytes>, TailError> {
    let wait = Duration::from_millis(STREAM_FIND_MS_MAX);
    let fetched = consumer.fetch().max_messages(1).expires(wait);
    let mut fetched = fetched.messages().await.map_err(lost)?;
    let Some(received) = fetched.next().await else {
        return Ok(None);
    };
    let received = received.map_err(lost)?;
    let is_it = received.info().map_err(lost)?.stream_sequence == sequence;
    Ok(is_it.then(|| received.message.payload.clone()))
}

fn lost(error: impl std::fmt::Display) -> TailError {
    TailError::Lost(error.to_string())
}
