//! `cargo xtask bench`: how fast Parlor is, beside servers that do less, in one run on one machine.

mod book;
mod chart;
mod client;
mod cores;
mod crowd;
mod frames;
mod handshake;
mod peers;
mod report;
mod scenarios;
mod server;
mod suite;
mod syscalls;
mod talk;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    peers::Peer,
    report::Report,
    server::Place,
    suite::{Effort, Scenario},
};

/// Presence is told once a second in large rooms.
const SETTLE: Duration = Duration::from_millis(2_500);
/// Files that a process has open for ten thousand clients, and some.
const FILES_NEEDED: u64 = 11_000;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct CommandLine {
    /// The server to measure
    #[arg(long, value_name = "BINARY", hide = true)]
    server: PathBuf,
    /// Another build of the server, which is measured as one more column beside this one; the ratio of the two follows
    /// each table. It must know the same protocol and flags; a relative path starts at the repository
    #[arg(long, value_name = "BINARY", conflicts_with = "write")]
    against: Option<PathBuf>,
    /// Where logs are written: on the disk to be measured
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    disk: PathBuf,
    /// Rounds of each comparison; the tables give the medians
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: usize,
    /// How long each round of each server posts
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    seconds: f64,
    /// Everything once, small and short: to see that it works, the figures mean nothing
    #[arg(long)]
    smoke: bool,
    /// Put what was measured into docs/PERFORMANCE.md, docs/performance.json and docs/performance.svg
    #[arg(long)]
    write: bool,
    /// Which scenarios; without any, all of them
    scenarios: Vec<Scenario>,
}

/// What the binary is besides: a server to compare with, started by itself.
#[derive(Debug, Parser)]
struct PeerLine {
    #[command(subcommand)]
    command: PeerCommand,
}

#[derive(Debug, Subcommand)]
enum PeerCommand {
    Peer { peer: Peer },
}

fn main() -> anyhow::Result<ExitCode> {
    if let Ok(PeerLine {
        command: PeerCommand::Peer { peer },
    }) = PeerLine::try_parse()
    {
        peers::serve(peer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let line = CommandLine::parse();
    let place = Place {
        parlor: line.server,
        other: line.against,
        disk: line.disk,
        workers: 1,
    };
    let effort = if line.smoke {
        Effort {
            seconds: 0.5,
            settle: Duration::ZERO,
            rounds: 1,
            divisor: 50,
        }
    } else {
        server::raise_file_limit(FILES_NEEDED)?;
        Effort {
            seconds: line.seconds,
            settle: SETTLE,
            rounds: line.rounds,
            divisor: 1,
        }
    };
    let scenarios = if line.scenarios.is_empty() {
        Scenario::value_variants().to_vec()
    } else {
        line.scenarios
    };
    let mut report = Report::new();
    for scenario in scenarios {
        let outcome = scenario.run(effort, &place)?;
        println!("{}", Report::section(scenario, &outcome));
        report.add(scenario, outcome);
    }
    if line.write {
        report.write("docs".as_ref())?;
    }
    let faults = report.faults();
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if faults.is_empty() {
        println!("No entry was lost, came twice or out of order, in any run.");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
