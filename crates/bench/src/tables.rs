//! The results as Markdown tables.

use std::fmt::Write;

use crate::{
    attacker::Attacked,
    format::thousands,
    latency::Quantiles,
    meter::Run,
    quiet::{OTHERS_SHARE_MAX, OthersCpu},
    rows::{Ratios, Row},
    scenarios::{Idle, Scroll},
    server::Kind,
};

pub(crate) fn deliveries_table(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | deliveries / CPU s | of the floor | of the durable floor | deliveries / s \
         | durable p50, p99, p99.9 (ms) | delivered p50, p99, p99.9 (ms) | memory growth |",
    );
    line(
        text,
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    );
    let mut marks = Marks::default();
    for row in rows {
        for kind in row.kinds() {
            if let Some(run) = row.median(kind) {
                let of_floors = [Kind::Floor, Kind::DurableFloor].map(|floor| {
                    let ratio = row.ratios(kind, floor).median();
                    ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
                });
                let label = format!("{}{}", row.label, marks.add(row.others(kind)));
                line(text, &deliveries_row(&label, run, &of_floors));
            }
        }
    }
    marks.explain(text);
    for row in rows {
        let ratios = row.ratios(Kind::Parlor, Kind::OtherParlor);
        comparison(text, &format!("{}: deliveries / CPU s", row.label), &ratios);
    }
}

