//! Parlor's tasks as one program: `cargo xtask run`, `dev`, `test`, `chaos`, `autobahn`, `bench`,
//! `shots`, `setup`, `build`, `fuzz`, `soak`, `cluster`, `package`.
//!
//! Every command first installs what it needs and the machine lacks, so that a fresh clone on a
//! fresh machine needs no instructions beyond the command's name. `versions.rs` has the versions of
//! everything that is installed. It goes under `target/`, except the browsers and fonts, which
//! only `test` and `shots` need and only the machine's package manager can install.

mod autobahn;
mod bench;
mod build;
mod chaos;
mod cluster;
mod compress;
mod console;
mod dev;
mod fingerprint;
mod fuzz;
mod package;
mod page;
mod paths;
mod process;
mod release;
mod run;
mod setup;
mod shots;
mod split;
mod test;
mod versions;
mod weight;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::build::Linking;

/// Runs, tests and builds Parlor.
///
/// Each command first installs what it needs and the machine lacks: the WASM target, Trunk,
/// wasm-bindgen, wasm-opt; for the tests Chromium, Firefox and WebKit too. The first time this
/// takes some minutes, after that a second.
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
    /// run starts in seconds. Ctrl-C stops the server gracefully.
    Run {
        /// Arguments of the server: `cargo xtask run -- --help` lists them.
        #[arg(last = true, value_name = "SERVER ARGS")]
        server_args: Vec<String>,
    },
    /// Run the page and the server in debug, and rebuild both when a source changes.
    ///
    /// `trunk serve` serves the page at http://127.0.0.1:8081, reloads it in the browser after each
    /// change and proxies the WebSocket to the server at 127.0.0.1:8080. While the server does not
    /// compile, its previous build keeps running.
    Dev {
        /// Arguments of the server.
        #[arg(last = true, value_name = "SERVER ARGS")]
        server_args: Vec<String>,
    },
    /// Run every check and every test, as CI does.
    ///
    /// Format, clippy (native and WASM), documentation, then all tests, those of the page in real
    /// browsers included: all of them in Chromium, the main walks in Firefox and WebKit too. Stops
    /// at the first check that fails.
    Test {
        /// Arguments of `cargo test --workspace`: part of a test's name, or `-- --nocapture`.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "TEST ARGS"
        )]
        test_args: Vec<String>,
    },
    /// Run three nodes over three servers of NATS behind one address, to try.
    ///
    /// A key kills a node or a server of NATS, and starts it again; nothing is kept.
    Cluster {
        /// `--port PORT`; `-- --help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CLUSTER ARGS"
        )]
        cluster_args: Vec<String>,
    },
    /// Run the release server and many clients under faults, and check what each client received.
    ///
    /// Kills the server, cuts and stalls connections, fills the disk, stalls readers; then compares
    /// what every client received with the log, and fails if they differ. The clients are in Rust,
    /// in JavaScript (run by Node.js), over SSE and by long polling. With `--nodes 3` several nodes
    /// share a stream in three servers of NATS, which get their faults, too.
    Chaos {
        /// `--seconds N`, `--seed N`, `--clients N`, `--others N`.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CHAOS ARGS"
        )]
        chaos_args: Vec<String>,
    },
    /// Run the Autobahn suite on the server's connections: it tries the WebSocket protocol.
    ///
    /// Needs Python 2.7 and installs the suite from PyPI. Fails if a case does that is not listed
    /// with its reason.
    Autobahn {
        /// Cases, such as `6.*` or `7.1.1`; all if there are none.
        #[arg(value_name = "CASE")]
        cases: Vec<String>,
    },
    /// Measure the release server's speed beside servers that do less, in one run.
    ///
    /// Compares each entry that clients received with what was posted, and fails if one is missing.
    /// With `--with bun,ws,socket.io` it gets these servers from npm and measures them as well.
    Bench {
        /// Scenarios, `--rounds N`, `--seconds N`, `--with PACKAGES`, `--smoke`, `--write`;
        /// `-- --help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "BENCH ARGS"
        )]
        bench_args: Vec<String>,
    },
    /// Take pictures of every state of the page, at 390, 768, 1280 and 2560 pixels.
    ///
    /// Runs the browser tests and has them write the pictures into target/shots, light and dark,
    /// and of the main states in Firefox and WebKit too.
    Shots {
        /// Arguments of the browser tests: part of a test's name.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "TEST ARGS"
        )]
        test_args: Vec<String>,
    },
    /// Only install what `run` and `test` need and this machine lacks.
    ///
    /// PARLOR_RUST_SRC is the folder of the Rust library's source, for machines where neither
    /// rustup nor apt has it. CHROME and CHROMEDRIVER, FIREFOX and GECKODRIVER, WEBKIT and
    /// WEBKITDRIVER are browsers and their drivers that are not on PATH. PARLOR_SKIP_ENGINES names
    /// engines (`firefox`, `webkit`) that this machine cannot have: their tests are skipped.
    Setup,
    /// Build one self-contained release binary with the page inside, ready to copy to a server.
    Build {
        /// Link it to nothing, so that it runs on every Linux with this processor. Needs musl-gcc.
        #[arg(long = "static")]
        is_static: bool,
    },
    /// Try the decoder, frames, timeline, session, HTTP, its API and tokens with any inputs.
    ///
    /// Needs a nightly compiler; installs cargo-fuzz. Fails with the input that breaks a property.
    /// The inputs in fuzz/corpus are tried first, and by `cargo xtask test` as well.
    Fuzz {
        /// Targets, `--seconds N`, `--keep`; `-- --help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "FUZZ ARGS"
        )]
        fuzz_args: Vec<String>,
    },
    /// Run the release server for an hour of load and churn, and compare its end to its beginning.
    ///
    /// At a quarter of what it can do; fails if memory, open files, latency or the files grow by
    /// more than what was posted explains.
    Soak {
        /// `--minutes N`, `--write`; `-- --help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "SOAK ARGS"
        )]
        soak_args: Vec<String>,
    },
    /// Pack the crates that can be published, and run the tests of what was packed.
    ///
    /// They are tested in a workspace of their own, without the rest of the repository.
    Package,
}

fn main() -> ExitCode {
    let outcome = if split::is_bindgen() {
        split::bindgen()
    } else {
        run(Cli::parse().command)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Run { server_args } => run::run(&server_args),
        Command::Dev { server_args } => dev::run(&server_args),
        Command::Test { test_args } => test::run(&test_args),
        Command::Chaos { chaos_args } => chaos::run(&chaos_args),
        Command::Cluster { cluster_args } => cluster::run(&cluster_args),
        Command::Autobahn { cases } => autobahn::run(&cases),
        Command::Bench { bench_args } => bench::run(&bench_args),
        Command::Shots { test_args } => shots::run(&test_args),
        Command::Setup => setup::everything(),
        Command::Build { is_static } => build::run(match is_static {
            true => Linking::Static,
            false => Linking::Dynamic,
        }),
        Command::Fuzz { fuzz_args } => fuzz::run(&fuzz_args),
        Command::Soak { soak_args } => release::run_with_server("parlor-soak", &soak_args),
        Command::Package => package::run(),
    }
}
