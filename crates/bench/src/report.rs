//! What was measured: as a table for people, as JSON for programs.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    fs,
    path::Path,
};

use anyhow::Context;
use serde::Serialize;

use crate::{
    chart,
    scenarios::{Idle, Run, Scroll},
    server::Kind,
    suite::{Outcome, Row, Scenario},
};

/// Where the table stands in the document.
const BEGIN: &str = "<!-- measured: cargo xtask bench --write -->";
const END: &str = "<!-- end of what was measured -->";

/// All that one run of the benchmark gave.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: BTreeMap<&'static str, String>,
    pub(crate) scenarios: BTreeMap<&'static str, Outcome>,
    #[serde(skip)]
    order: Vec<Scenario>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            machine: machine(),
            scenarios: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, scenario: Scenario, outcome: Outcome) {
        self.order.push(scenario);
        self.scenarios.insert(scenario.title(), outcome);
    }

    /// One scenario as a table.
    pub(crate) fn section(scenario: Scenario, outcome: &Outcome) -> String {
        let mut text = format!("### {}\n\n", scenario.title());
        match outcome {
            Outcome::Deliveries { rows } => deliveries(&mut text, rows),
            Outcome::Syscalls { rows } => syscalls(&mut text, rows),
            Outcome::Idle { runs } => idle(&mut text, runs),
            Outcome::Scroll { run } => scroll(&mut text, run),
        }
        text
    }

    /// What went wrong anywhere, where something did.
    pub(crate) fn faults(&self) -> Vec<String> {
        let outcomes = self.scenarios.iter();
        let runs = outcomes.flat_map(|(title, outcome)| {
            let rows: &[Row] = match outcome {
                Outcome::Deliveries { rows } | Outcome::Syscalls { rows } => rows,
                Outcome::Idle { .. } | Outcome::Scroll { .. } => &[],
            };
            let runs = rows.iter().flat_map(|row| row.rounds.iter().flatten());
            runs.map(move |run| (title, run))
        });
        runs.filter(|(_, run)| run.faults.any())
            .map(|(title, run)| {
                let said = run.complaint.as_deref().unwrap_or("nothing");
                format!(
                    "{title}, {}: {:?}, it said {said}",
                    run.server.name(),
                    run.faults
                )
            })
            .collect()
    }

    /// Writes the table into the document, the JSON and the chart beside it.
    pub(crate) fn write(&self, docs: &Path) -> anyhow::Result<()> {
        let page = docs.join("PERFORMANCE.md");
        let text =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let (before, rest) = text.split_once(BEGIN).context("no place for the table")?;
        let (_, after) = rest.split_once(END).context("no end of the table")?;
        let machine: Vec<String> = self.machine.values().cloned().collect();
        let sections: Vec<String> = self
            .order
            .iter()
            .filter_map(|scenario| {
                let outcome = self.scenarios.get(scenario.title())?;
                Some(Self::section(*scenario, outcome))
            })
            .collect();
        let (machine, sections) = (machine.join(", "), sections.join("\n"));
        fs::write(
            &page,
            format!("{before}{BEGIN}\n\nMeasured on: {machine}.\n\n{sections}\n{END}{after}"),
        )?;
        let json = serde_json::to_string_pretty(self)?;
        fs::write(docs.join("performance.json"), json + "\n")?;
        if let Some(chart) = chart::of(self) {
            fs::write(docs.join("performance.svg"), chart)?;
        }
        Ok(())
    }

    /// A scenario's only row, of which there is a bar in the chart.
    pub(crate) fn row(&self, scenario: Scenario) -> Option<&Row> {
        match self.scenarios.get(scenario.title())? {
            Outcome::Deliveries { rows } => rows.first(),
            Outcome::Syscalls { .. } | Outcome::Idle { .. } | Outcome::Scroll { .. } => None,
        }
    }
}

fn deliveries(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | deliveries / CPU s | of the floor | deliveries / s | durable p50, p99, p99.9 (ms) | delivered p50, p99, p99.9 (ms) | memory |",
    );
    line(text, "| --- | --- | --: | --: | --: | --: | --: | --: |");
    for row in rows {
        for kind in row.kinds() {
            let Some(run) = row.median(kind) else {
                continue;
            };
            let of_floor = row.of_floor(kind);
            line(text, &delivery(&row.what, run, of_floor));
        }
    }
    for row in rows {
        let ratios = Ratios::new(row.ratios(Kind::Parlor, Kind::OtherParlor));
        if let Some(ratios) = ratios {
            let what = &row.what;
            line(
                text,
                &format!("\n{what}: deliveries / CPU s, Parlor / Parlor (other) = {ratios}"),
            );
        }
    }
}

