//! What the clients of a run are connected to: one server, or several nodes.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use tokio::time::Instant;

use crate::{nodes::Nodes, one::OneServer, plan::Plan, record::Start, stats::Stats};

/// One server with a log of its own, or nodes that share a stream. Its methods block, so they need
/// tokio's multi-threaded runtime.
#[derive(Debug)]
pub(crate) enum Servers {
    One(Box<OneServer>),
    Nodes(Box<Nodes>),
}

impl Servers {
    /// Starts what the plan says.
    ///
    /// # Errors
    /// If one of them does not start.
    pub(crate) fn start(plan: &Plan, stats: &Arc<Stats>) -> anyhow::Result<Self> {
        Ok(match plan.nodes {
            None => Self::One(Box::new(OneServer::start(plan, stats)?)),
            Some(count) => Self::Nodes(Box::new(Nodes::start(plan, count, stats)?)),
        })
    }

    /// Where those listen that run.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::One(server) => server.addresses(),
            Self::Nodes(nodes) => nodes.addresses(),
        }
    }

    /// The address of each.
    pub(crate) fn urls(&self) -> Vec<String> {
        let addresses = self.addresses().into_iter();
        addresses
            .map(|address| format!("ws://{address}/ws"))
            .collect()
    }

    /// The address of the first.
    ///
    /// # Errors
    /// If none runs.
    pub(crate) fn url(&self) -> anyhow::Result<String> {
        self.urls().into_iter().next().context("no server runs")
    }

    /// The starts that the log has seen: an epoch each.
    pub(crate) fn starts(&self) -> &[Start] {
        match self {
            Self::One(server) => server.starts(),
            Self::Nodes(nodes) => nodes.starts(),
        }
    }

    /// When they have their next fault.
    pub(crate) fn next_fault(&self) -> Instant {
        match self {
            Self::One(server) => server.next_fault(),
            Self::Nodes(nodes) => nodes.next_fault(),
        }
    }

    /// Injects a fault that is due.
    ///
    /// # Errors
    /// If it can't be injected, or the server does not start again.
    pub(crate) async fn inject_fault(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        match self {
            Self::One(server) => server.inject_fault(failures).await,
            Self::Nodes(nodes) => nodes.inject_fault(failures).await,
        }
    }

    /// Starts those again that have ended by themselves, which is a failure unless it has a reason.
    ///
    /// # Errors
    /// If a server does not start again.
    pub(crate) fn restart_if_ended(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        match self {
            Self::One(server) => server.restart_if_ended(failures),
            Self::Nodes(nodes) => nodes.restart_if_ended(failures),
        }
    }

    /// Ends all their faults, and has them start with the large rate.
    ///
    /// # Errors
    /// If a server does not start again.
    pub(crate) async fn mend(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        match self {
            Self::One(server) => server.mend(failures),
            Self::Nodes(nodes) => nodes.mend(failures).await,
        }
    }

    /// Kills them all, and starts them again.
    ///
    /// # Errors
    /// If a server does not start again.
    pub(crate) async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        match self {
            Self::One(server) => server.kill_and_restart().await,
            Self::Nodes(nodes) => nodes.kill_and_restart(),
        }
    }

    /// The most memory that one of their processes has used.
    pub(crate) fn memory_peak_bytes(&mut self) -> Option<u64> {
        match self {
            Self::One(server) => server.memory_peak_bytes(),
            Self::Nodes(nodes) => nodes.memory_peak_bytes(),
        }
    }

    /// Kills them, and keeps their logs in this folder.
    ///
    /// # Errors
    /// If a server can't be killed.
    pub(crate) fn keep(self) -> anyhow::Result<PathBuf> {
        match self {
            Self::One(server) => server.keep(),
            Self::Nodes(nodes) => nodes.keep(),
        }
    }
}