/// `of_floors` are the ratios to the floor and to the durable floor.
fn deliveries_row(label: &str, run: &Run, of_floors: &[String; 2]) -> String {
    let durable = match run.server {
        Kind::DurableFloor
        | Kind::Parlor
        | Kind::OtherParlor
        | Kind::OneNode
        | Kind::TwoNodes
        | Kind::ThreeNodes => ms(run.durable_ms),
        // These servers write nothing to a disk.
        Kind::Floor | Kind::ActixText | Kind::Package(_) => "–".to_owned(),
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

/// What the server needs for everything together, then how long each kind of operation takes.
pub(crate) fn mixed_table(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | CPU per operation | deliveries / CPU s | deliveries / s \
         | delivered p50, p99, p99.9 (ms) | memory growth |",
    );
    line(text, "| --- | --- | --: | --: | --: | --: | --: |");
    let mut marks = Marks::default();
    for row in rows {
        for kind in row.kinds() {
            let mark = marks.add(row.others(kind));
            if let Some(run) = row.median(kind) {
                let cells = [
                    format!("{}{mark}", row.label),
                    kind.name().to_owned(),
                    format!("{:.0} µs", run.cpu_micros_per_operation()),
                    thousands(run.per_cpu_second()),
                    thousands(run.per_second()),
                    ms(run.delivered_ms),
                    format!("{:+.1} MB", run.grown_bytes as f64 / 1e6),
                ];
                line(text, &format!("| {} |", cells.join(" | ")));
            }
        }
    }
    marks.explain(text);
    line(
        text,
        "\n| operation | in a hundred | server | sent | answered p50, p99, p99.9 (ms) |",
    );
    line(text, "| --- | --: | --- | --: | --: |");
    for run in rows.iter().flat_map(Row::medians) {
        for one in &run.operations {
            let (operation, server) = (one.operation, run.server.name());
            let (label, share) = (operation.label(), operation.of_hundred());
            let (sent, answered) = (thousands(one.sent as f64), ms(one.answered_ms));
            line(
                text,
                &format!("| {label} | {share} | {server} | {sent} | {answered} |"),
            );
        }
    }
    for row in rows {
        let ratios = row.ratios(Kind::Parlor, Kind::OtherParlor);
        comparison(text, "Deliveries / CPU s", &ratios);
    }
}

/// For each server, its median run by deliveries.
pub(crate) fn syscalls_table(text: &mut String, rows: &[Row]) {
    line(
        text,
        "| | server | deliveries | system calls per delivery |",
    );
    line(text, "| --- | --- | --: | --: |");
    for row in rows {
        for run in row.medians() {
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
pub(crate) fn idle_table(text: &mut String, runs: &[Idle]) {
    line(
        text,
        "| server | connections | memory per connection | CPU | memory before a wave of more \
         | with it | once all have gone |",
    );
    line(text, "| --- | --: | --: | --: | --: | --: | --: |");
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
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
                    "| {} | {} | {:.1} KiB | {:.2} % | {} | {}: {} | {} |",
                    kind.name(),
                    run.clients,
                    run.bytes_per_connection as f64 / 1024.0,
                    run.cpu_share * 100.0,
                    mib(run.wave.bytes_before),
                    run.wave.clients,
                    mib(run.wave.bytes_with_all),
                    mib(run.wave.bytes_after)
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

pub(crate) fn attacks_table(text: &mut String, rows: &[Attacked]) {
    line(
        text,
        "| attack | connections | others p50, p99, max (ms) | sent | answered | refused | closed \
         | MB sent | MB received |",
    );
    line(
        text,
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
    );
    let mut marks = Marks::default();
    for row in rows {
        let mark = marks.add([row.others_cpu]);
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
                "| {}{mark} | {} | {:.1}, {:.1}, {:.1} | {counts} | {:.1} | {:.1} |",
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
    marks.explain(text);
}

pub(crate) fn scroll_table(text: &mut String, run: &Scroll) {
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
        others,
    } = run;
    let mut marks = Marks::default();
    let mark = marks.add([*others]);
    line(
        text,
        &format!(
            "| {entries}{mark} | {seconds:.2} s | {cpu_seconds:.2} s | {:.2}, {:.2}, {:.2} |",
            page_ms.p50, page_ms.p99, page_ms.p999
        ),
    );
    marks.explain(text);
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

fn ms(quantiles: Quantiles) -> String {
    let Quantiles { p50, p99, p999 } = quantiles;
    format!("{p50:.1}, {p99:.1}, {p999:.1}")
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{line}").ok();
}

/// The marks of a table's rows that were measured while the machine was not quiet.
#[derive(Debug, Default)]
struct Marks {
    /// The most that others took in a round of a marked row.
    most: Option<f64>,
}

impl Marks {
    /// The mark of a row whose rounds met this; empty where the machine was quiet in all of them.
    fn add(&mut self, rounds: impl IntoIterator<Item = OthersCpu>) -> &'static str {
        let noisy = rounds.into_iter().filter(|others| !others.is_quiet());
        let Some(most) = noisy.map(OthersCpu::share).reduce(f64::max) else {
            return "";
        };
        self.most = Some(self.most.map_or(most, |known| known.max(most)));
        " †"
    }

    /// The sentence below the table, if a row was marked.
    fn explain(&self, text: &mut String) {
        if let Some(most) = self.most {
            let (allowed, most) = (OTHERS_SHARE_MAX * 100.0, most * 100.0);
            line(
                text,
                &format!(
                    "\n† The machine was not quiet: in a round of this row others took more than \
                     {allowed:.0} % of its processors (up to {most:.1} %)."
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_marked_and_explained_where_others_took_too_much_in_one_of_its_rounds() {
        let round = |used, stolen| OthersCpu { used, stolen };
        let mut marks = Marks::default();
        let mut text = String::new();
        assert_eq!(
            marks.add([round(0.01, 0.0), round(0.0, OTHERS_SHARE_MAX)]),
            ""
        );
        marks.explain(&mut text);
        assert_eq!(text, "");
        let rounds = [round(0.0, 0.0), round(OTHERS_SHARE_MAX, 0.25)];
        assert_eq!(marks.add(rounds), " †");
        assert_eq!(marks.add([round(0.11, 0.0)]), " †");
        marks.explain(&mut text);
        assert!(text.contains("(up to 33.0 %)"), "{text}");
    }
}
