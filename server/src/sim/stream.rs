//! The log that the nodes of a simulation share. What they publish is stored, answered and shown
//! when the simulation says so, and the stream is damaged when it says so.

mod shared;
mod side;

use std::{cell::Cell, collections::BTreeMap, fmt, io, rc::Rc, sync::Arc, time::Duration};

use bytes::Bytes;
use parlor_shared::{Epoch, MessageId, RoomId, Seq, limits::STREAM_PATIENCE_MS};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::yield_now,
    time::advance,
};

use self::{
    shared::{Published, Shared, View, message},
    side::Side,
};
use crate::engine::{
    embedded::StreamStart,
    replicated::{
        NodeStart,
        group::{Command, Group, Incarnation, seq_of},
        ordered_log::{Message, OrderedLog},
    },
};

/// How often each task of the nodes may run in a step: enough to get as far as it can.
const TURNS: usize = 16;

/// What the publisher of a group is told when the stream has stored it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// That it is stored.
    Stored,
    /// That nothing is known of it.
    Lost,
}

/// A stream, and the runtime of the nodes that share it. Clones are the same one.
#[derive(Clone)]
pub struct Stream {
    runtime: Rc<Runtime>,
    now_ms: Rc<Cell<u64>>,
    starts: Rc<Cell<u64>>,
    epoch: Epoch,
    shared: Arc<Shared>,
}

impl Stream {
    /// An empty stream for this many nodes.
    ///
    /// # Errors
    /// If the runtime can't be made.
    pub fn new(epoch: Epoch, nodes: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let shared = Shared::default();
        shared.lock().views = vec![View::default(); nodes];
        Ok(Self {
            runtime: Rc::new(runtime),
            now_ms: Rc::default(),
            starts: Rc::default(),
            epoch,
            shared: Arc::new(shared),
        })
    }

