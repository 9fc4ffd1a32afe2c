//! The metrics of the admin address, as Prometheus and others read them (OpenMetrics 1.0).
//!
//! The counters are the server's own ([`crate::metrics`]), which cost the path of a message a
//! relaxed addition each; `prometheus-client` writes them down when somebody asks.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, NoLabelSet, text},
    metrics::MetricType,
    registry::Registry,
};
use rustix::process::{Resource, getrlimit};

use crate::{
    engine::{Backlog, Promise},
    metrics::Histogram,
    node::Node,
    operation::Phase,
    webhooks::states::WebhookState,
};

/// The media type of what [`Exporter::export`] gives.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Files of the data folder whose sizes are exported.
const FILES: [&str; 4] = ["parlor.db", "parlor.db-wal", "search.db", "search.db-wal"];

/// Writes the metrics of a node.
#[derive(Debug)]
pub(super) struct Exporter(Registry);

impl Exporter {
    /// Of this node, whose data is in this folder.
    pub(super) fn new(node: Arc<Node>, data: PathBuf) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Collected { node, data }));
        Self(registry)
    }

    /// All metrics, as they are now.
    ///
    /// # Errors
    /// Where one can't be written.
    pub(super) fn export(&self) -> Result<String, fmt::Error> {
        let mut metrics = String::new();
        text::encode(&mut metrics, &self.0)?;
        Ok(metrics)
    }
}

#[derive(Debug)]
struct Collected {
    node: Arc<Node>,
    data: PathBuf,
}

impl Collector for Collected {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        self.encode_connections(&mut out)?;
        self.encode_rooms(&mut out)?;
        self.encode_nodes(&mut out)?;
        self.encode_log(&mut out)?;
        self.encode_stream(&mut out)?;
        self.encode_refusals(&mut out)?;
        self.encode_webhooks(&mut out)?;
        encode_process(&mut out, self.node.operation.started)
    }
}

impl Collected {
    fn encode_connections(&self, out: &mut Out<'_>) -> fmt::Result {
        let node = &self.node;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        out.info("parlor_build", "The server's version", &version)?;
        let connections = node.connections.count_now();
        out.gauge("parlor_connections", "Connections", connections as i64)?;
        let max = i64::try_from(node.connections.max()).unwrap_or(i64::MAX);
        out.gauge("parlor_connections_max", "The most connections", max)?;
        let http = node.http_connections_now() as i64;
        out.gauge("parlor_http_connections", "Sockets that speak HTTP", http)?;
        let members = node.seen_feed.member_count() as i64;
        out.gauge("parlor_members", "Members in a room", members)?;
        let is_draining = i64::from(node.operation.phase() != Phase::Open);
        let help = "1 while the server sends its clients away";
        out.gauge("parlor_draining", help, is_draining)
    }

    fn encode_rooms(&self, out: &mut Out<'_>) -> fmt::Result {
        let rooms = self.node.hub.occupancy();
        let bytes: usize = rooms.iter().map(|room| room.ring_bytes).sum();
        let loaded = rooms.len() as i64;
        out.gauge("parlor_rooms_loaded", "Rooms in memory", loaded)?;
        out.gauge(
            "parlor_ring_bytes",
            "Bytes of frames in rings",
            bytes as i64,
        )?;
        let metrics = self.node.hub.metrics();
        let help = "Reads of a ring that gave frames";
        out.counter("parlor_ring_reads", help, metrics.ring_reads.get())?;
        let help = "Pages read from the log for connections behind the ring";
        out.counter("parlor_log_pages_read", help, metrics.log_pages_read.get())?;
        let help = "Pages of the log that another connection had read already";
        out.counter(
            "parlor_log_pages_shared",
            help,
            metrics.log_pages_shared.get(),
        )?;
        let help = "From a commit to the last write to a group of subscribers";
        out.histogram("parlor_delivery_seconds", help, &metrics.delivery)
    }

