//! What a stream has, and what each node is to see of it.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};

use crate::engine::replicated::ordered_log::Message;

/// What the stream and the nodes' sides of it have in common.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: Notify,
}

#[derive(Default)]
pub(super) struct State {
    /// What it has, by sequence. Where one is missing it has a hole.
    pub(super) messages: BTreeMap<u64, Bytes>,
    /// The newest sequence that it has given.
    pub(super) last: u64,
    /// Everything that it has ever stored.
    pub(super) known: HashSet<Bytes>,
    /// What was published and is not stored, oldest first.
    pub(super) published: VecDeque<Published>,
    /// What each node sees of it.
    pub(super) views: Vec<View>,
}

pub(super) struct Published {
    pub(super) payload: Bytes,
    /// Dropped where nothing is known of it.
    pub(super) answer: oneshot::Sender<()>,
}

/// What a node sees of a stream.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// The newest sequence that it is shown.
    pub(super) until: u64,
    pub(super) is_away: bool,
    /// How often its tails have been lost.
    pub(super) lost: u64,
    /// Whether its tail leaves out the next message.
    pub(super) skips: bool,
}

impl Shared {
    /// Takes what a node publishes. Its answer comes here; `None` if the node is away.
    pub(super) fn publish(&self, node: usize, payload: Bytes) -> Option<oneshot::Receiver<()>> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.lock();
        if state.views[node].is_away {
            return None;
        }
        state.published.push_back(Published { payload, answer });
        Some(answered)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the log has at one place.
pub(super) fn message(sequence: u64, payload: &Bytes) -> Message {
    Message {
        sequence,
        payload: payload.clone(),
    }
}
