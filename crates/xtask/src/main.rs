//! Parlor's chores as one program: `cargo xtask run`, `dev`, `test`, `chaos`, `bench`,
//! `shots`, `setup`, `build`.
//!
//! Every command finds what it needs and gets what is missing first, so that a fresh clone on a
//! fresh machine needs no instructions beyond the command's name. The versions of everything that
//! is fetched are in `tools.rs`; what is fetched stays under `target/` (the browser and its fonts
//! excepted, which only `test` needs and only the machine's package manager can install).

mod bench;
mod bundle;
mod chaos;
mod child;
mod compress;
mod console;
mod dev;
mod lean;
mod page;
mod paths;
mod run;
mod setup;
mod shots;
mod stamp;
mod test;
mod tools;
mod weight;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Set-up, run, test and build of Parlor.
///
/// Each command first gets what it needs and the machine lacks: the WASM target, Trunk,
/// wasm-bindgen, wasm-opt; for the tests Chromium too. The first time this takes some minutes,
/// after that a second.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the page and the server in release and start the server.
    ///
    /// The server prints the address to open. What is up to date is not built again, so a second
    /// run starts in seconds. Ctrl-C stops the server in good order.
    Run {
        /// Passed to the server as they are: `cargo xtask run -- --help` lists them.
        #[arg(last = true, value_name = "SERVER ARGS")]
        server_args: Vec<String>,
    },
    /// Work on Parlor: page and server in debug, both rebuilt when a source changes.
    ///
    /// `trunk serve` serves the page, reloads it in the browser after each change and passes the
    /// WebSocket on to the server. A server that does not compile leaves the old one running.
    Dev {
        /// Passed to the server as they are.
        #[arg(last = true, value_name = "SERVER ARGS")]
        server_args: Vec<String>,
    },
    /// Every check and every test: what CI runs, and all of it.
    ///
    /// Format, clippy (native and WASM), documentation, then all tests, the page in a real
    /// Chromium against the real server among them. Stops at the first check that fails.
    Test {
        /// Passed to `cargo test --workspace`: a part of a test's name, or `-- --nocapture`.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "TEST ARGS"
        )]
        test_args: Vec<String>,
    },
    /// The release server and many real clients, with everything going wrong that can.
    ///
    /// Kills the server, cuts and stalls lines, fills the disk, stalls readers; then holds what
    /// every client saw against the log, and ends with an error where it differs.
    Chaos {
        /// `--seconds N`, `--seed N`, `--clients N`.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CHAOS ARGS"
        )]
        chaos_args: Vec<String>,
    },
    /// How fast the release server is, beside servers that do less, in one run.
    ///
    /// Holds every entry of every run against what was posted, and ends with an error where one is missing.
    Bench {
        /// Scenarios, `--rounds N`, `--seconds N`, `--smoke`, `--write`; `-- --help` says more.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "BENCH ARGS"
        )]
        bench_args: Vec<String>,
    },
    /// Pictures of every state of the page, at 390, 768 and 1280 pixels, light and dark.
    ///
    /// Runs the browser tests and has them write what they see into target/shots.
    Shots {
        /// Passed to the browser tests: a part of a test's name.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "TEST ARGS"
        )]
        test_args: Vec<String>,
    },
    /// Only the set-up: what `run` and `test` need and this machine lacks.
    ///
    /// PARLOR_RUST_SRC names the folder of the Rust library's source, for where neither rustup nor
    /// apt gets it; CHROME and CHROMEDRIVER name a browser and its driver that are not on PATH.
    Setup,
    /// One self-contained release binary with the page inside, ready to copy to a server.
    Build,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { server_args } => run::run(&server_args),
        Command::Dev { server_args } => dev::run(&server_args),
        Command::Test { test_args } => test::run(&test_args),
        Command::Chaos { chaos_args } => chaos::run(&chaos_args),
        Command::Bench { bench_args } => bench::run(&bench_args),
        Command::Shots { test_args } => shots::run(&test_args),
        Command::Setup => setup::everything(),
        Command::Build => bundle::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::fail(&error);
            ExitCode::FAILURE
        }
    }
}
