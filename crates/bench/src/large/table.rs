//! The table of the scenario: a row for what was measured, a column for each log.

use super::results::{Large, Upkeep};
use crate::{format::thousands, latency::Quantiles};

/// The table, as Markdown.
pub(crate) fn table(logs: &[Large]) -> String {
    let mut rows: Vec<Vec<String>> = vec![vec![String::new()], vec![String::from("---")]];
    for log in logs {
        let (entries, rooms) = (log.entries as f64, log.rooms as f64);
        let title = format!("{} entries, {} rooms", thousands(entries), thousands(rooms));
        rows[0].push(title);
        rows[1].push("--:".to_owned());
    }
    let mut add = |label: String, value: &dyn Fn(&Large) -> String| {
        let values = logs.iter().map(value);
        rows.push(std::iter::once(label).chain(values).collect());
    };
    add("parlor.db, search.db (MB)".to_owned(), &|log| {
        format!("{:.0}, {:.0}", log.log_mb, log.search_mb)
    });
    add(
        "start to first answer: median, longest (ms)".to_owned(),
        &|log| format!("{:.0}, {:.0}", log.start_ms.p50, log.start_longest_ms),
    );
    add("a page of history".to_owned(), &|log| of(log.page_ms));
    let labels = logs.first().map(|log| log.searches.as_slice());
    for (index, search) in labels.unwrap_or_default().iter().enumerate() {
        add(format!("search: {}", search.label), &|log| {
            log.searches
                .get(index)
                .map_or(String::new(), |of_log| of(of_log.ms))
        });
    }
    add("posts, 1,000 a second".to_owned(), &|log| posts(&log.alone));
    for (label, upkeep) in [
        ("backup", (|log| &log.backup) as fn(&Large) -> &Upkeep),
        ("retention", |log| &log.retention),
        ("compact", |log| &log.compact),
    ] {
        add(format!("{label} while they come in (s)"), &|log| {
            format!("{:.1}", upkeep(log).seconds)
        });
        add(format!("posts meanwhile, {label}"), &|log| {
            posts(upkeep(log))
        });
    }
    let lines = rows.iter().map(|row| format!("| {} |\n", row.join(" | ")));
    let text: String = lines.collect();
    format!("Milliseconds are p50, p99, p99.9, and the longest for posts.\n\n{text}")
}

fn of(ms: Quantiles) -> String {
    format!("{:.2}, {:.2}, {:.2}", ms.p50, ms.p99, ms.p999)
}

fn posts(upkeep: &Upkeep) -> String {
    format!("{}, {:.0}", of(upkeep.posts_ms), upkeep.longest_ms)
}
