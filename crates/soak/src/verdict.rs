//! Compares a run's end with its beginning. Pure.

use hdrhistogram::Histogram;

use crate::sample::Sample;

/// How much more memory the server may have at the end.
const MEMORY_FACTOR_MAX: f64 = 1.05;
/// How much later an append may be on the log at the end, at the 99th percentile.
const LATENCY_FACTOR_MAX: f64 = 1.2;
/// How much more an entry may take in the files at the end: their trees grow deeper, and the
/// full-text index merges its parts from time to time.
const BYTES_FACTOR_MAX: f64 = 1.25;
/// The most that the write-ahead logs may have: two logs, each of which begins anew at 16 MiB.
const WRITE_AHEAD_BYTES_MAX: u64 = 64 << 20;
/// How much more of a core the server may take at the end.
const CORES_FACTOR_MAX: f64 = 1.2;
/// Latencies below this are told apart by the machine, not by the server, in milliseconds.
const LATENCY_MS_MIN: f64 = 1.0;

/// What a part of a run was like.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// From when on, in minutes from the beginning.
    pub from_minutes: f64,
    /// Until when.
    pub to_minutes: f64,
    /// The median of the memory, in bytes.
    pub memory: u64,
    /// The median of the open files that are no sockets.
    pub files: i64,
    /// The median of the sockets beyond those of the members.
    pub other_sockets: i64,
    /// The median and the 99th percentile of the latency, in milliseconds.
    pub latency_ms: [f64; 2],
    /// How many entries a second.
    pub entries_per_second: f64,
    /// How many bytes the files grew by for each entry.
    pub bytes_per_entry: f64,
    /// The most bytes of the write-ahead logs.
    pub write_ahead_bytes: u64,
    /// The part of a core that the server took.
    pub cores: f64,
}

impl Part {
    /// The part of the run between these minutes; `None` if it has fewer than two samples.
    fn of(samples: &[Sample], from_minutes: f64, to_minutes: f64) -> Option<Self> {
        let minutes = from_minutes..=to_minutes;
        let is_within = |sample: &&Sample| minutes.contains(&(sample.at_seconds / 60.0));
        let samples: Vec<&Sample> = samples.iter().filter(is_within).collect();
        let [first, .., last] = samples.as_slice() else {
            return None;
        };
        let entries = last.entries.saturating_sub(first.entries);
        let seconds = last.at_seconds - first.at_seconds;
        let grown = last.log_bytes.saturating_sub(first.log_bytes);
        let mut latencies: Option<Histogram<u64>> = None;
        // The first one's are of the time before.
        for sample in &samples[1..] {
            match &mut latencies {
                Some(all) => all.add(&sample.latencies).ok()?,
                None => latencies = Some(sample.latencies.clone()),
            }
        }
        let latencies = latencies?;
        let millis = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        Some(Self {
            from_minutes,
            to_minutes,
            memory: median(&samples, |sample| sample.memory.cast_signed()).cast_unsigned(),
            files: median(&samples, |sample| sample.files.cast_signed()),
            other_sockets: median(&samples, |sample| sample.other_sockets),
            latency_ms: [millis(0.5), millis(0.99)],
            entries_per_second: entries as f64 / seconds,
            bytes_per_entry: grown as f64 / entries.max(1) as f64,
            write_ahead_bytes: samples
                .iter()
                .map(|sample| sample.write_ahead_bytes)
                .max()
                .unwrap_or_default(),
            cores: (last.cpu_seconds - first.cpu_seconds) / seconds,
        })
    }
}

fn median(samples: &[&Sample], figure: impl Fn(&Sample) -> i64) -> i64 {
    let mut figures: Vec<i64> = samples.iter().map(|sample| figure(sample)).collect();
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// A figure of the beginning, the same one of the end, and whether the second is allowed beside the
/// first.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub name: &'static str,
    /// At the beginning.
    pub before: String,
    /// At the end.
    pub after: String,
    /// What is allowed.
    pub allowed: String,
    /// Whether it is.
    pub holds: bool,
}

/// What a run has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The part after the server has warmed up.
    pub before: Part,
    /// The end.
    pub after: Part,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
}

