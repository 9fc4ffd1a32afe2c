//! `parlor-chaos`, as `cargo xtask chaos` runs it.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use parlor_chaos::{Plan, run};

/// Runs the real server with many real clients and injects faults; then checks what every client
/// observed against the log.
///
/// Fails if an entry or a post was lost, doubled or out of order, and prints the event log around
/// it.
#[derive(Debug, Parser)]
#[command(name = "parlor-chaos", version, max_term_width = 100)]
struct CommandLine {
    /// The server's binary
    #[arg(long, env = "PARLOR_BIN", value_name = "FILE")]
    server: PathBuf,
    /// The client for JavaScript: clients/js/dist/parlor.js, which clients/js/build.mjs makes
    #[arg(long, env = "PARLOR_JS", value_name = "FILE")]
    js: PathBuf,
    /// How many nodes there are, over a stream in three servers of NATS [default: one server with a
    /// log of its own]
    #[arg(long, value_name = "COUNT")]
    nodes: Option<usize>,
    /// How long faults are injected
    #[arg(long, default_value_t = 60, value_name = "COUNT")]
    seconds: u64,
    /// The seed of all random numbers [default: a new one for each run]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many clients in Rust there are
    #[arg(long, default_value_t = 24, value_name = "COUNT")]
    clients: usize,
    /// How many clients in JavaScript, over SSE and by long polling there are, of each
    #[arg(long, default_value_t = 2, value_name = "COUNT")]
    others: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let plan = Plan {
        server: command_line.server,
        js: command_line.js,
        nodes: command_line.nodes,
        seconds: command_line.seconds,
        seed: command_line.seed.unwrap_or_else(new_seed),
        clients: command_line.clients,
        others: command_line.others,
    };
    match run(&plan).await {
        Ok(report) => {
            print!("{report}");
            if report.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("parlor-chaos: seed {}: {error:#}", plan.seed);
            ExitCode::FAILURE
        }
    }
}

/// A seed that is short enough to type.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() % 1_000_000)
}
