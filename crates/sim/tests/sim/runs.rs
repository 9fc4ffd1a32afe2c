//! Runs worlds: many seeds on all cores, or one seed with its trace.

use std::{
    cell::RefCell,
    env, fmt,
    panic::{self, AssertUnwindSafe},
    rc::Rc,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
};

use parlor_sim::Worlds;

use crate::{
    oracle::Violation,
    plan::Plan,
    stats::Stats,
    world::{Trace, World},
};

/// How many seeds are run unless `PARLOR_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 1_000;

/// One world: its seed, and after how many actions faults end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    seed: u64,
    actions: Option<u64>,
}

/// Whether the world of this seed is of this kind; it always is if that is `None`.
fn is_of(kind: Option<Worlds>, seed: u64) -> bool {
    let nodes = || Plan::of(seed).nodes;
    match kind {
        None => true,
        Some(Worlds::Own) => nodes().is_none(),
        Some(Worlds::Several) => nodes().is_some_and(|nodes| nodes > 1),
    }
}

/// A world that violates a property.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) run: Run,
    pub(crate) violation: Violation,
}

/// What happened in a world, step by step, and which property it violated.
#[derive(Debug)]
pub(crate) struct RunTrace {
    pub(crate) lines: Vec<String>,
    pub(crate) violation: Option<Violation>,
}

/// The command that runs the same world again.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PARLOR_SIM_SEED={} ", self.seed)?;
        if let Some(actions) = self.actions {
            write!(f, "PARLOR_SIM_ACTIONS={actions} ")?;
        }
        f.write_str("cargo test -p parlor-sim --test sim -- --nocapture every_post")
    }
}

impl Run {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            actions: None,
        }
    }

    /// The run that the environment asks for.
    pub(crate) fn from_env() -> Option<Self> {
        Some(Self {
            seed: number("PARLOR_SIM_SEED")?,
            actions: number("PARLOR_SIM_ACTIONS"),
        })
    }

    pub(crate) fn trace(self) -> RunTrace {
        let trace = Rc::new(RefCell::new(Vec::new()));
        let outcome = self.run(Some(trace.clone()), &AtomicBool::new(false));
        RunTrace {
            lines: trace.take(),
            violation: outcome.err(),
        }
    }

    /// Runs the world to its end, or until `is_over` is set.
    fn run(self, trace: Trace, is_over: &AtomicBool) -> Result<Stats, Violation> {
        let world = || {
            let mut world = World::new(self.seed, self.actions, trace);
            let violation = world.run(is_over);
            violation.map_or(Ok(world.stats), Err)
        };
        // A panic in the code under test is a violation like any other.
        panic::catch_unwind(AssertUnwindSafe(world)).unwrap_or_else(|_| Err("a panic".to_owned()))
    }

    /// The same world with the fewest actions that still violate a property: the shortest trace.
    pub(crate) fn minimize(self) -> Self {
        let with = |actions| Self {
            actions: Some(actions),
            ..self
        };
        let is_broken = |run: &Self| run.run(None, &AtomicBool::new(false)).is_err();
        let shortest = (0..200).map(with).find(is_broken);
        shortest.unwrap_or(self)
    }
}

/// Runs worlds on every core; gives one that violates a property. Those that run beside it end with
/// it.
pub(crate) fn run_seeds() -> Result<Stats, Failed> {
    let seeds = number("PARLOR_SIM_SEEDS").unwrap_or(SEEDS);
    let kind = Worlds::from_env().unwrap();
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Stats::default()));
    let (failed, is_over) = (Mutex::new(None), AtomicBool::new(false));
    let work = || {
        while !is_over.load(Relaxed) {
            let run = Run::new(next.fetch_add(1, Relaxed));
            if run.seed >= seeds {
                return;
            }
            if !is_of(kind, run.seed) {
                continue;
            }
            match run.run(None, &is_over) {
                Ok(stats) => sum.lock().unwrap().add(&stats),
                Err(violation) => {
                    is_over.store(true, Relaxed);
                    *failed.lock().unwrap() = Some(Failed { run, violation });
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    failed.map_or(Ok(sum.into_inner().unwrap()), Err)
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}
