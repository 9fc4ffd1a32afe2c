//! The report of a run: what was injected, verified and found, as a table.

use std::{fmt, path::PathBuf, time::Duration};

use crate::{
    check::{Verdict, Violation, ViolationKind},
    event_log,
    plan::Plan,
    record::{ClientKind, Logs, Record},
    server::CAN_FILL_DISK,
    stats::{Fault, InjectedFaults, Stats},
};

/// How many violations of each kind are printed with the event log around them.
const EXCERPTS_PER_KIND_MAX: usize = 3;

/// What a run injected and found.
#[derive(Debug)]
pub struct Report {
    plan: Plan,
    duration: Duration,
    /// The faults that were injected.
    pub injected: InjectedFaults,
    /// What the check found.
    pub verdict: Verdict,
    /// The most memory that a server process used, where the system reports it.
    pub memory_peak_bytes: Option<u64>,
    excerpts: Vec<String>,
    kept_log: Option<PathBuf>,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        stats: &Stats,
        mut verdict: Verdict,
        failures: &[String],
        memory_peak_bytes: Option<u64>,
    ) -> Self {
        let failures = failures.iter();
        let failures = failures.map(|what| Violation::failure(None, what));
        verdict.violations.extend(failures);
        Self {
            plan: plan.clone(),
            duration: stats.elapsed(),
            injected: stats.injected(),
            verdict,
            memory_peak_bytes,
            excerpts: Vec::new(),
            kept_log: None,
        }
    }

    /// Adds the event log around the first violations of each kind.
    pub(crate) fn with_event_log(mut self, records: &[Record], logs: &Logs) -> Self {
        for kind in ViolationKind::ALL {
            let of_kind = self.verdict.violations.iter().filter(|v| v.kind == kind);
            let excerpts = of_kind
                .take(EXCERPTS_PER_KIND_MAX)
                .map(|v| event_log::excerpt(self.plan.seed, v, records, logs, &self.injected));
            self.excerpts.extend(excerpts);
        }
        self
    }

    /// Adds the folder in which the server's log is kept.
    pub(crate) fn with_kept_log(mut self, folder: PathBuf) -> Self {
        self.kept_log = Some(folder);
        self
    }

    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verdict.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seed, seconds) = (self.plan.seed, self.plan.seconds);
        let duration = self.duration.as_secs_f64();
        let clients =
            ClientKind::ALL.map(|kind| format!("{} {}", self.plan.count(kind), kind.label()));
        let clients = clients.join(", ");
        writeln!(
            f,
            "chaos: seed {seed}, {seconds} s of faults, {duration:.0} s in all"
        )?;
        writeln!(f, "clients: {clients}")?;
        writeln!(f, "injected")?;
        for fault in Fault::ALL {
            if fault == Fault::DiskFull && !CAN_FILL_DISK {
                let why = "skipped: only Linux can limit the files of a running process";
                writeln!(f, "  {:<34}  {why}", fault.label())?;
            } else {
                count(f, fault.label(), self.injected.count(fault))?;
            }
        }
        let verdict = &self.verdict;
        writeln!(f, "verified")?;
        count(f, "entries received", verdict.entries_verified)?;
        for kind in ClientKind::ALL {
            let received = verdict.entries_by_kind.get(&kind).copied();
            count(
                f,
                &format!("  {}", kind.label()),
                received.unwrap_or_default(),
            )?;
        }
        count(f, "entries on the log", verdict.entries_on_log)?;
        count(f, "posts accepted", verdict.accepted)?;
        count(f, "  acked", verdict.acked)?;
        count(
            f,
            "  outcome lost in a client's crash",
            verdict.outcome_unknown,
        )?;
        count(f, "  refused for a reason", verdict.refused)?;
        count(
            f,
            "  acked, and lost with the log's end",
            verdict.lost_with_log,
        )?;
        count(f, "joins resumed", verdict.resumed)?;
        count(f, "joins reset", verdict.resets)?;
        writeln!(f, "wrong")?;
        for kind in ViolationKind::ALL {
            let found = verdict.violations.iter().filter(|v| v.kind == kind);
            count(f, kind.label(), found.count() as u64)?;
        }
        writeln!(f, "server")?;
        let memory = self.memory_peak_bytes.map_or_else(
            || "unknown".to_owned(),
            |bytes| format!("{:.1} MB", bytes as f64 / 1e6),
        );
        row(f, "peak memory", &memory)?;
        for excerpt in &self.excerpts {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(folder) = &self.kept_log {
            writeln!(f, "\nThe server's log is kept in {}.", folder.display())?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, label: &str, value: &str) -> fmt::Result {
    writeln!(f, "  {label:<34}{value:>12}")
}

fn count(f: &mut fmt::Formatter<'_>, label: &str, count: u64) -> fmt::Result {
    row(f, label, &thousands(count))
}

/// A number with separators: 1234567 as "1,234,567".
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
