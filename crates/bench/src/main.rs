//! `cargo xtask bench`: how fast Parlor is, compared with servers that do less, in one run on one
//! machine.

mod attacker;
mod binary;
mod chart;
mod client;
mod cores;
mod document;
mod effort;
mod format;
mod frames;
mod generate;
mod handshake;
mod large;
mod latency;
mod ledger;
mod load;
mod meter;
mod mixed;
mod operation;
mod packages;
mod peers;
mod protocol;
mod quiet;
mod recorder;
mod report;
mod rows;
mod scenarios;
mod server;
mod socket_io;
mod source;
mod suite;
mod syscalls;
mod tables;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    binary::Binary,
    effort::Effort,
    generate::Generate,
    packages::{Package, Packages},
    peers::Peer,
    report::Report,
    server::ServerOptions,
    suite::Scenario,
};

/// Longer than the second after which presence reaches large rooms.
const WARM_UP: Duration = Duration::from_millis(2_500);
/// The open files of a process with fifteen thousand connections, and a margin.
const OPEN_FILES_NEEDED: u64 = 16_000;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct CommandLine {
    /// The server to measure
    #[arg(long, value_name = "BINARY", hide = true)]
    server: PathBuf,
    /// Measure another build of the server as well, as one more column beside this one, and print
    /// the ratio of the two below each table. It must know the same protocol; options that its
    /// `--help` lacks are left out. A relative path starts at the repository's root
    #[arg(long, value_name = "BINARY", conflicts_with = "write")]
    against: Option<PathBuf>,
    /// Measure these servers of others as well, as further rows: bun, ws, socket.io, with commas
    /// between them. `cargo xtask bench` gets them from npm, into target/
    #[arg(
        long,
        value_name = "PACKAGES",
        value_delimiter = ',',
        requires = "packages"
    )]
    with: Vec<Package>,
    /// The folder node_modules that has them
    #[arg(long, value_name = "FOLDER", hide = true)]
    packages: Option<PathBuf>,
    /// Write logs into this folder: it chooses the disk that is measured
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    disk: PathBuf,
    /// Run each comparison this many times; the tables show medians
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: usize,
    /// Post for this long in each round of each server
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    seconds: f64,
    /// Run everything once, small and short, to see that it works; the figures mean nothing
    #[arg(long)]
    smoke: bool,
    /// Write the results to docs/PERFORMANCE.md, docs/performance.json and docs/performance.svg;
    /// those of scenarios that are not run stay as they are
    #[arg(long)]
    write: bool,
    /// For `large`, take the log in this folder, which `generate` has written, for the large one;
    /// it is changed
    #[arg(long, value_name = "FOLDER")]
    large_log: Option<PathBuf>,
    /// The scenarios to run [default: all]
    scenarios: Vec<Scenario>,
}

/// The hidden command with which this binary starts itself as a peer.
#[derive(Debug, Parser)]
struct PeerCommandLine {
    #[command(subcommand)]
    command: PeerCommand,
}

#[derive(Debug, Subcommand)]
enum PeerCommand {
    Peer {
        #[command(subcommand)]
        peer: Peer,
    },
}

/// `cargo xtask bench generate`: writes a log.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct GenerateCommandLine {
    /// Not needed; `cargo xtask bench` names it in any case
    #[arg(long, value_name = "BINARY", hide = true)]
    server: Option<PathBuf>,
    #[command(subcommand)]
    command: GenerateCommand,
}

#[derive(Debug, Subcommand)]
enum GenerateCommand {
    /// Write a log of millions of entries as a busy server would have written it
    Generate(Generate),
}

/// Writes a log if the arguments ask for that.
fn generate() -> anyhow::Result<Option<ExitCode>> {
    if !std::env::args_os().any(|argument| argument == "generate") {
        return Ok(None);
    }
    let GenerateCommand::Generate(generate) = GenerateCommandLine::parse().command;
    let generated = generate.run()?;
    println!(
        "{} entries in {:.1} s; all of them could be found {:.1} s later.",
        generate.entries,
        generated.written.as_secs_f64(),
        generated.indexed.as_secs_f64()
    );
    Ok(Some(ExitCode::SUCCESS))
}

fn main() -> anyhow::Result<ExitCode> {
    if let Ok(PeerCommandLine {
        command: PeerCommand::Peer { peer },
    }) = PeerCommandLine::try_parse()
    {
        peers::serve(peer)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(done) = generate()? {
        return Ok(done);
    }
    let command_line = CommandLine::parse();
    let options = ServerOptions {
        parlor: Binary::ask(command_line.server)?,
        other: command_line.against.map(Binary::ask).transpose()?,
        packages: Packages::find(command_line.with, command_line.packages.unwrap_or_default())?,
        disk: command_line.disk,
        workers: 1,
        large_log: command_line.large_log,
    };
    let effort = if command_line.smoke {
        Effort {
            seconds: 0.5,
            warm_up: Duration::ZERO,
            rounds: 1,
            divisor: 50,
        }
    } else {
        server::raise_file_limit(OPEN_FILES_NEEDED)?;
        Effort {
            seconds: command_line.seconds,
            warm_up: WARM_UP,
            rounds: command_line.rounds,
            divisor: 1,
        }
    };
    let scenarios = if command_line.scenarios.is_empty() {
        Scenario::value_variants().to_vec()
    } else {
        command_line.scenarios
    };
    let mut report = Report::new();
    for scenario in scenarios {
        let outcome = scenario.run(effort, &options)?;
        println!("{}", Report::section(scenario, &outcome));
        report.add(scenario, outcome);
    }
    if command_line.write {
        report.write("docs".as_ref())?;
    }
    let mut faults = report.faults();
    let noticed = report.noticed_attacks();
    if command_line.smoke {
        // Beside other tests, and in a debug build, the times mean nothing.
        noticed.iter().for_each(|line| println!("{line}"));
    } else {
        faults.extend(noticed);
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if faults.is_empty() {
        println!("No entry was lost, duplicated or out of order in any run.");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