/// One ratio for each round, and the median of them.
struct Ratios(Vec<f64>);

impl Ratios {
    /// `None` where two builds were not compared.
    fn new(mut ratios: Vec<f64>) -> Option<Self> {
        ratios.sort_by(f64::total_cmp);
        (!ratios.is_empty()).then_some(Self(ratios))
    }
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ratios) = self;
        let median = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
        let all: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.3}")).collect();
        write!(f, "{median:.3} (rounds: {})", all.join(", "))
    }
}

fn delivery(what: &str, run: &Run, of_floor: Option<f64>) -> String {
    let of_floor = of_floor.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
    let ms = |quantiles: crate::book::Quantiles| {
        format!(
            "{:.1}, {:.1}, {:.1}",
            quantiles.p50, quantiles.p99, quantiles.p999
        )
    };
    // What is not written to a disk is not durable.
    let durable = match run.server {
        Kind::Parlor | Kind::OtherParlor => ms(run.durable_ms),
        Kind::Floor | Kind::ActixText => "–".to_owned(),
    };
    format!(
        "| {what} | {} | {} | {of_floor} | {} | {durable} | {} | {:+.1} MB |",
        run.server.name(),
        thousands(run.per_cpu_second()),
        thousands(run.per_second()),
        ms(run.delivered_ms),
        run.grown_bytes as f64 / 1e6,
    )
}

/// Calls for each delivery: of the round in the middle, by what was delivered.
fn syscalls(text: &mut String, rows: &[Row]) {
    line(text, "| | server | deliveries | system calls for each |");
    line(text, "| --- | --- | --: | --: |");
    for row in rows {
        for run in row.kinds().into_iter().filter_map(|kind| row.median(kind)) {
            let delivered = run.delivered as f64;
            let each = run.syscalls.map_or_else(
                || "not counted: strace is not here, or may not".to_owned(),
                |calls| format!("{:.2}", calls as f64 / delivered),
            );
            let (server, delivered) = (run.server.name(), thousands(delivered));
            line(
                text,
                &format!("| {} | {server} | {delivered} | {each} |", row.what),
            );
        }
    }
}

fn idle(text: &mut String, runs: &[Idle]) {
    line(text, "| server | connections | memory of each | CPU |");
    line(text, "| --- | --: | --: | --: |");
    let of = |kind| {
        let runs = runs.iter().filter(move |run| run.server == kind);
        runs.copied().collect::<Vec<Idle>>()
    };
    for kind in [
        Kind::Floor,
        Kind::Parlor,
        Kind::OtherParlor,
        Kind::ActixText,
    ] {
        let mut runs = of(kind);
        runs.sort_by_key(|run| run.bytes_per_connection);
        if let Some(run) = runs.get(runs.len() / 2) {
            line(
                text,
                &format!(
                    "| {} | {} | {:.1} KiB | {:.2} % |",
                    kind.name(),
                    run.clients,
                    run.bytes_per_connection as f64 / 1024.0,
                    run.cpu_share * 100.0
                ),
            );
        }
    }
    let pairs = of(Kind::Parlor).into_iter().zip(of(Kind::OtherParlor));
    let ratios = pairs
        .map(|(new, other)| new.bytes_per_connection as f64 / other.bytes_per_connection as f64);
    if let Some(ratios) = Ratios::new(ratios.collect()) {
        line(
            text,
            &format!("\nmemory of a connection, Parlor / Parlor (other) = {ratios}"),
        );
    }
}

fn scroll(text: &mut String, run: &Scroll) {
    line(
        text,
        "| entries | time | CPU | a page of 100: p50, p99, p99.9 (ms) |",
    );
    line(text, "| --: | --: | --: | --: |");
    let Scroll {
        entries,
        seconds,
        cpu_seconds,
        page_ms,
    } = run;
    line(
        text,
        &format!(
            "| {entries} | {seconds:.2} s | {cpu_seconds:.2} s | {:.2}, {:.2}, {:.2} |",
            page_ms.p50, page_ms.p99, page_ms.p999
        ),
    );
}

fn line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    writeln!(text, "{line}").unwrap_or_default();
}

/// 1234567.8 as "1,234,568".
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let mut parts: Vec<&str> = (0..tail.len())
        .step_by(3)
        .map(|at| &tail[at..at + 3])
        .collect();
    if !head.is_empty() {
        parts.insert(0, head);
    }
    parts.join(",")
}

/// What this was measured on.
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

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped() {
        assert_eq!(
            [5.0, 999.6, 1_000.0, 123_456.0, 1_234_567.0].map(thousands),
            ["5", "1,000", "1,000", "123,456", "1,234,567"]
        );
    }
}
