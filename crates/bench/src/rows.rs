//! The rows of a scenario, and how their runs are summed up.

use serde::Serialize;

use crate::{meter::Run, quiet::OthersCpu, server::Kind};

/// One row of a scenario: its name, and for each round the result of each server.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) rounds: Vec<Vec<Run>>,
}

impl Row {
    /// This server's median run, by deliveries per CPU second.
    pub(crate) fn median(&self, kind: Kind) -> Option<&Run> {
        let runs = self.rounds.iter().flatten();
        let mut runs: Vec<&Run> = runs.filter(|run| run.server == kind).collect();
        runs.sort_by(|one, two| one.per_cpu_second().total_cmp(&two.per_cpu_second()));
        runs.get(runs.len() / 2).copied()
    }

    /// The median run of each server.
    pub(crate) fn medians(&self) -> impl Iterator<Item = &Run> {
        let kinds = self.kinds().into_iter();
        kinds.filter_map(|kind| self.median(kind))
    }

    /// For each round, what others took of the machine while this server was measured.
    pub(crate) fn others(&self, kind: Kind) -> impl Iterator<Item = OthersCpu> {
        let runs = self.rounds.iter().flatten();
        runs.filter(move |run| run.server == kind)
            .map(|run| run.others)
    }

    /// For each round, one server's deliveries per CPU second divided by another's.
    pub(crate) fn ratios(&self, kind: Kind, base: Kind) -> Ratios {
        let rate = |round: &Vec<Run>, kind| {
            let run = round.iter().find(|run| run.server == kind);
            run.map(Run::per_cpu_second)
        };
        let ratio = |round| Some(rate(round, kind)? / rate(round, base)?);
        self.rounds.iter().filter_map(ratio).collect()
    }

    /// The servers that were run.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let first = self.rounds.first().into_iter().flatten();
        first.map(|run| run.server).collect()
    }
}

/// A comparison of two servers: one ratio for each round.
#[derive(Debug)]
pub(crate) struct Ratios {
    /// In ascending order.
    pub(crate) sorted: Vec<f64>,
}

impl Ratios {
    /// `None` if the two servers were not both run. Of an even number of ratios, the mean of the
    /// two in the middle.
    pub(crate) fn median(&self) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let lower = self.sorted.get(last / 2)?;
        let upper = self.sorted.get(last.div_ceil(2))?;
        Some(f64::midpoint(*lower, *upper))
    }
}

impl FromIterator<f64> for Ratios {
    fn from_iter<T: IntoIterator<Item = f64>>(ratios: T) -> Self {
        let mut sorted: Vec<f64> = ratios.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_ratio_or_the_mean_of_the_two_in_the_middle() {
        let median = |ratios: &[f64]| ratios.iter().copied().collect::<Ratios>().median();
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.5]), Some(2.5));
        assert_eq!(median(&[3.0, 1.0, 2.0, 4.0]), Some(2.5));
    }
}