    /// What the nodes say to each other, where there may be others.
    fn encode_nodes(&self, out: &mut Out<'_>) -> fmt::Result {
        let hub = &self.node.hub;
        if !hub.own_changes().is_collecting() {
            return Ok(());
        }
        let metrics = hub.nodes_metrics();
        let nodes = metrics.nodes.load(Relaxed) as i64;
        out.gauge("parlor_nodes", "Other nodes that live", nodes)?;
        let help = "Members on other nodes, each counted in each of their rooms";
        let members = hub.members_elsewhere() as i64;
        out.gauge("parlor_nodes_members", help, members)?;
        let help = "Messages that the other nodes were sent";
        out.counter("parlor_nodes_sent", help, metrics.sent.get())?;
        let help = "Messages to the other nodes that were not sent";
        out.counter("parlor_nodes_unsent", help, metrics.unsent.get())?;
        let help = "Messages of the other nodes";
        out.counter("parlor_nodes_received", help, metrics.received.get())?;
        let help = "How often a message of another node was missed";
        out.counter("parlor_nodes_gaps", help, metrics.gaps.get())
    }

    fn encode_log(&self, out: &mut Out<'_>) -> fmt::Result {
        let commits = self.node.engine.commits();
        out.counter("parlor_entries", "Entries committed", commits.entries.get())?;
        out.histogram(
            "parlor_commit_appends",
            "Appends in a commit",
            &commits.group,
        )?;
        out.histogram(
            "parlor_commit_seconds",
            "How long a commit took",
            &commits.time,
        )?;
        let help = "Commits that failed";
        out.counter("parlor_commits_failed", help, commits.failed.get())?;
        let Backlog {
            appends,
            seen,
            unindexed,
        } = self.node.engine.backlog();
        let help = "Appends that wait for the writer";
        out.gauge("parlor_append_queue", help, appends as i64)?;
        let help = "Read positions that wait for the writer";
        out.gauge("parlor_seen_queue", help, seen as i64)?;
        let help = "Entries (over a stream: groups of them) that the full-text index lacks";
        out.gauge("parlor_unindexed_entries", help, unindexed as i64)?;
        let sizes = FILES.into_iter().filter_map(|name| {
            let size = self.data.join(name).metadata().ok()?.len();
            Some(([("file", name.to_owned())], size as i64))
        });
        out.gauges("parlor_file_bytes", "Sizes of the log's files", sizes)
    }

    /// The stream that the log follows, if it follows one.
    fn encode_stream(&self, out: &mut Out<'_>) -> fmt::Result {
        let Some(stream) = self.node.engine.stream() else {
            return Ok(());
        };
        let help = "The sequence up to which this node has applied the stream";
        out.gauge("parlor_stream_applied", help, stream.applied() as i64)?;
        let help = "Groups of the stream that this node has to apply yet";
        out.gauge("parlor_stream_behind", help, stream.behind() as i64)?;
        let condition = stream.condition();
        let is_durable = i64::from(condition.promise == Some(Promise::Durable));
        let help = "1 while what the stream acknowledges is on most of its servers' disks";
        out.gauge("parlor_stream_durable", help, is_durable)?;
        let help = "1 while the stream can be read, and takes what this node publishes";
        let is_well = i64::from(!condition.is_impaired());
        out.gauge("parlor_stream_reachable", help, is_well)?;
        let metrics = stream.metrics();
        let help = "Groups that this node has published";
        out.counter("parlor_stream_groups", help, metrics.published.get())?;
        let help = "Groups published once more, because their fate was not known";
        let again = metrics.republished.get();
        out.counter("parlor_stream_groups_republished", help, again)?;
        let help = "From publishing a group to its being applied here";
        out.histogram("parlor_stream_publish_seconds", help, &metrics.time)
    }

    fn encode_refusals(&self, out: &mut Out<'_>) -> fmt::Result {
        let refusals = &self.node.operation.refusals;
        let requests = refusals.requests();
        let requests =
            requests.map(|(code, count)| ([("code", snake(&format!("{code:?}")))], count));
        out.counters("parlor_refusals", "Requests refused, by code", requests)?;
        let closes = refusals.closes();
        let closes = closes.map(|(code, count)| ([("code", code.number().to_string())], count));
        let help = "Connections that the server closed, by code";
        out.counters("parlor_closes", help, closes)
    }
}

