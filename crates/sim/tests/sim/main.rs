//! Deterministic simulation: sessions and the server in one seeded world, with delays, broken
//! links, crashes, failing disks and slow readers. In some worlds several nodes share a stream,
//! which repeats, delays, loses and forgets.
//!
//! In every world each post is on the log once, and every client sees the one log in order. The
//! same seed is the same world. A failure prints the command that runs its world again, step by
//! step.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

mod actions;
mod client;
mod convergence;
mod damage;
mod durable;
mod ends;
mod files;
mod history;
mod link;
mod moderation;
mod network;
mod node;
mod oracle;
mod plan;
mod random;
mod restores;
mod rules;
mod runs;
mod server;
mod shared;
mod socket;
mod stats;
mod stream;
mod trace;
mod world;

use std::env;

use crate::runs::{Run, run_seeds};

#[test]
fn every_post_is_on_the_log_once_and_every_client_sees_the_one_log_in_order() {
    if let Some(run) = Run::from_env() {
        let trace = run.trace();
        println!("{}", trace.lines.join("\n"));
        assert_eq!(trace.violation, None, "{run}");
        return;
    }
    match run_seeds() {
        Ok(stats) => println!("{stats}"),
        // The mutations need only what was found.
        Err(failed) if env::var_os("PARLOR_SIM_NO_TRACE").is_some() => {
            panic!("{}\nBROKEN: {}", failed.run, failed.violation)
        }
        Err(failed) => {
            let run = failed.run.minimize();
            let trace = run.trace();
            println!("{}", trace.lines.join("\n"));
            panic!(
                "{}\nto see it again: {run}",
                trace.violation.unwrap_or_default()
            );
        }
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in [1, 2, 3] {
        let run = Run::new(seed);
        let (one, other) = (run.trace().lines, run.trace().lines);
        assert!(one.len() > 50, "something happens");
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other);
        }
        assert_eq!(one.len(), other.len());
    }
}
