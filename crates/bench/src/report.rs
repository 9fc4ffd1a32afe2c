//! The results: as Markdown tables for people, as JSON for programs, as a chart.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use serde::Serialize;

use crate::{
    attacker::{Attacked, OTHERS_P99_MS_MAX},
    chart::{self, BarGroup},
    document, large,
    rows::Row,
    suite::{Outcome, Scenario},
    tables,
};

/// The scenarios in the chart.
const CHARTED: [Scenario; 3] = [Scenario::Busy, Scenario::Saturated, Scenario::Group];

/// All results of one run of the benchmark.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: BTreeMap<&'static str, String>,
    pub(crate) scenarios: BTreeMap<&'static str, Outcome>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            machine: machine(),
            scenarios: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, scenario: Scenario, outcome: Outcome) {
        self.scenarios.insert(scenario.title(), outcome);
    }

    /// One scenario's heading and table.
    pub(crate) fn section(scenario: Scenario, outcome: &Outcome) -> String {
        let mut text = format!("### {}\n\n", scenario.title());
        match outcome {
            Outcome::Deliveries { rows } => tables::deliveries_table(&mut text, rows),
            Outcome::Syscalls { rows } => tables::syscalls_table(&mut text, rows),
            Outcome::Mixed { rows } => tables::mixed_table(&mut text, rows),
            Outcome::Idle { runs } => tables::idle_table(&mut text, runs),
            Outcome::Scroll { run } => tables::scroll_table(&mut text, run),
            Outcome::Attacks { rows } => tables::attacks_table(&mut text, rows),
            Outcome::Large { logs } => text += &large::table(logs),
        }
        text
    }

    /// One line for each run in which an entry was lost, duplicated or out of order, a post refused
    /// or a connection closed.
    pub(crate) fn faults(&self) -> Vec<String> {
        let outcomes = self.scenarios.iter();
        let attacked = self.attacks().filter(|row| !row.faults.is_none());
        let attacked = attacked.map(|row| format!("{}: {:?}", row.title(), row.faults));
        outcomes
            .flat_map(|(title, outcome)| {
                let rows: &[Row] = match outcome {
                    Outcome::Deliveries { rows }
                    | Outcome::Syscalls { rows }
                    | Outcome::Mixed { rows } => rows,
                    Outcome::Idle { .. }
                    | Outcome::Scroll { .. }
                    | Outcome::Attacks { .. }
                    | Outcome::Large { .. } => &[],
                };
                let runs = rows.iter().flat_map(|row| row.rounds.iter().flatten());
                let faulty = runs.filter(|run| !run.faults.is_none());
                faulty.map(move |run| {
                    let refusal = run.first_refusal.as_deref().unwrap_or("none");
                    let (server, faults) = (run.server.name(), run.faults);
                    format!("{title}, {server}: {faults:?}, first refusal: {refusal}")
                })
            })
            .chain(attacked)
            .collect()
    }

    /// One line for each attack in which the members' messages were late.
    pub(crate) fn noticed_attacks(&self) -> Vec<String> {
        let late = |row: &&Attacked| row.others.p99 >= OTHERS_P99_MS_MAX;
        self.attacks()
            .filter(late)
            .map(|row| {
                let (title, p99) = (row.title(), row.others.p99);
                format!("{title}: the members' p99 was {p99:.1} ms ({OTHERS_P99_MS_MAX:.0} may be)")
            })
            .collect()
    }

    fn attacks(&self) -> impl Iterator<Item = &Attacked> {
        self.scenarios.values().flat_map(|outcome| match outcome {
            Outcome::Attacks { rows } => rows.as_slice(),
            Outcome::Deliveries { .. }
            | Outcome::Syscalls { .. }
            | Outcome::Mixed { .. }
            | Outcome::Idle { .. }
            | Outcome::Scroll { .. }
            | Outcome::Large { .. } => &[],
        })
    }

    /// Writes the results into PERFORMANCE.md, performance.json and performance.svg in this folder.
    /// Results of scenarios that were not run stay there as they are.
    pub(crate) fn write(&self, docs: &Path) -> anyhow::Result<()> {
        let page = docs.join("PERFORMANCE.md");
        let machine: Vec<String> = self.machine.values().cloned().collect();
        let text = document::replace_tables(&read(&page)?, &machine.join(", "), |scenario| {
            let outcome = self.scenarios.get(scenario.title())?;
            Some(Self::section(scenario, outcome))
        })?;
        fs::write(&page, text)?;
        let data = docs.join("performance.json");
        let json = document::replace_scenarios(&read(&data)?, serde_json::to_value(self)?)?;
        fs::write(data, json)?;
        let bars = self.bar_groups();
        if bars.len() == CHARTED.len()
            && let Some(chart) = chart::render(&bars)
        {
            fs::write(docs.join("performance.svg"), chart)?;
        }
        Ok(())
    }

    fn bar_groups(&self) -> Vec<BarGroup<'_>> {
        let group = |scenario: Scenario| {
            let title = scenario.title();
            match self.scenarios.get(title)? {
                Outcome::Deliveries { rows } => Some(BarGroup {
                    title,
                    row: rows.first()?,
                }),
                Outcome::Syscalls { .. }
                | Outcome::Mixed { .. }
                | Outcome::Idle { .. }
                | Outcome::Scroll { .. }
                | Outcome::Attacks { .. }
                | Outcome::Large { .. } => None,
            }
        };
        CHARTED.into_iter().filter_map(group).collect()
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The machine that the benchmark ran on.
fn machine() -> BTreeMap<&'static str, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |model| {
            model.trim_matches([' ', '\t', ':'])
        });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    BTreeMap::from([
        ("cores", format!("{cores} cores")),
        ("kernel", format!("Linux {}", kernel.trim())),
        ("processor", model.to_owned()),
    ])
}
