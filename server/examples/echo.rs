//! The server's connections as an echo, for the Autobahn suite: `cargo xtask autobahn` starts it.
//! The address to listen on is its one argument.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
};

use anyhow::Context;
use clap::Parser;
use parlor_server::config::CommandLine;

fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("name an address")?;
    let address: SocketAddr = address.parse()?;
    let data = tempfile::tempdir()?;
    let data = data.path().display().to_string();
    let line = ["echo", "--data", &data, "--rate-per-second", "0"];
    let config =
        CommandLine::parse_from(line.into_iter().chain(["--connections-per-address", "0"]));
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let ready = move || {
        // Without a reader of it, nobody waits for the address.
        writeln!(std::io::stdout(), "{address}").ok();
    };
    // Ended by a signal.
    let shutdown = std::future::pending();
    let run = parlor_server::run_echo(config.into_config()?, vec![listener], ready, shutdown);
    actix_web::rt::System::new().block_on(run)?;
    Ok(())
}
