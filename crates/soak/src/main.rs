//! The binary that `cargo xtask soak` runs.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use parlor_soak::{Options, run};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask soak", bin_name = "cargo xtask soak")]
struct CommandLine {
    /// The server to run
    #[arg(long, value_name = "BINARY", hide = true)]
    server: PathBuf,
    /// Run for this long
    #[arg(long, value_name = "MINUTES", default_value_t = 60.0)]
    minutes: f64,
    /// How many members are there at once
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    members: usize,
    /// Write the log into this folder: it chooses the disk
    #[arg(long, value_name = "FOLDER", default_value = "target/soak")]
    disk: PathBuf,
    /// Begin with a copy of the log in this folder, to see what a long log costs
    #[arg(long, value_name = "FOLDER")]
    log: Option<PathBuf>,
    /// Write the figures to docs/SOAK.md and the chart to docs/soak.svg
    #[arg(long)]
    write: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let command_line = CommandLine::parse();
    let options = Options {
        server: command_line.server,
        minutes: command_line.minutes,
        members: command_line.members,
        disk: command_line.disk,
        log: command_line.log,
    };
    let report = run(&options).await?;
    println!("{report}");
    if command_line.write {
        report.write("docs".as_ref())?;
    }
    Ok(if report.verdict().is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
