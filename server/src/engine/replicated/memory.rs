//! A shared log in memory, which is lost and lies on command.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

use super::{
    group::StreamPlace,
    ordered_log::{Look, Message, OrderedLog, PublishError, Stored, Tail, TailError},
};

/// What becomes of what is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// It is stored, and the publisher is told that it was not.
    AnswerLost,
    /// It is not stored.
    Down,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Bytes>,
    fault: Fault,
    look: Option<Look>,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct MemoryLog {
    state: Mutex<State>,
    changed: Arc<Notify>,
}

impl MemoryLog {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on.
    pub(crate) fn set(&self, fault: Fault) {
        self.lock().fault = fault;
        self.changed.notify_waiters();
    }

    /// What is seen of it from now on.
    pub(crate) fn set_look(&self, look: Look) {
        self.lock().look = Some(look);
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// Waits until there are this many messages.
    pub(crate) async fn has(&self, count: usize) {
        loop {
            let changed = self.changed.notified();
            if self.len() >= count {
                return;
            }
            changed.await;
        }
    }

    /// Puts a message there as nobody's.
    pub(crate) fn push(&self, payload: Bytes) {
        self.lock().messages.push(payload);
        self.changed.notify_waiters();
    }

    /// Loses everything behind a sequence, as from a store folder that was copied back.
    pub(crate) fn cut(&self, sequence: u64) {
        self.lock().messages.truncate(sequence as usize);
        self.changed.notify_waiters();
    }

    /// What it has at a sequence.
    pub(crate) fn get(&self, sequence: u64) -> Bytes {
        self.lock().messages[sequence as usize - 1].clone()
    }
}

/// The nodes' side of it.
#[async_trait]
impl OrderedLog for Arc<MemoryLog> {
    fn payload_bytes_max(&self) -> usize {
        1024 * 1024
    }

    async fn look(&self, _applied: StreamPlace) -> Result<Option<Look>, TailError> {
        Ok(self.lock().look.clone())
    }

    async fn publish(&self, payload: Bytes) -> Result<(), PublishError> {
        let fault = self.lock().fault;
        let lost = || Err(PublishError("no answer".to_owned()));
        match fault {
            Fault::Down => return lost(),
            Fault::None | Fault::AnswerLost => self.push(payload),
        }
        match fault {
            Fault::AnswerLost => lost(),
            Fault::None | Fault::Down => Ok(()),
        }
    }

    async fn tail(&self, after: u64) -> Result<Box<dyn Tail>, TailError> {
        let log = self.clone();
        Ok(Box::new(MemoryTail { log, after }))
    }

    async fn stored(&self, at: u64) -> Result<Stored, TailError> {
        let state = self.lock();
        let index = (at as usize).checked_sub(1);
        Ok(Stored {
            first: 1,
            last: state.messages.len() as u64,
            holes: Vec::new(),
            message: index.and_then(|index| state.messages.get(index).cloned()),
        })
    }
}

struct MemoryTail {
    log: Arc<MemoryLog>,
    after: u64,
}

#[async_trait]
impl Tail for MemoryTail {
    async fn next(&mut self) -> Result<Vec<Message>, TailError> {
        self.log.has(self.after as usize + 1).await;
        let mut messages = Vec::new();
        for sequence in self.after + 1..=self.log.len() as u64 {
            let payload = self.log.get(sequence);
            messages.push(Message { sequence, payload });
        }
        self.after += messages.len() as u64;
        Ok(messages)
    }

    fn last(&self) -> u64 {
        self.log.len() as u64
    }
}
