//! The binary `parlor`.

use std::{
    io::{IsTerminal, Write},
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use parlor_server::config::{CommandLine, Config};
use tokio::signal::unix::{SignalKind, signal};

/// What the shell expects of a command that was called wrongly.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let config = match CommandLine::parse().into_config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("parlor: {error}");
            return ExitCode::from(WRONG_USE);
        }
    };
    match start(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(config: Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .with_context(|| format!("--log '{}' is not a filter such as info", config.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
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
        // Whoever started us may not listen; that is no reason to stop.
        std::io::stdout()
            .write_all(text.as_bytes())
            .unwrap_or_default();
    };
    actix_web::rt::System::new().block_on(async {
        let shutdown = shutdown().context("signals can't be received")?;
        Ok(parlor_server::run(config, listeners, ready, shutdown).await?)
    })
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
