//! CPU affinity: the server runs on one core and the load on the others, so that neither takes time
//! from the other.

use anyhow::Context;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core that servers run on.
pub(crate) const SERVER: Cores = Cores::First;
/// The cores that the load runs on.
pub(crate) const LOAD: Cores = Cores::AllButFirst;

/// A choice among the cores that this process may use. With only one core, both choose it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cores {
    First,
    AllButFirst,
}

/// Runs `act` on these cores. Processes that it starts stay on them.
pub(crate) fn run_on<T>(cores: Cores, act: impl FnOnce() -> T) -> anyhow::Result<T> {
    let all = sched_getaffinity(None).context("cannot read this process's CPU affinity")?;
    sched_setaffinity(None, &choose(cores, &all)).context("cannot set the CPU affinity")?;
    let value = act();
    sched_setaffinity(None, &all).context("cannot set the CPU affinity")?;
    Ok(value)
}

fn choose(cores: Cores, all: &CpuSet) -> CpuSet {
    let usable: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|cpu| all.is_set(*cpu))
        .collect();
    let chosen: &[usize] = match (cores, usable.split_first()) {
        (Cores::First, Some((first, _))) => std::slice::from_ref(first),
        (Cores::AllButFirst, Some((_, rest))) if !rest.is_empty() => rest,
        (Cores::First | Cores::AllButFirst, _) => &usable,
    };
    let mut set = CpuSet::new();
    chosen.iter().for_each(|cpu| set.set(*cpu));
    set
}
