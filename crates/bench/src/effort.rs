//! How much work a run of the benchmark does.

use std::time::Duration;

/// How long and how often each scenario is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) seconds: f64,
    /// How long clients are connected before a measurement, so that presence has been delivered.
    pub(crate) warm_up: Duration,
    pub(crate) rounds: usize,
    /// Divides the numbers of clients and entries, for a run that only shows that everything works.
    pub(crate) divisor: usize,
}

impl Effort {
    /// The share of `full` that this run has, at least one.
    pub(crate) fn scale(self, full: usize) -> usize {
        full.div_ceil(self.divisor)
    }
}
