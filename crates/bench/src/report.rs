//! The results: as Markdown tables for people, as JSON for programs, as a chart.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use anyhow::Context;
use serde::Serialize;

use crate::{
    attacker::{Attacked, OTHERS_P99_MS_MAX},
    chart::{self, BarGroup},
    document,
    format::thousands,
    large,
    recorder::Quantiles,
    scenarios::{Idle, Run, Scroll},
    server::Kind,
    suite::{Outcome, Ratios, Row, Scenario},
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
            Outcome::Deliveries { rows } => deliveries_table(&mut text, rows),
            Outcome::Syscalls { rows } => syscalls_table(&mut text, rows),
            Outcome::Idle { runs } => idle_table(&mut text, runs),
            Outcome::Scroll { run } => scroll_table(&mut text, run),
            Outcome::Attacks { rows } => attacks_table(&mut text, rows),
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
                    Outcome::Deliveries { rows } | Outcome::Syscalls { rows } => rows,
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

fn deliveries_table(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | deliveries / CPU s | of the floor | of the durable floor | deliveries / s \
         | durable p50, p99, p99.9 (ms) | delivered p50, p99, p99.9 (ms) | memory growth |",
    );
    line(
        text,
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    );
    for row in rows {
        for kind in row.kinds() {
            if let Some(run) = row.median(kind) {
                let of_floors = [Kind::Floor, Kind::DurableFloor].map(|floor| {
                    let ratio = row.ratios(kind, floor).median();
                    ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
                });
                line(text, &deliveries_row(&row.label, run, &of_floors));
            }
        }
    }
    for row in rows {
        let ratios = row.ratios(Kind::Parlor, Kind::OtherParlor);
        comparison(text, &format!("{}: deliveries / CPU s", row.label), &ratios);
    }
}

/// `of_floors` are the ratios to the floor and to the durable floor.
fn deliveries_row(label: &str, run: &Run, of_floors: &[String; 2]) -> String {
    let ms = |quantiles: Quantiles| {
        format!(
            "{:.1}, {:.1}, {:.1}",
            quantiles.p50, quantiles.p99, quantiles.p999
        )
    };
    let durable = match run.server {
        Kind::DurableFloor | Kind::Parlor | Kind::OtherParlor => ms(run.durable_ms),
        // These servers write nothing to a disk.
        Kind::Floor | Kind::ActixText => "–".to_owned(),
    };
    format!(
        "| {label} | {} | {} | {} | {} | {durable} | {} | {:+.1} MB |",
        run.server.name(),
        thousands(run.per_cpu_second()),
        of_floors.join(" | "),
        thousands(run.per_second()),
        ms(run.delivered_ms),
        run.grown_bytes as f64 / 1e6,
    )
}

/// For each server, its median run by deliveries.
fn syscalls_table(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | deliveries | system calls per delivery |",
    );
    line(text, "| --- | --- | --: | --: |");
    for row in rows {
        for run in row.kinds().into_iter().filter_map(|kind| row.median(kind)) {
            let delivered = run.delivered as f64;
            let each = run.syscalls.map_or_else(
                || "not counted: strace is missing or not permitted".to_owned(),
                |calls| format!("{:.2}", calls as f64 / delivered),
            );
            let (server, delivered) = (run.server.name(), thousands(delivered));
            line(
                text,
                &format!("| {} | {server} | {delivered} | {each} |", row.label),
            );
        }
    }
}

/// For each server, its median run by memory.
fn idle_table(text: &mut String, runs: &[Idle]) {
    line(
        text,
        "| server | connections | memory per connection | CPU |",
    );
    line(text, "| --- | --: | --: | --: |");
    let of_kind = |kind| {
        let runs = runs.iter().filter(move |run| run.server == kind);
        runs.copied().collect::<Vec<Idle>>()
    };
    for kind in Kind::ALL {
        let mut runs = of_kind(kind);
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
    let pairs = of_kind(Kind::Parlor)
        .into_iter()
        .zip(of_kind(Kind::OtherParlor));
    let ratios = pairs
        .map(|(this, other)| this.bytes_per_connection as f64 / other.bytes_per_connection as f64)
        .collect();
    comparison(text, "Memory per connection", &ratios);
}

fn attacks_table(text: &mut String, rows: &[Attacked]) {
    line(
        text,
        "| attack | connections | others p50, p99, max (ms) | sent | answered | refused | closed \
         | MB sent | MB received |",
    );
    line(
        text,
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
    );
    for row in rows {
        let (others, traffic) = (row.others, row.traffic);
        let counts = [
            traffic.sent,
            traffic.answered,
            traffic.refused,
            traffic.closed,
        ];
        let counts = counts.map(|count| thousands(count as f64)).join(" | ");
        line(
            text,
            &format!(
                "| {} | {} | {:.1}, {:.1}, {:.1} | {counts} | {:.1} | {:.1} |",
                row.attack,
                row.connections,
                others.p50,
                others.p99,
                others.max,
                traffic.bytes_out as f64 / 1e6,
                traffic.bytes_in as f64 / 1e6,
            ),
        );
    }
}

fn scroll_table(text: &mut String, run: &Scroll) {
    line(
        text,
        "| entries | time | CPU time | a page of 100: p50, p99, p99.9 (ms) |",
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

/// The ratio of the two builds of Parlor, if two were compared.
fn comparison(text: &mut String, what: &str, ratios: &Ratios) {
    if let Some(median) = ratios.median() {
        let rounds = ratios.sorted.iter().map(|ratio| format!("{ratio:.3}"));
        let rounds = rounds.collect::<Vec<_>>().join(", ");
        line(
            text,
            &format!("\n{what}, Parlor / Parlor (other): median {median:.3} (rounds: {rounds})"),
        );
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{line}").ok();
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