impl Collected {
    /// Each webhook by its number: they are few.
    fn encode_webhooks(&self, out: &mut Out<'_>) -> fmt::Result {
        let now_ms = self.node.hub.clock().unix_ms();
        let states = self.node.webhooks.all();
        // A family without samples is none.
        if states.is_empty() {
            return Ok(());
        }
        let label = |state: &WebhookState| [("webhook", state.webhook.id.to_string())];
        let help = "Entries on the log that a webhook's receiver does not have, up to a bound";
        let entries = states.iter();
        let entries = entries.map(|state| (label(state), state.behind.entries as i64));
        out.gauges("parlor_webhook_lag_entries", help, entries)?;
        let help = "How old the oldest of them is";
        let seconds = states.iter();
        let seconds = seconds.map(|state| (label(state), state.lag_s(now_ms) as i64));
        out.gauges("parlor_webhook_lag_seconds", help, seconds)?;
        let help = "1 while a webhook's receiver takes no deliveries";
        let failing = states.iter();
        let failing = failing.map(|state| (label(state), i64::from(!state.is_well())));
        out.gauges("parlor_webhook_failing", help, failing)?;
        let help = "Deliveries that have arrived";
        let arrived = states.iter().map(|state| (label(state), state.arrived));
        out.counters("parlor_webhook_deliveries", help, arrived)?;
        let help = "Deliveries that have failed, each try counted";
        let failed = states.iter().map(|state| (label(state), state.failed));
        out.counters("parlor_webhook_failures", help, failed)
    }
}

/// The process, by the names that Prometheus's own clients use.
fn encode_process(out: &mut Out<'_>, started: SystemTime) -> fmt::Result {
    let started = started.duration_since(UNIX_EPOCH).unwrap_or_default();
    let help = "When the server was started, in Unix time";
    out.gauge("process_start_time_seconds", help, started.as_secs_f64())?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(bytes) = resident_bytes(&status) {
        let help = "Memory that the process has";
        out.gauge("process_resident_memory_bytes", help, bytes)?;
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The folder that is being read is one of them.
        let count = open.count().saturating_sub(1) as i64;
        out.gauge("process_open_fds", "Open files of the process", count)?;
    }
    if let Some(max) = getrlimit(Resource::Nofile).current {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        out.gauge("process_max_fds", "The most open files", max)?;
    }
    let used = cpu_seconds(&std::fs::read_to_string("/proc/self/stat").unwrap_or_default());
    if let Some(seconds) = used {
        let encoder = &mut out.0;
        let help = "Processor time that the process has used";
        let mut metric =
            encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, f64, f64>(&seconds, None)?;
    }
    Ok(())
}

/// The memory that `/proc/self/status` names.
fn resident_bytes(status: &str) -> Option<i64> {
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// The processor time in `/proc/self/stat`: fields 14 and 15, in hundredths of a second. The
/// program's name, which may have spaces, is in parentheses before.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}

/// `NotJoined` as `not_joined`, as it is on the wire.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// One label.
type Label<'a, V> = [(&'a str, V); 1];

struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn info(&mut self, name: &str, help: &str, labels: &Label<'_, &str>) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Info)?;
        metric.encode_info(labels)
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        metric.encode_gauge(&value)
    }

    fn gauges<'a>(
        &mut self,
        name: &str,
        help: &str,
        values: impl Iterator<Item = (Label<'a, String>, i64)>,
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (label, value) in values {
            metric.encode_family(&label)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, u64, u64>(&value, None)
    }

    fn counters<'a>(
        &mut self,
        name: &str,
        help: &str,
        values: impl Iterator<Item = (Label<'a, String>, u64)>,
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        for (label, value) in values {
            let mut metric = metric.encode_family(&label)?;
            metric.encode_counter::<NoLabelSet, u64, u64>(&value, None)?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        let values = histogram.values();
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Histogram)?;
        metric.encode_histogram::<NoLabelSet>(values.sum, values.count, &values.buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_as_on_the_wire() {
        assert_eq!(snake("NotJoined"), "not_joined");
        assert_eq!(snake("Busy"), "busy");
    }

    #[test]
    fn the_figures_of_proc_are_found() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 0 0 20 0";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(
            resident_bytes("VmHWM:\t 9 kB\nVmRSS:\t 2 kB\n"),
            Some(2_048)
        );
        assert_eq!((cpu_seconds(""), resident_bytes("")), (None, None));
    }
}
