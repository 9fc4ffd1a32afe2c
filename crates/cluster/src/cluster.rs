//! The processes: servers of NATS and nodes.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use parlor_test_server::{FREE_PORT, NatsCluster, ServerProcess, Sync, command};
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::balancer::Addresses;

/// How many nodes there are.
pub(crate) const NODES: usize = 3;
/// How many servers the stream has.
pub(crate) const STREAM_SERVERS: usize = 3;

/// What a server of the stream is called.
pub(crate) fn letter(number: usize) -> char {
    char::from(b'a' + number as u8)
}

/// All processes. Dropping it kills them, and removes what they have stored.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: PathBuf,
    page: PathBuf,
    folder: TempDir,
    nats: NatsCluster,
    servers: [bool; STREAM_SERVERS],
    nodes: [Option<ServerProcess>; NODES],
}

impl Cluster {
    /// Starts everything. Needs tokio's multi-threaded runtime.
    ///
    /// # Errors
    /// If a process does not start.
    pub(crate) fn start(server: &Path, page: &Path) -> anyhow::Result<Self> {
        let mut cluster = Self {
            server: server.to_owned(),
            page: page.to_owned(),
            folder: tempfile::tempdir()?,
            nats: block_in_place(|| NatsCluster::start(STREAM_SERVERS, Sync::Always))?,
            servers: [true; STREAM_SERVERS],
            nodes: [const { None }; NODES],
        };
        for number in 0..NODES {
            cluster.start_node(number)?;
        }
        Ok(cluster)
    }

    fn node_command(&self, number: usize) -> Command {
        let data = self.folder.path().join(format!("node-{number}"));
        let mut node = command(&self.server, &data, FREE_PORT);
        node.arg("--page")
            .arg(&self.page)
            .args(["--node", &format!("node-{}", number + 1)])
            .args(["--log", &self.nats.urls()])
            .args(["--nats-system", &self.nats.system_url()]);
        node
    }

    fn start_node(&mut self, number: usize) -> anyhow::Result<()> {
        let mut node = self.node_command(number);
        let started = block_in_place(|| ServerProcess::spawn(&mut node));
        let started = started.with_context(|| format!("node {} does not start", number + 1))?;
        self.nodes[number] = Some(started);
        Ok(())
    }

    /// Kills a node, or starts it again. One that can't start now is said and stays down.
    ///
    /// # Errors
    /// If it can't be killed.
    pub(crate) fn toggle_node(&mut self, number: usize) -> anyhow::Result<()> {
        match self.nodes[number].take() {
            Some(mut running) => running.kill()?,
            None => {
                if let Err(error) = self.start_node(number) {
                    println!("{error:#}");
                }
            }
        }
        Ok(())
    }

    /// Kills a server of NATS, or starts it again with what it had.
    ///
    /// # Errors
    /// If it can't be killed, or does not start.
    pub(crate) fn toggle_server(&mut self, number: usize) -> anyhow::Result<()> {
        match self.servers[number] {
            true => self.nats.kill(number)?,
            false => self.nats.run(number)?,
        }
        self.servers[number] = !self.servers[number];
        Ok(())
    }

    /// Where the nodes listen that run.
    pub(crate) fn addresses(&self) -> Addresses {
        let running = self.nodes.iter().flatten();
        running.map(ServerProcess::address).collect()
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |runs: bool| if runs { "runs" } else { "is down" };
        for (number, node) in self.nodes.iter().enumerate() {
            write!(f, "node {} {}, ", number + 1, said(node.is_some()))?;
        }
        for (number, runs) in self.servers.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}NATS {} {}", letter(number), said(*runs))?;
        }
        Ok(())
    }
}
