//! Sessions and the server in one simulated world: delays, cut lines, crashes, failing disks, slow readers. Whatever
//! happens, each post is on the log once and every session shows the one log in order.
//!
//! The same seed is the same world. A failure names the command that runs its world again, step by step.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

mod actions;
mod chance;
mod counts;
mod lines;
mod plan;
mod program;
mod runs;
mod serving;
mod trace;
mod truth;
mod wire;
mod world;

use crate::runs::{Run, run_seeds};

#[test]
fn whatever_happens_each_post_is_on_the_log_once_and_everyone_sees_the_one_log_in_order() {
    if let Some(run) = Run::asked_for() {
        let trace = run.trace();
        println!("{}", trace.lines.join("\n"));
        assert_eq!(trace.broken, None, "{run}");
        return;
    }
    match run_seeds() {
        Ok(counts) => println!("{counts}"),
        Err(failed) => {
            let run = failed.shortest();
            let trace = run.trace();
            println!("{}", trace.lines.join("\n"));
            panic!(
                "{}\nto see it again: {run}",
                trace.broken.unwrap_or_default()
            );
        }
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in [1, 2, 3] {
        let run = Run::of(seed);
        let (one, other) = (run.trace().lines, run.trace().lines);
        assert!(one.len() > 50, "something happens");
        assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other);
        }
    }
}
