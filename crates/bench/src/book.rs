//! What was posted in one room, and what came of it: held against every client in every run.

use std::time::Instant;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies above this are counted as this: ten minutes, in microseconds.
const LATENCY_US_MAX: u64 = 600_000_000;

/// One room's posts, in the order they were posted.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) room: String,
    /// Whether it counts how long its messages take.
    pub(crate) timed: bool,
    /// When each was due to be posted: a sender that is late is late for the one who waits.
    due: Vec<Instant>,
    /// Each one's place on the log, once anyone has seen it.
    seqs: Vec<u64>,
    /// How many clients have each.
    seen_by: Vec<u32>,
    /// Clients that are to have them all.
    pub(crate) readers: u32,
    /// The first that not everyone has.
    done: usize,
    /// The first that its author does not have back.
    durable: usize,
}

/// What must not happen; every run counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// Entries that came again.
    pub(crate) duplicates: u64,
    /// Entries that were not the next one.
    pub(crate) gaps: u64,
    /// Entries that some client never got.
    pub(crate) lost: u64,
    /// Posts that were refused.
    pub(crate) refused: u64,
    /// Connections that the server ended.
    pub(crate) closed: u64,
}

impl Faults {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }
}

/// Points of a distribution, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

/// How long it took until clients had what was posted, in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Latency(Histogram<u64>);

impl Latency {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_max(LATENCY_US_MAX, 3)?))
    }

    pub(crate) fn record(&mut self, since: Instant, now: Instant) {
        let micros = now.saturating_duration_since(since).as_micros();
        self.0
            .saturating_record(u64::try_from(micros).unwrap_or(LATENCY_US_MAX));
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let ms = |quantile| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        Quantiles {
            p50: ms(0.5),
            p99: ms(0.99),
            p999: ms(0.999),
        }
    }
}

impl Book {
    pub(crate) fn new(room: String) -> Self {
        Self {
            room,
            timed: true,
            due: Vec::new(),
            seqs: Vec::new(),
            seen_by: Vec::new(),
            readers: 0,
            done: 0,
            durable: 0,
        }
    }

    /// Notes a post that was due then; gives its number.
    pub(crate) fn post(&mut self, due: Instant) -> usize {
        self.due.push(due);
        self.seen_by.push(0);
        self.due.len() - 1
    }

    /// Takes the `index`-th entry that a client got. Gives when it was due, or `None` for one that should not have come
    /// here.
    pub(crate) fn saw(&mut self, index: usize, seq: u64, faults: &mut Faults) -> Option<Instant> {
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
        let Some(seen_by) = self.seen_by.get_mut(index) else {
            faults.duplicates += 1;
            return None;
        };
        *seen_by += 1;
        while self
            .seen_by
            .get(self.done)
            .is_some_and(|count| *count >= self.readers)
        {
            self.done += 1;
        }
        self.due.get(index).copied()
    }

    /// Notes that the author has its entries up to this one back.
    pub(crate) fn author_has(&mut self, count: usize) {
        self.durable = self.durable.max(count);
    }

    pub(crate) fn posted(&self) -> usize {
        self.due.len()
    }

    pub(crate) fn durable(&self) -> usize {
        self.durable
    }

    /// Posts that not everyone has yet.
    pub(crate) fn outstanding(&self) -> usize {
        self.due.len() - self.done
    }

    /// The place of the `index`-th entry.
    pub(crate) fn seq(&self, index: usize) -> Option<u64> {
        self.seqs.get(index).copied()
    }

    /// Entries that clients have, all together.
    pub(crate) fn delivered(&self) -> u64 {
        self.seen_by.iter().map(|count| u64::from(*count)).sum()
    }

    /// Entries that clients should have and don't.
    pub(crate) fn missing(&self) -> u64 {
        self.due.len() as u64 * u64::from(self.readers) - self.delivered()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_client_gets_otherwise_than_another_is_a_fault() {
        let mut book = Book::new("room".to_owned());
        book.readers = 2;
        let now = Instant::now();
        (0..3).for_each(|number| assert_eq!(book.post(now), number));
        let mut faults = Faults::default();
        for (index, seq) in [(0, 7), (1, 9), (0, 7)] {
            assert!(book.saw(index, seq, &mut faults).is_some());
        }
        assert!(!faults.any());
        assert_eq!((book.outstanding(), book.missing()), (2, 3));
        assert!(book.saw(1, 7, &mut faults).is_none());
        assert!(book.saw(1, 11, &mut faults).is_none());
        assert_eq!((faults.duplicates, faults.gaps), (1, 1));
    }
}
