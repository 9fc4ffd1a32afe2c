//! Counts a server's system calls with strace. That slows the server down, so nothing else is
//! measured in the same run.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

/// A running strace that counts the system calls of all threads of a process.
pub(crate) struct Tracer {
    child: Child,
    summary: NamedTempFile,
}

impl Tracer {
    /// Attaches to a process; `None` if strace is not installed or may not trace here.
    pub(crate) fn attach(pid: u32) -> anyhow::Result<Option<Self>> {
        let summary = NamedTempFile::new()?;
        let strace = Command::new("strace")
            .args(["-f", "-c", "-U", "calls,name", "-p", &pid.to_string(), "-o"])
            .arg(summary.path())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = strace else {
            return Ok(None);
        };
        let stderr = child.stderr.take().context("strace has no stderr")?;
        let mut line = String::new();
        BufReader::new(stderr).read_line(&mut line)?;
        if !line.contains("attached") {
            child.wait()?;
            return Ok(None);
        }
        Ok(Some(Self { child, summary }))
    }

    /// Detaches; returns how many calls were made in the meantime.
    pub(crate) fn stop(mut self) -> anyhow::Result<u64> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("strace has no process id")?, Signal::INT)?;
        self.child.wait()?;
        sum_calls(&fs::read_to_string(self.summary.path())?)
    }
}

/// Adds up the calls in strace's summary, leaving out its own total.
fn sum_calls(summary: &str) -> anyhow::Result<u64> {
    let lines = summary
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let calls = lines.filter_map(|line| match line.as_slice() {
        [calls, name] if *name != "total" => calls.parse::<u64>().ok(),
        _ => None,
    });
    let calls: Vec<u64> = calls.collect();
    anyhow::ensure!(!calls.is_empty(), "strace counted nothing: {summary}");
    Ok(calls.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::sum_calls;

    #[test]
    fn the_calls_of_a_summary_are_added_without_its_total() -> anyhow::Result<()> {
        let summary = "    calls syscall\n--------- ----------------\n\
            \x20      12 sendto\n        3 futex\n--------- ----------------\n       15 total\n";
        anyhow::ensure!(sum_calls(summary)? == 15);
        anyhow::ensure!(sum_calls("nothing").is_err());
        Ok(())
    }
}
