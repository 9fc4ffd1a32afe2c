//! The stream as one node reaches it.

use std::{mem, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::shared::{Shared, message};
use crate::engine::replicated::ordered_log::{
    Message, OrderedLog, PublishError, Stored, Tail, TailError,
};

/// Most bytes of a message.
const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

/// A node's side of the stream.
pub(super) struct Side {
    pub(super) node: usize,
    pub(super) shared: Arc<Shared>,
}

fn away() -> TailError {
    TailError::Lost("the stream can't be reached".to_owned())
}

#[async_trait]
impl OrderedLog for Side {
    fn payload_bytes_max(&self) -> usize {
        PAYLOAD_BYTES_MAX
    }

    async fn publish(&self, payload: Bytes) -> Result<(), PublishError> {
        let lost = || PublishError("the stream has not answered".to_owned());
        let answered = self.shared.publish(self.node, payload).ok_or_else(lost)?;
        answered.await.map_err(|_| lost())
    }

    async fn stored(&self, at: u64) -> Result<Stored, TailError> {
        let state = self.shared.lock();
        if state.views[self.node].is_away {
            return Err(away());
        }
        Ok(Stored {
            first: 1,
            last: state.last,
            holes: Vec::new(),
            message: state.messages.get(&at).cloned(),
        })
    }

    async fn tail(&self, after: u64) -> Result<Box<dyn Tail>, TailError> {
        let (node, shared) = (self.node, self.shared.clone());
        let (last, view) = {
            let state = shared.lock();
            (state.last, state.views[node].clone())
        };
        if view.is_away {
            return Err(away());
        }
        if last < after {
            return Err(TailError::Damaged(format!(
                "it ends at {last}, not {after}"
            )));
        }
        let lost = view.lost;
        Ok(Box::new(SideTail {
            node,
            shared,
            after,
            lost,
        }))
    }
}

/// What a node is shown after a place.
struct SideTail {
    node: usize,
    shared: Arc<Shared>,
    after: u64,
    /// How many tails of the node had been lost when it began.
    lost: u64,
}

impl SideTail {
    /// What it is shown and has not given.
    fn take(&mut self) -> Result<Vec<Message>, TailError> {
        let mut state = self.shared.lock();
        let view = &mut state.views[self.node];
        if view.is_away || view.lost != self.lost {
            return Err(away());
        }
        let until = view.until;
        if until <= self.after {
            return Ok(Vec::new());
        }
        let skipped = usize::from(mem::take(&mut view.skips));
        let shown = state.messages.range(self.after + 1..=until);
        let given = shown.skip(skipped);
        let given = given.map(|(sequence, payload)| message(*sequence, payload));
        let given: Vec<Message> = given.collect();
        if let Some(last) = given.last() {
            self.after = last.sequence;
        }
        Ok(given)
    }
}

#[async_trait]
impl Tail for SideTail {
    async fn next(&mut self) -> Result<Vec<Message>, TailError> {
        loop {
            let shared = self.shared.clone();
            let changed = shared.changed.notified();
            let messages = self.take()?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            changed.await;
        }
    }
}