impl Verdict {
    /// Compares the last sixth of the run with the second one: in an hour the last ten minutes with
    /// minutes 10 to 20. `None` if the run was too short.
    #[must_use]
    pub fn of(samples: &[Sample], minutes: f64) -> Option<Self> {
        let part = minutes / 6.0;
        let before = Part::of(samples, part, 2.0 * part)?;
        let after = Part::of(samples, minutes - part, minutes)?;
        let comparisons = vec![
            grown(
                "memory (MB)",
                [&before, &after].map(|part| part.memory as f64 / 1e6),
                MEMORY_FACTOR_MAX,
            ),
            grown(
                "p99 until an append is on disk (ms)",
                [&before, &after].map(|part| part.latency_ms[1].max(LATENCY_MS_MIN)),
                LATENCY_FACTOR_MAX,
            ),
            grown(
                "hundredths of a core that the server takes",
                [&before, &after].map(|part| part.cores * 100.0),
                CORES_FACTOR_MAX,
            ),
            grown(
                "bytes of the files for an entry",
                [&before, &after].map(|part| part.bytes_per_entry),
                BYTES_FACTOR_MAX,
            ),
            same("open files", [before.files, after.files]),
            same(
                "sockets beside the members'",
                [before.other_sockets, after.other_sockets],
            ),
            Comparison {
                name: "write-ahead logs, at most (MB)",
                before: megabytes(before.write_ahead_bytes),
                after: megabytes(after.write_ahead_bytes),
                allowed: format!("{} in all", megabytes(WRITE_AHEAD_BYTES_MAX)),
                holds: after.write_ahead_bytes <= WRITE_AHEAD_BYTES_MAX,
            },
        ];
        Some(Self {
            before,
            after,
            comparisons,
        })
    }

    /// Whether the server is at the end as it was at the beginning.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds)
    }
}

fn grown(name: &'static str, [before, after]: [f64; 2], factor: f64) -> Comparison {
    Comparison {
        name,
        before: format!("{before:.1}"),
        after: format!("{after:.1}"),
        allowed: format!("× {factor}"),
        holds: after <= before * factor,
    }
}

fn same(name: &'static str, [before, after]: [i64; 2]) -> Comparison {
    Comparison {
        name,
        before: before.to_string(),
        after: after.to_string(),
        allowed: "the same".to_owned(),
        holds: after == before,
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour of samples that `change` changes, by the minute.
    fn verdict(change: impl Fn(f64, &mut Sample)) -> Verdict {
        let samples: Vec<Sample> = (0..=360_u32)
            .map(|n| {
                let at_seconds = f64::from(n) * 10.0;
                let mut latencies = Histogram::new_with_bounds(1, 60_000_000, 3).unwrap();
                latencies.record_n(5_000, 1_000).unwrap();
                let mut sample = Sample {
                    at_seconds,
                    memory: 100_000_000,
                    files: 30,
                    other_sockets: 1,
                    log_bytes: u64::from(n) * 1_000 * 300,
                    write_ahead_bytes: 4 << 20,
                    entries: u64::from(n) * 1_000,
                    cpu_seconds: at_seconds / 4.0,
                    latencies,
                };
                change(at_seconds / 60.0, &mut sample);
                sample
            })
            .collect();
        Verdict::of(&samples, 60.0).unwrap()
    }

    #[test]
    fn a_server_that_stays_as_it_is_is_sound() {
        let verdict = verdict(|_, _| {});
        assert!(verdict.is_sound(), "{verdict:?}");
        assert!((verdict.after.bytes_per_entry - 300.0).abs() < 1.0);
        assert!((verdict.after.cores - 0.25).abs() < 0.01);
        assert!((verdict.before.from_minutes, verdict.after.from_minutes) == (10.0, 50.0));
    }

    /// Changes a sample of this minute.
    type Leak = fn(f64, &mut Sample);

    #[test]
    fn whatever_grows_is_noticed() {
        let leaks: [(&str, Leak); 7] = [
            ("core", |minute, sample| {
                sample.cpu_seconds += minute * minute / 4.0;
            }),
            ("memory", |minute, sample| {
                sample.memory += (minute * 2e5) as u64
            }),
            ("open files", |minute, sample| {
                sample.files += (minute / 20.0) as u64
            }),
            ("sockets", |minute, sample| {
                sample.other_sockets += (minute / 20.0) as i64;
            }),
            ("bytes", |minute, sample| {
                sample.log_bytes += (minute * minute * 15e3) as u64;
            }),
            ("p99", |minute, sample| {
                sample
                    .latencies
                    .record_n(5_000 + minute as u64 * 100, 50)
                    .unwrap();
            }),
            ("write-ahead", |minute, sample| {
                sample.write_ahead_bytes += (minute * 2e6) as u64;
            }),
        ];
        for (name, leak) in leaks {
            let verdict = verdict(leak);
            let broken: Vec<_> = verdict
                .comparisons
                .iter()
                .filter(|comparison| !comparison.holds)
                .collect();
            assert_eq!(broken.len(), 1, "{name}: {verdict:?}");
            assert!(broken[0].name.contains(name), "{name}: {broken:?}");
        }
    }
}
