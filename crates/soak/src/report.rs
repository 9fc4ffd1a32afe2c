//! What a run has shown, as text, as docs/SOAK.md and as a chart.

use std::{fmt, fs, path::Path};

use crate::{
    chart,
    options::Options,
    sample::Samples,
    verdict::{Part, Verdict},
};

/// What a run has shown.
#[derive(Debug)]
pub struct Report {
    minutes: f64,
    members: usize,
    /// Entries a second of a core's time.
    capacity: f64,
    samples: Samples,
    verdict: Verdict,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        capacity: f64,
        samples: Samples,
        verdict: Verdict,
    ) -> Self {
        Self {
            minutes: options.minutes,
            members: options.members,
            capacity,
            samples,
            verdict,
        }
    }

    /// The comparison of the end with the beginning.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Writes SOAK.md and soak.svg into the folder.
    ///
    /// # Errors
    /// If they can't be written.
    pub fn write(&self, docs: &Path) -> anyhow::Result<()> {
        let page = format!(
            "# A soak\n\nWritten by `cargo xtask soak --write`. The release server under load and \
             churn; [TESTING.md](TESTING.md#a-soak-cargo-xtask-soak) says how.\n\n{self}\n\
             ![Memory, latency and the size of the files over the run](soak.svg)\n"
        );
        fs::write(docs.join("SOAK.md"), page)?;
        fs::write(docs.join("soak.svg"), chart::render(&self.samples))?;
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            minutes,
            members,
            capacity,
            verdict,
            ..
        } = self;
        let Verdict {
            before,
            after,
            comparisons,
        } = verdict;
        writeln!(
            f,
            "{members} members in rooms of ten for {minutes} minutes. At full speed the server \
             appended {capacity:.0} entries in a second of CPU time; a quarter of that is asked of \
             it: {:.0} a second, each of which ten members receive. It took {:.2} of a core.\n",
            after.entries_per_second, after.cores
        )?;
        let minutes_of = |part: &Part| format!("{:.1}–{:.1}", part.from_minutes, part.to_minutes);
        writeln!(
            f,
            "| | minutes {} | minutes {} | allowed | |\n| --- | --: | --: | --: | --- |",
            minutes_of(before),
            minutes_of(after)
        )?;
        for comparison in comparisons {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} |",
                comparison.name,
                comparison.before,
                comparison.after,
                comparison.allowed,
                if comparison.holds {
                    "holds"
                } else {
                    "**grew**"
                }
            )?;
        }
        Ok(())
    }
}
