//! Whether the machine was quiet: what others took of its processors while a server was measured.
//!
//! The others are other programs, the kernel's own threads, and the other guests of a virtual
//! machine's host ("steal", where the host reports it). The benchmark and the server do not count.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::server::Server;

/// The share of the machine's processor time above which it was not quiet.
///
/// In 21 rounds of three seconds on a machine with two cores, on which all other processes and the
/// kernel's threads together used less than 1 %, this share came out as 0 to 5.2 %: `/proc/stat`
/// counts in ticks, and what it is compared with is counted in nanoseconds. So the bound is above
/// that error, and no higher, because on two cores 8 % is already a sixth of the server's core.
pub(crate) const OTHERS_SHARE_MAX: f64 = 0.08;

/// What others took while something was measured, as shares of the time of all processors.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct OthersCpu {
    /// Other programs and the kernel's threads.
    pub(crate) used: f64,
    /// The host's other guests.
    pub(crate) stolen: f64,
}

impl OthersCpu {
    /// `own` is what the benchmark and the server used in `elapsed`.
    fn between(before: Ticks, after: Ticks, elapsed: Duration, own: Duration) -> Self {
        let all = after.all.saturating_sub(before.all);
        if all == 0 {
            // Shorter than the system's clock can tell.
            return Self::default();
        }
        let share = |before: u64, after: u64| after.saturating_sub(before) as f64 / all as f64;
        let own = own.as_secs_f64() / (elapsed.as_secs_f64() * after.processors as f64);
        Self {
            used: (share(before.busy, after.busy) - own).max(0.0),
            stolen: share(before.stolen, after.stolen),
        }
    }

    /// Both together: the share that neither the benchmark nor the server could have.
    pub(crate) fn share(self) -> f64 {
        self.used + self.stolen
    }

    /// Whether the machine was quiet.
    pub(crate) fn is_quiet(self) -> bool {
        self.share() <= OTHERS_SHARE_MAX
    }
}

/// Measures what others take while a server is measured.
pub(crate) struct OthersMeter<'a> {
    server: &'a Server,
    start: Instant,
    ticks: Ticks,
    own: Duration,
}

impl<'a> OthersMeter<'a> {
    pub(crate) fn start(server: &'a Server) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            ticks: Ticks::read()?,
            own: own_cpu_time(server)?,
            start: Instant::now(),
        })
    }

    pub(crate) fn stop(&self) -> anyhow::Result<OthersCpu> {
        let (elapsed, own) = (self.start.elapsed(), own_cpu_time(self.server)?);
        let own = own.saturating_sub(self.own);
        Ok(OthersCpu::between(self.ticks, Ticks::read()?, elapsed, own))
    }
}

/// The CPU time of this process and the server so far.
fn own_cpu_time(server: &Server) -> anyhow::Result<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let bench = Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?);
    Ok(bench + server.cpu_time()?)
}

/// The time of all processors together since the machine was started, in the system's clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    all: u64,
    busy: u64,
    stolen: u64,
    processors: usize,
}

impl Ticks {
    fn read() -> anyhow::Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?;
        Self::parse(&stat).context("/proc/stat has no line for all processors")
    }

    /// The first line is `cpu user nice system idle iowait irq softirq steal guest guest_nice`; the
    /// last two are parts of the first two. A line for each processor follows.
    fn parse(stat: &str) -> Option<Self> {
        let mut processors = stat.lines().take_while(|line| line.starts_with("cpu"));
        let all = processors.next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = all.map_while(|ticks| ticks.parse().ok()).take(8).collect();
        let [user, nice, system, idle, iowait, irq, softirq, stolen] = ticks.try_into().ok()?;
        let busy = user + nice + system + irq + softirq;
        Some(Self {
            all: busy + idle + iowait + stolen,
            busy,
            stolen,
            processors: processors.count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "cpu  100 10 50 800 20 3 7 10 90 9\ncpu0 50 5 25 400 10 1 4 5 45 4\n\
        cpu1 50 5 25 400 10 2 3 5 45 5\nintr 12345 0\ncpu_is_no_processor 1\n";

    fn ticks(all: u64, busy: u64, stolen: u64) -> Ticks {
        Ticks {
            all,
            busy,
            stolen,
            processors: 2,
        }
    }

    #[test]
    fn the_time_of_all_processors_is_read_without_what_is_counted_twice() {
        assert_eq!(Ticks::parse(BEFORE), Some(ticks(1_000, 170, 10)));
        assert_eq!(Ticks::parse("cpu  1 2 3\n"), None);
        assert_eq!(Ticks::parse("intr 1\n"), None);
    }

    #[test]
    fn what_others_took_is_what_was_busy_without_the_benchmark_and_the_server() {
        // Ten seconds of two processors at a hundred ticks a second: half of them busy, of which
        // the benchmark and the server had eight seconds, and a twentieth stolen.
        let elapsed = Duration::from_secs(10);
        let (before, after) = (ticks(5_000, 700, 30), ticks(7_000, 1_700, 130));
        let between = |own| OthersCpu::between(before, after, elapsed, own);
        let others = between(Duration::from_secs(8));
        assert!((others.used - 0.1).abs() < 1e-9 && (others.stolen - 0.05).abs() < 1e-9);
        assert!((others.share() - 0.15).abs() < 1e-9 && !others.is_quiet());
        // The system counts in ticks, the benchmark in nanoseconds: it may seem to have had more.
        let others = between(Duration::from_secs(11));
        assert!(others.used.abs() < 1e-9 && others.is_quiet());
        // No tick has passed.
        let others = OthersCpu::between(before, before, Duration::from_micros(1), elapsed);
        assert!(others.share().abs() < 1e-9 && others.is_quiet());
    }
}
