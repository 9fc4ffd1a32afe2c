//! `cargo xtask cluster`: three nodes over three servers of NATS behind one address, for a person
//! to try. One key kills one of them, and starts it again.

mod balancer;
mod cluster;
mod keys;

use std::path::PathBuf;

use clap::Parser;

use crate::{
    balancer::Balancer,
    cluster::{Cluster, NODES, STREAM_SERVERS},
    keys::{Key, Keys},
};

/// Runs nodes over servers of NATS until Ctrl-C or q.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask cluster", bin_name = "cargo xtask cluster")]
struct CommandLine {
    /// The server's binary
    #[arg(long, env = "PARLOR_BIN", value_name = "FILE", hide = true)]
    server: PathBuf,
    /// The built page
    #[arg(long, env = "PARLOR_PAGE", value_name = "FOLDER", hide = true)]
    page: PathBuf,
    /// The port of the one address
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    port: u16,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let CommandLine { server, page, port } = CommandLine::parse();
    let mut cluster = Cluster::start(&server, &page)?;
    let balancer = Balancer::start(port, cluster.addresses()).await?;
    println!("Open http://{}/ in several windows.", balancer.address());
    println!(
        "Keys: 1 to {NODES} kills a node or starts it again, a to {} a server of NATS; q ends.",
        cluster::letter(STREAM_SERVERS - 1)
    );
    let mut keys = Keys::read()?;
    loop {
        let key = tokio::select! {
            key = keys.next() => key,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                return Ok(());
            }
        };
        match key {
            Some(Key::Node(number)) => cluster.toggle_node(number)?,
            Some(Key::StreamServer(number)) => cluster.toggle_server(number)?,
            Some(Key::Other) => {}
            Some(Key::Quit) | None => return Ok(()),
        }
        balancer.set_nodes(cluster.addresses());
        println!("{cluster}");
    }
}
