//! The binary `parlor`.

use std::{
    io::{IsTerminal, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use parlor_server::{
    config::{CommandLine, Config, Task},
    engine::{self, IntegrityReport},
};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// What the shell expects of a command that was called wrongly.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let task = match CommandLine::parse().into_task() {
        Ok(task) => task,
        Err(error) => {
            eprintln!("parlor: {error}");
            return ExitCode::from(WRONG_USE);
        }
    };
    let done = match task {
        Task::Serve(config) => serve(config),
        Task::Backup { data, target } => backup(&data, &target),
        Task::Check { data } => check(&data),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn backup(data: &Path, target: &Path) -> anyhow::Result<()> {
    let bytes = engine::backup(data, target)?;
    let (data, target) = (data.display(), target.display());
    say(&format!(
        "The log in {data} is copied to {target}: {bytes} bytes.\n"
    ));
    Ok(())
}

fn check(data: &Path) -> anyhow::Result<()> {
    let IntegrityReport {
        rooms,
        entries,
        problems,
    } = engine::check(data)?;
    let data = data.display();
    if problems.is_empty() {
        say(&format!(
            "The log in {data} is whole: {rooms} rooms, {entries} entries.\n"
        ));
        return Ok(());
    }
    say(&(problems.join("\n") + "\n"));
    anyhow::bail!("the log in {data} is damaged; restore a backup")
}

/// Whoever started us may not listen; that is no reason to stop.
fn say(text: &str) {
    std::io::stdout()
        .write_all(text.as_bytes())
        .unwrap_or_default();
}

fn serve(config: Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .with_context(|| format!("--log '{}' is not a filter such as info", config.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Where it can't be written, as on a full disk, complaining of that would end the thread that had to say it.
        .log_internal_errors(false)
        .init();
    allow_files(config.connections_max);
    let listeners = config
        .listen
        .iter()
        .map(listen)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let opened = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<Result<Vec<_>, _>>()?;
    let data = config.data.display().to_string();
    let ready = move || {
        let addresses = opened
            .iter()
            .map(|address| format!("Parlor is open at http://{address}/\n"));
        let text =
            addresses.collect::<String>() + &format!("Its log is in {data}. Ctrl-C stops it.\n");
        say(&text);
    };
    actix_web::rt::System::new().block_on(async {
        let shutdown = shutdown().context("signals can't be received")?;
        Ok(parlor_server::run(config, listeners, ready, shutdown).await?)
    })
}

/// Each connection is an open file. Systems let a process have a thousand at first, and more where it asks.
fn allow_files(connections: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let raised = setrlimit(Resource::Nofile, limit);
    let allowed = getrlimit(Resource::Nofile).current;
    if raised.is_err() || allowed.is_some_and(|allowed| allowed < connections as u64) {
        let allowed = allowed.unwrap_or_default();
        tracing::warn!(
            allowed,
            connections,
            "the system allows fewer open files than connections; see ulimit -Hn"
        );
    }
}

fn listen(address: &SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("can't listen on {address}; stop what does, or choose another with --listen")
    })
}

/// Resolves on Ctrl-C and on SIGTERM.
fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
