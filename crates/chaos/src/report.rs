//! What was done and what was found, as a table.

use std::{fmt, path::PathBuf, time::Duration};

use crate::{
    check::{Kind, Verdict, Violation},
    record::{Logs, Record},
    storm::Plan,
    story,
    tally::{Fault, Injected, Tally},
};

/// Most stories told of one kind.
const STORIES_OF_A_KIND_MAX: usize = 3;

/// What a run did and found.
#[derive(Debug)]
pub struct Report {
    seed: u64,
    seconds: u64,
    clients: usize,
    took: Duration,
    /// What was injected.
    pub injected: Injected,
    /// What was found.
    pub verdict: Verdict,
    /// Most memory a server process has used, where the system says.
    pub rss_bytes_max: Option<u64>,
    no_disk_full: Option<String>,
    stories: Vec<String>,
    log_kept: Option<PathBuf>,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        tally: &Tally,
        mut verdict: Verdict,
        complaints: Vec<String>,
    ) -> Self {
        let complaints = complaints.iter();
        let complaints = complaints.map(|what| Violation::complaint(None, what));
        verdict.violations.extend(complaints);
        Self {
            seed: plan.seed,
            seconds: plan.seconds,
            clients: plan.clients,
            took: tally.elapsed(),
            injected: tally.injected(),
            verdict,
            rss_bytes_max: None,
            no_disk_full: None,
            stories: Vec::new(),
            log_kept: None,
        }
    }

    pub(crate) fn with_machine(
        mut self,
        rss_bytes_max: Option<u64>,
        no_disk_full: Option<String>,
    ) -> Self {
        self.rss_bytes_max = rss_bytes_max;
        self.no_disk_full = no_disk_full;
        self
    }

    pub(crate) fn with_stories(mut self, records: &[Record], logs: &Logs) -> Self {
        for (kind, _) in Kind::ALL {
            let of_kind = self.verdict.violations.iter().filter(|v| v.kind == kind);
            let told = of_kind
                .take(STORIES_OF_A_KIND_MAX)
                .map(|v| story::tell(self.seed, v, records, logs, &self.injected));
            self.stories.extend(told);
        }
        self
    }

    pub(crate) fn with_log_kept(mut self, folder: PathBuf) -> Self {
        self.log_kept = Some(folder);
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
        let row = |f: &mut fmt::Formatter<'_>, name: &str, value: &str| {
            writeln!(f, "  {name:<34}{value:>12}")
        };
        let count =
            |f: &mut fmt::Formatter<'_>, name: &str, count: u64| row(f, name, &grouped(count));
        writeln!(
            f,
            "chaos: seed {}, {} clients, a storm of {} s, {:.0} s in all",
            self.seed,
            self.clients,
            self.seconds,
            self.took.as_secs_f64()
        )?;
        writeln!(f, "injected")?;
        for (fault, name) in Fault::ALL {
            match &self.no_disk_full {
                Some(why) if fault == Fault::DiskFull => writeln!(f, "  {name:<34}  {why}")?,
                Some(_) | None => count(f, name, self.injected.count(fault))?,
            }
        }
        let verdict = &self.verdict;
        writeln!(f, "verified")?;
        count(
            f,
            "entries seen, each against the log",
            verdict.entries_verified,
        )?;
        count(f, "entries on the log", verdict.entries_on_log)?;
        count(f, "posts accepted", verdict.accepted)?;
        count(f, "posts acknowledged", verdict.acknowledged)?;
        count(f, "  to a client that crashed", verdict.unheard)?;
        count(f, "posts refused with cause", verdict.refused)?;
        count(f, "posts put back by a full disk", verdict.put_back)?;
        count(f, "joins resumed", verdict.resumed)?;
        count(f, "joins of newcomers", verdict.resets)?;
        writeln!(f, "wrong")?;
        for (kind, name) in Kind::ALL {
            let found = verdict.violations.iter().filter(|v| v.kind == kind);
            count(f, name, found.count() as u64)?;
        }
        writeln!(f, "server")?;
        let memory = self.rss_bytes_max.map_or_else(
            || "not told".to_owned(),
            |bytes| format!("{:.1} MB", bytes as f64 / 1e6),
        );
        row(f, "most memory", &memory)?;
        for story in &self.stories {
            write!(f, "\n{story}")?;
        }
        if let Some(folder) = &self.log_kept {
            writeln!(f, "\nThe server's log is kept in {}.", folder.display())?;
        }
        Ok(())
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
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
