//! What was posted in one room, and which clients have received it. Every entry of every client is
//! checked against it, in every run.

use std::time::Instant;

use crate::{operation::Operation, recorder::Faults};

/// One room's posts, in the order in which they were posted.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) room: String,
    /// Whether the latency of this room's messages is recorded.
    pub(crate) is_timed: bool,
    /// Whether others post in this room too. Their entries are not checked.
    pub(crate) has_others: bool,
    /// When each post was due. A post that is sent late still counts from here, because its reader
    /// waited from here.
    due: Vec<Instant>,
    /// What each of them is.
    operations: Vec<Operation>,
    /// Each post's place on the log, once a client has received it.
    seqs: Vec<u64>,
    /// How many clients have received each post.
    received_by: Vec<u32>,
    /// How many clients must receive every post.
    pub(crate) readers: u32,
    /// How many posts, from the first one on, every reader has received.
    delivered_to_all: usize,
    /// How many posts, from the first one on, their author has received back.
    durable: usize,
}

impl Ledger {
    pub(crate) fn new(room: String) -> Self {
        Self {
            room,
            is_timed: true,
            has_others: false,
            due: Vec::new(),
            operations: Vec::new(),
            seqs: Vec::new(),
            received_by: Vec::new(),
            readers: 0,
            delivered_to_all: 0,
            durable: 0,
        }
    }

    /// Records an entry that is posted, and when it was due; returns its number.
    pub(crate) fn record_post(&mut self, operation: Operation, due: Instant) -> usize {
        self.due.push(due);
        self.operations.push(operation);
        self.received_by.push(0);
        self.due.len() - 1
    }

    /// Records the `index`-th entry that a client received. Returns when that post was due, or
    /// `None` if the entry was not the one that had to come; then `faults` has counted it.
    pub(crate) fn record_delivery(
        &mut self,
        index: usize,
        seq: u64,
        faults: &mut Faults,
    ) -> Option<Instant> {
        match self.seqs.get(index) {
            Some(known) if *known == seq => {}
            Some(known) if *known > seq => {
                faults.duplicates += 1;
                return None;
            }
            Some(_) => {
                faults.gaps += 1;
                return None;
            }
            None => self.seqs.push(seq),
        }
        let Some(received_by) = self.received_by.get_mut(index) else {
            faults.duplicates += 1;
            return None;
        };
        *received_by += 1;
        while self
            .received_by
            .get(self.delivered_to_all)
            .is_some_and(|count| *count >= self.readers)
        {
            self.delivered_to_all += 1;
        }
        self.due.get(index).copied()
    }

    /// Records that the author has received its first `count` entries back.
    pub(crate) fn record_durable(&mut self, count: usize) {
        self.durable = self.durable.max(count);
    }

    pub(crate) fn posted(&self) -> usize {
        self.due.len()
    }

    pub(crate) fn durable(&self) -> usize {
        self.durable
    }

    /// How many posts some reader has not received yet.
    pub(crate) fn outstanding(&self) -> usize {
        self.due.len() - self.delivered_to_all
    }

    /// What the `index`-th entry is.
    pub(crate) fn operation(&self, index: usize) -> Option<Operation> {
        self.operations.get(index).copied()
    }

    /// The place on the log of the `index`-th entry.
    pub(crate) fn seq(&self, index: usize) -> Option<u64> {
        self.seqs.get(index).copied()
    }

    /// How many entries all clients together have received.
    pub(crate) fn delivered(&self) -> u64 {
        self.received_by.iter().map(|count| u64::from(*count)).sum()
    }

    /// How many entries all readers together have not received.
    pub(crate) fn missing(&self) -> u64 {
        self.due.len() as u64 * u64::from(self.readers) - self.delivered()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_differs_between_two_clients_is_a_fault() {
        let mut ledger = Ledger::new("room".to_owned());
        ledger.readers = 2;
        let now = Instant::now();
        (0..3).for_each(|number| assert_eq!(ledger.record_post(Operation::Post, now), number));
        let mut faults = Faults::default();
        for (index, seq) in [(0, 7), (1, 9), (0, 7)] {
            assert!(ledger.record_delivery(index, seq, &mut faults).is_some());
        }
        assert!(faults.is_none());
        assert_eq!((ledger.outstanding(), ledger.missing()), (2, 3));
        assert!(ledger.record_delivery(1, 7, &mut faults).is_none());
        assert!(ledger.record_delivery(1, 11, &mut faults).is_none());
        assert_eq!((faults.duplicates, faults.gaps), (1, 1));
    }
}
