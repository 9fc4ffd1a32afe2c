//! What the server uses at one moment.

use std::{fs, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;
use parlor_test_server::ServerProcess;

/// What the server used, and what the members measured since the sample before.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When, in seconds from the beginning.
    pub at_seconds: f64,
    /// The server's resident memory, in bytes.
    pub memory: u64,
    /// The server's open files that are no sockets.
    pub files: u64,
    /// The server's sockets beyond those of the members: what listens, and what it has not closed.
    pub other_sockets: i64,
    /// The bytes of `parlor.db` and `search.db`.
    pub log_bytes: u64,
    /// The bytes of their write-ahead logs.
    pub write_ahead_bytes: u64,
    /// How many entries are on the log, those of the warm-up included.
    pub entries: u64,
    /// The server's CPU time so far, in seconds.
    pub cpu_seconds: f64,
    /// From when each append was due until it was on the log, in microseconds.
    pub latencies: Histogram<u64>,
}

/// All samples of a run, in order.
pub type Samples = Vec<Sample>;

/// The open files of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OpenFiles {
    pub(crate) sockets: u64,
    pub(crate) others: u64,
}

impl OpenFiles {
    /// Those of the process with this id.
    pub(crate) fn of(process: &str) -> anyhow::Result<Self> {
        let mut open = Self::default();
        for file in fs::read_dir(format!("/proc/{process}/fd"))? {
            // One that was closed meanwhile is no leak.
            let Ok(target) = fs::read_link(file?.path()) else {
                continue;
            };
            if target.to_string_lossy().starts_with("socket:") {
                open.sockets += 1;
            } else {
                open.others += 1;
            }
        }
        Ok(open)
    }
}

/// The server's CPU time so far, in seconds.
pub(crate) fn cpu_seconds(server: &ServerProcess) -> anyhow::Result<f64> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{}/task", server.id()))? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        let on_cpu = stat.split(' ').next().context("schedstat is empty")?;
        nanos += on_cpu.parse::<u64>()?;
    }
    Ok(nanos as f64 / 1e9)
}

/// The sum of the sizes of these files of the data folder, in bytes; a missing file counts 0.
pub(crate) fn bytes_of(data: &Path, names: [&str; 2]) -> u64 {
    let bytes = |name: &str| fs::metadata(data.join(name)).map_or(0, |found| found.len());
    names.into_iter().map(bytes).sum()
}
