//! What the stream has, as its servers say: asked for in every check, and for every message that a
//! consumer has skipped.

use std::{ops::RangeInclusive, sync::atomic::Ordering::Relaxed};

use async_nats::jetstream::{ErrorCode, context::GetStreamErrorKind, stream::Info};
use bytes::Bytes;
use parlor_shared::limits::STREAM_HOLES_MAX;

use super::{
    JetStream,
    doubts::{Elsewhere, Skipped},
    find::{Found, at_leader, find},
    stream,
    tail::JetStreamTail,
};
use crate::{
    engine::replicated::{
        check::Damage,
        ordered_log::{Message, PublishError, Stored, TailError},
    },
    repeated_line::log_repeated,
};

impl JetStream {
    /// What the stream has now, if it is still the one that was opened.
    pub(super) async fn stored_at(&self, at: u64) -> Result<Stored, TailError> {
        // A node asks for what it has applied.
        self.reached.on_sequence(at);
        let info = self.info_of_same().await?;
        let (first, last) = (info.state.first_sequence, info.state.last_sequence);
        let message = match (first..=last).contains(&at) && at > 0 {
            true => self.message(&info, at).await?,
            false => None,
        };
        let holes = match info.state.deleted_count {
            None | Some(0) => Vec::new(),
            Some(count) => self.holes(&info, count).await?,
        };
        Ok(Stored {
            first,
            last,
            holes,
            message,
        })
    }

    /// Reads behind a place. What an earlier consumer has skipped there is looked for on every
    /// server, and given first.
    pub(super) async fn tail_after(&self, after: u64) -> Result<JetStreamTail, TailError> {
        let info = self.info_of_same().await?;
        let found = match self.doubts.skipped(after) {
            Some(skipped) => Some(self.find_skipped(&info, skipped).await?),
            None => None,
        };
        JetStreamTail::open(self, after, info.state.last_sequence, found).await
    }

    /// Sees to it that the stream is as long as it was before the connection was lost last.
    ///
    /// # Errors
    /// [`PublishError`] if it is not, or can't be asked.
    pub(super) async fn see_end(&self) -> Result<(), PublishError> {
        let connects = self.client.statistics().connects.load(Relaxed);
        if !self.reached.is_unknown(connects) {
            return Ok(());
        }
        let seen = self.see().await;
        let seen = seen.map_err(|error| PublishError(error.to_string()))?;
        self.reached
            .on_last(seen.info.state.last_sequence, connects)
    }

    /// What the servers say of the stream, if it is still the one that was opened.
    pub(super) async fn info_of_same(&self) -> Result<Info, TailError> {
        let damaged = |why: String| TailError::Damaged(why);
        let info = match self.context.get_stream(&self.identity.name).await {
            Ok(stream) => stream.cached_info().clone(),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(why)
                    if why.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    return Err(damaged("the stream is gone, and all it had".to_owned()));
                }
                GetStreamErrorKind::JetStream(_)
                | GetStreamErrorKind::EmptyName
                | GetStreamErrorKind::Request
                | GetStreamErrorKind::InvalidStreamName => {
                    return Err(TailError::Lost(error.to_string()));
                }
            },
        };
        stream::check_leader(&info)?;
        stream::check(&self.identity, &info)?;
        Ok(info)
    }

    /// What the stream has there.
    async fn message(&self, info: &Info, at: u64) -> Result<Option<Bytes>, TailError> {
        if let Some(payload) = at_leader(&self.stream, at).await? {
            return Ok(Some(payload));
        }
        match find(&self.stream, info, at).await? {
            Found::Here(payload) => Ok(Some(payload)),
            Found::Nowhere => Ok(None),
            Found::Unknown(why) => Err(TailError::Lost(why)),
        }
    }

    /// The first message that a consumer has skipped.
    pub(super) async fn find_skipped(
        &self,
        info: &Info,
        skipped: Skipped,
    ) -> Result<Message, TailError> {
        let sequence = skipped.after + 1;
        match find(&self.stream, info, sequence).await? {
            Found::Here(payload) => {
                log_repeated!(
                    warn,
                    sequence,
                    "a server's copy of the stream lacks a message that another one has: remove the stream \
                     from that server with `nats stream cluster peer-remove`"
                );
                Ok(Message { sequence, payload })
            }
            Found::Nowhere => {
                let mut last = sequence;
                while last < skipped.last
                    && last - sequence < STREAM_HOLES_MAX as u64
                    && matches!(find(&self.stream, info, last + 1).await?, Found::Nowhere)
                {
                    last += 1;
                }
                Err(Damage::Hole(sequence..=last).into())
            }
            Found::Unknown(why) => Err(TailError::Lost(why)),
        }
    }

    /// What no server has any more of `count` messages that the leader lacks: the first parts of
    /// it.
    async fn holes(&self, info: &Info, count: u64) -> Result<Vec<RangeInclusive<u64>>, TailError> {
        let lost =
            |error: async_nats::jetstream::stream::InfoError| TailError::Lost(error.to_string());
        let leader = info.cluster.as_ref().and_then(|one| one.leader.clone());
        let lack = Elsewhere { leader, count };
        if self.doubts.is_elsewhere(&lack) {
            return Ok(Vec::new());
        }
        let asked = self.stream.info_builder().with_deleted(true).fetch().await;
        let mut missing = asked.map_err(lost)?.info.state.deleted.unwrap_or_default();
        missing.retain(|sequence| *sequence > self.after);
        let mut holes = Vec::new();
        for range in ranges(&missing).into_iter().take(STREAM_HOLES_MAX) {
            if let Found::Nowhere = find(&self.stream, info, *range.start()).await? {
                holes.push(range);
            }
        }
        if holes.is_empty() {
            if !missing.is_empty() {
                log_repeated!(
                    warn,
                    count,
                    leader = lack.leader.as_deref().unwrap_or_default(),
                    "the leader's copy of the stream lacks messages that other servers have: remove the \
                     stream from it with `nats stream cluster peer-remove`"
                );
            }
            self.doubts.set_elsewhere(lack);
        }
        Ok(holes)
    }
}

/// Increasing numbers, as ranges without gaps.
fn ranges(numbers: &[u64]) -> Vec<RangeInclusive<u64>> {
    let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if last.end() + 1 == *number => *last = *last.start()..=*number,
            Some(_) | None => ranges.push(*number..=*number),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_ranges() {
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[3, 4, 5, 9, 11, 12]), [3..=5, 9..=9, 11..=12]);
    }
}
