//! The result of one run, and how it is measured.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::{
    latency::Quantiles,
    ledger::Ledger,
    load::Load,
    operation::{OperationLatency, OperationRecorder},
    quiet::{OthersCpu, OthersMeter},
    recorder::Faults,
    server::{Kind, Server},
};

/// The result of one run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) server: Kind,
    pub(crate) clients: usize,
    pub(crate) rooms: usize,
    /// How many posts were sent to the server.
    pub(crate) posted: usize,
    /// How many posts their author received back: with Parlor, these are on disk.
    pub(crate) durable: usize,
    /// How many entries all clients together received.
    pub(crate) delivered: u64,
    pub(crate) seconds: f64,
    /// The server's CPU time.
    pub(crate) cpu_seconds: f64,
    /// The server's system calls, if they were counted.
    pub(crate) syscalls: Option<u64>,
    pub(crate) durable_ms: Quantiles,
    pub(crate) delivered_ms: Quantiles,
    /// How much the server's memory grew during the measurement.
    pub(crate) grown_bytes: i64,
    /// What members did and how long each took, where that is measured by its kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) operations: Vec<OperationLatency>,
    /// What others took of the machine meanwhile.
    pub(crate) others: OthersCpu,
    pub(crate) faults: Faults,
    /// The message of the first refusal.
    pub(crate) first_refusal: Option<String>,
}

impl Run {
    /// Deliveries per second of the server's CPU time.
    pub(crate) fn per_cpu_second(&self) -> f64 {
        self.delivered as f64 / self.cpu_seconds
    }

    /// The server's CPU time for each operation, in microseconds.
    pub(crate) fn cpu_micros_per_operation(&self) -> f64 {
        let sent: u64 = self.operations.iter().map(|one| one.sent).sum();
        self.cpu_seconds * 1e6 / sent as f64
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.delivered as f64 / self.seconds
    }
}

/// What a server had used and delivered when a measurement began.
pub(crate) struct Meter<'a> {
    server: &'a Server,
    start: Instant,
    cpu: Duration,
    memory: u64,
    delivered: u64,
    others: OthersMeter<'a>,
}

impl<'a> Meter<'a> {
    pub(crate) fn start(server: &'a Server, load: &Load) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            cpu: server.cpu_time()?,
            memory: server.memory()?,
            delivered: load.delivered(),
            others: OthersMeter::start(server)?,
            start: Instant::now(),
        })
    }

    pub(crate) fn stop(&self, load: Load) -> anyhow::Result<Run> {
        let others = self.others.stop()?;
        let operations = load.recorder.operations.as_ref();
        Ok(Run {
            operations: operations.map_or_else(Vec::new, OperationRecorder::latencies),
            server: self.server.kind,
            clients: load.clients.len(),
            rooms: load.ledgers.len(),
            posted: load.ledgers.iter().map(Ledger::posted).sum(),
            durable: load.ledgers.iter().map(Ledger::durable).sum(),
            delivered: load.delivered() - self.delivered,
            seconds: self.start.elapsed().as_secs_f64(),
            cpu_seconds: (self.server.cpu_time()? - self.cpu).as_secs_f64(),
            syscalls: None,
            durable_ms: load.recorder.durability.quantiles(),
            delivered_ms: load.recorder.delivery.quantiles(),
            grown_bytes: self.server.memory()?.cast_signed() - self.memory.cast_signed(),
            others,
            faults: load.recorder.faults,
            first_refusal: load.recorder.first_refusal,
        })
    }
}
