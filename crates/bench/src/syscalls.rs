//! How many system calls a server makes, by strace: it slows the server down, so nothing else is measured with it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

/// A strace that counts the calls of a process and all its threads.
pub(crate) struct Tracer {
    child: Child,
    table: NamedTempFile,
}

impl Tracer {
    /// Begins to count; `None` where there is no strace, or it may not do that here.
    pub(crate) fn attach(pid: u32) -> anyhow::Result<Option<Self>> {
        let table = NamedTempFile::new()?;
        let strace = Command::new("strace")
            .args(["-f", "-c", "-U", "calls,name", "-p", &pid.to_string(), "-o"])
            .arg(table.path())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = strace else {
            return Ok(None);
        };
        let said = child.stderr.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        if !line.contains("attached") {
            child.wait()?;
            return Ok(None);
        }
        Ok(Some(Self { child, table }))
    }

    /// The calls since then.
    pub(crate) fn stop(mut self) -> anyhow::Result<u64> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, Signal::INT)?;
        self.child.wait()?;
        sum(&fs::read_to_string(self.table.path())?)
    }
}

/// The calls of strace's summary, line by line.
fn sum(table: &str) -> anyhow::Result<u64> {
    let lines = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let calls = lines.filter_map(|line| match line.as_slice() {
        [calls, name] if *name != "total" => calls.parse::<u64>().ok(),
        _ => None,
    });
    let calls: Vec<u64> = calls.collect();
    anyhow::ensure!(!calls.is_empty(), "strace counted nothing: {table}");
    Ok(calls.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_summary_is_summed_up_without_its_own_total() -> anyhow::Result<()> {
        let table = "    calls syscall\n--------- ----------------\n       12 sendto\n        3 futex\n--------- ----------------\n       15 total\n";
        anyhow::ensure!(sum(table)? == 15);
        anyhow::ensure!(sum("nothing").is_err());
        Ok(())
    }
}
