//! `parlor-chaos`, as `cargo xtask chaos` runs it.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use parlor_chaos::{Plan, run};

/// The real server and many real clients, with everything going wrong that can; then every client's record is held
/// against the log.
///
/// Ends with an error where an entry or a post was lost, doubled or out of order, and tells the story of it.
#[derive(Debug, Parser)]
#[command(name = "parlor-chaos", version, max_term_width = 100)]
struct CommandLine {
    /// The server's binary
    #[arg(long, env = "PARLOR_BIN", value_name = "FILE")]
    server: PathBuf,
    /// How long things go wrong
    #[arg(long, default_value_t = 60, value_name = "COUNT")]
    seconds: u64,
    /// What chance starts from [default: another each time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many clients
    #[arg(long, default_value_t = 24, value_name = "COUNT")]
    clients: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let plan = Plan {
        server: line.server,
        seconds: line.seconds,
        seed: line.seed.unwrap_or_else(any_seed),
        clients: line.clients,
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

/// Short enough to be typed again.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() % 1_000_000)
}