    /// Sets the time, and runs the nodes' tasks as far as they get without waiting.
    pub fn run(&self, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.now_ms.replace(now_ms));
        self.runtime.block_on(async {
            if passed_ms > 0 {
                advance(Duration::from_millis(passed_ms)).await;
            }
            for _ in 0..TURNS {
                yield_now().await;
            }
        });
    }

    /// How many groups wait to be stored.
    #[must_use]
    pub fn published(&self) -> usize {
        self.shared.lock().published.len()
    }

    /// Stores one of the groups that wait. Gives the rooms and ids of the entries that it is the
    /// first to bring.
    pub fn store(&self, index: usize, answer: Answer) -> Vec<(RoomId, MessageId)> {
        let published = self.shared.lock().published.remove(index);
        let Some(Published {
            payload,
            answer: to,
        }) = published
        else {
            return Vec::new();
        };
        let brought = self.store_again(payload);
        match answer {
            // Its publisher may have stopped waiting, or has ended.
            Answer::Stored => to.send(()).ok(),
            Answer::Lost => None,
        };
        brought
    }

    /// Does not store one of the groups that wait, and gives it back: it may still arrive.
    pub fn lose(&self, index: usize) -> Option<Bytes> {
        let published = self.shared.lock().published.remove(index);
        published.map(|published| published.payload)
    }

    /// Stores a group, which may be one that it has already. Gives the rooms and ids of the entries
    /// that it is the first to bring.
    pub fn store_again(&self, payload: Bytes) -> Vec<(RoomId, MessageId)> {
        let mut state = self.shared.lock();
        state.last += 1;
        let sequence = state.last;
        state.messages.insert(sequence, payload.clone());
        match state.known.insert(payload.clone()) {
            true => entries_of(&payload),
            false => Vec::new(),
        }
    }

    /// The newest place that an entry of the group with this sequence may have.
    #[must_use]
    pub fn end_of(sequence: u64) -> Seq {
        Seq(seq_of(sequence + 1, 0).0 - 1)
    }

    /// The newest sequence that it has given; 0 if there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.shared.lock().last
    }

    /// What it has, by sequence.
    #[must_use]
    pub fn messages(&self) -> BTreeMap<u64, Bytes> {
        self.shared.lock().messages.clone()
    }

    /// The newest sequence that a node is shown.
    #[must_use]
    pub fn shown(&self, node: usize) -> u64 {
        self.shared.lock().views[node].until
    }

    /// Shows a node what the stream has up to here.
    pub fn show(&self, node: usize, until: u64) {
        self.shared.lock().views[node].until = until;
        self.shared.changed.notify_waiters();
    }

    /// Whether a node reaches the stream. One that does not has lost its tail.
    pub fn set_away(&self, node: usize, is_away: bool) {
        let mut state = self.shared.lock();
        let view = &mut state.views[node];
        view.is_away = is_away;
        view.lost += 1;
        drop(state);
        self.shared.changed.notify_waiters();
    }

    /// Has a node's tail leave out the next message that it is to give.
    pub fn skip_one(&self, node: usize) {
        self.shared.lock().views[node].skips = true;
    }

    /// Whether a node's tail is still to leave a message out.
    #[must_use]
    pub fn is_to_skip(&self, node: usize) -> bool {
        self.shared.lock().views[node].skips
    }

    /// Has all tails give everything that they are shown.
    pub fn skip_none(&self) {
        for view in &mut self.shared.lock().views {
            view.skips = false;
        }
    }

    /// Loses everything after a sequence, which it then gives again, as where its servers' folders
    /// are copied back. Gives what it has lost. What was on its way there is lost, too.
    pub fn cut(&self, last: u64) -> BTreeMap<u64, Bytes> {
        let mut state = self.shared.lock();
        state.last = last;
        state.published.clear();
        for view in &mut state.views {
            view.until = view.until.min(last);
            view.lost += 1;
        }
        let lost = state.messages.split_off(&(last + 1));
        drop(state);
        self.shared.changed.notify_waiters();
        lost
    }

    /// Loses one message.
    pub fn remove(&self, sequence: u64) -> Option<Bytes> {
        self.shared.lock().messages.remove(&sequence)
    }

    /// Puts back what it had lost; nothing else has come in its place.
    pub fn put_back(&self, lost: BTreeMap<u64, Bytes>) {
        let mut state = self.shared.lock();
        state.messages.extend(lost);
        let last = state.messages.keys().next_back().copied();
        state.last = state.last.max(last.unwrap_or_default());
        drop(state);
        self.shared.changed.notify_waiters();
    }

    /// What a log that follows it has to know.
    pub(super) fn start(&self) -> StreamStart {
        StreamStart {
            epoch: self.epoch,
            after: 0,
            goes_on: None,
        }
    }

    /// What a node that starts has to know.
    pub(super) fn node_start(&self) -> NodeStart {
        let start = self.starts.get() + 1;
        self.starts.set(start);
        let mut node = [0; 16];
        node[..8].copy_from_slice(&start.to_be_bytes());
        NodeStart {
            stream: self.start(),
            node: Incarnation(node),
            patience: Duration::from_millis(STREAM_PATIENCE_MS),
        }
    }

    /// A node's side of it.
    pub(super) fn side_of(&self, node: usize) -> Arc<dyn OrderedLog> {
        let shared = self.shared.clone();
        Arc::new(Side { node, shared })
    }

    /// Where the nodes' tasks run.
    pub(super) fn runtime(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Its messages after a sequence.
    pub(super) fn messages_after(&self, after: u64) -> Vec<Message> {
        let state = self.shared.lock();
        let messages = state.messages.range(after + 1..);
        messages
            .map(|(sequence, payload)| message(*sequence, payload))
            .collect()
    }
}

/// The rooms and ids of the entries that a group is to append.
fn entries_of(payload: &Bytes) -> Vec<(RoomId, MessageId)> {
    let Ok(group) = Group::decode(0, payload) else {
        return Vec::new();
    };
    let entries = if let Command::Append(entries) = group.command {
        entries
    } else if let Command::Batch(batch) = group.command {
        batch.entries
    } else {
        Vec::new()
    };
    let ids = entries.into_iter().map(|entry| (entry.room, entry.id));
    ids.collect()
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("epoch", &self.epoch)
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}
