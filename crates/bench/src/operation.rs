//! What the members of a busy chat do, and how often.

use std::time::Instant;

use serde::Serialize;

use crate::latency::{Latency, Quantiles};

/// One thing that a member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Typing,
    Post,
    Reaction,
    Join,
    History,
    Edit,
    Search,
}

impl Operation {
    /// Every operation, in the order of the tables.
    pub(crate) const ALL: [Self; 7] = [
        Self::Typing,
        Self::Post,
        Self::Reaction,
        Self::Join,
        Self::History,
        Self::Edit,
        Self::Search,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Typing => "typing",
            Self::Post => "posts",
            Self::Reaction => "reactions",
            Self::Join => "joins",
            Self::History => "pages of history",
            Self::Edit => "edits",
            Self::Search => "searches",
        }
    }

    /// How many of a hundred operations are of this kind. docs/PERFORMANCE.md says why.
    pub(crate) fn of_hundred(self) -> i32 {
        match self {
            Self::Typing => 50,
            Self::Post => 25,
            Self::Reaction => 10,
            Self::Join => 6,
            Self::History => 6,
            Self::Edit => 2,
            Self::Search => 1,
        }
    }
}

/// The operations in an endless order, which is the same in every run: each kind is spread evenly,
/// and any hundred from the beginning on have [`Operation::of_hundred`] of each.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    /// By kind, how far it is behind its share; negative where it is ahead.
    behind: [i32; Operation::ALL.len()],
}

impl Iterator for Schedule {
    type Item = Operation;

    fn next(&mut self) -> Option<Operation> {
        for (operation, behind) in Operation::ALL.iter().zip(&mut self.behind) {
            *behind += operation.of_hundred();
        }
        let kinds = Operation::ALL.iter().zip(&mut self.behind);
        let (operation, behind) = kinds.max_by_key(|(_, behind)| **behind)?;
        *behind -= 100;
        Some(*operation)
    }
}

/// How many operations of each kind were sent, and how long each took.
#[derive(Debug)]
pub(crate) struct OperationRecorder {
    /// In the order of [`Operation::ALL`].
    kinds: Vec<OneKind>,
}

#[derive(Debug)]
struct OneKind {
    operation: Operation,
    sent: u64,
    answered: Latency,
}

/// The operations of one kind in one run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct OperationLatency {
    pub(crate) operation: Operation,
    pub(crate) sent: u64,
    /// From when it was due until the member who did it had the answer. For an entry this is the
    /// entry itself, which is durable then; for a join the list of who is there, which follows the
    /// page of entries; for typing, what the room is told.
    pub(crate) answered_ms: Quantiles,
}

impl OperationRecorder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let kinds = Operation::ALL.map(|operation| {
            anyhow::Ok(OneKind {
                operation,
                sent: 0,
                answered: Latency::new()?,
            })
        });
        Ok(Self {
            kinds: kinds.into_iter().collect::<anyhow::Result<_>>()?,
        })
    }

    pub(crate) fn record_sent(&mut self, operation: Operation) {
        self.of(operation).for_each(|kind| kind.sent += 1);
    }

    pub(crate) fn record_answer(&mut self, operation: Operation, due: Instant, now: Instant) {
        self.of(operation)
            .for_each(|kind| kind.answered.record(due, now));
    }

    fn of(&mut self, operation: Operation) -> impl Iterator<Item = &mut OneKind> {
        let kinds = self.kinds.iter_mut();
        kinds.filter(move |kind| kind.operation == operation)
    }

    pub(crate) fn latencies(&self) -> Vec<OperationLatency> {
        let kinds = self.kinds.iter().map(|kind| OperationLatency {
            operation: kind.operation,
            sent: kind.sent,
            answered_ms: kind.answered.quantiles(),
        });
        kinds.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_hundred_operations_have_the_share_of_each_kind_and_no_kind_comes_in_a_bunch() {
        let operations: Vec<Operation> = Schedule::default().take(300).collect();
        for hundred in operations.chunks(100) {
            for kind in Operation::ALL {
                let count = hundred
                    .iter()
                    .filter(|operation| **operation == kind)
                    .count();
                assert_eq!(count as i32, kind.of_hundred(), "{}", kind.label());
            }
        }
        let entries = |operation: &&Operation| **operation == Operation::Post;
        for ten in operations.chunks(10) {
            assert!(
                (2..=3).contains(&ten.iter().filter(entries).count()),
                "{ten:?}"
            );
        }
    }
}
