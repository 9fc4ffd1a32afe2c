//! One core for the server, the others for the load: so neither takes from the other.

use anyhow::Context;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core servers are kept to.
pub(crate) const SERVER: Core = Core::First;
/// The cores the load is kept to.
pub(crate) const LOAD: Core = Core::AllButFirst;

/// Which of the cores this process may use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Core {
    First,
    AllButFirst,
}

/// Does something while kept to this core; what is started in it stays there.
pub(crate) fn on<T>(core: Core, act: impl FnOnce() -> T) -> anyhow::Result<T> {
    let all = sched_getaffinity(None).context("cannot ask for this process's cores")?;
    sched_setaffinity(None, &chosen(core, &all)).context("cannot choose a core")?;
    let done = act();
    sched_setaffinity(None, &all).context("cannot choose a core")?;
    Ok(done)
}

fn chosen(core: Core, all: &CpuSet) -> CpuSet {
    let usable: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|cpu| all.is_set(*cpu))
        .collect();
    let kept: &[usize] = match (core, usable.split_first()) {
        (Core::First, Some((first, _))) => std::slice::from_ref(first),
        // With one core alone everything shares it.
        (Core::AllButFirst, Some((_, rest))) if !rest.is_empty() => rest,
        (Core::First | Core::AllButFirst, _) => &usable,
    };
    let mut set = CpuSet::new();
    kept.iter().for_each(|cpu| set.set(*cpu));
    set
}
