//! The metrics of the admin address, and what is made of them.

use std::collections::BTreeSet;

use openmetrics_parser::openmetrics::parse_openmetrics;
use parlor_shared::{ClientMessage, ErrorCode};
use parlor_test_server::TestServer;

use crate::{
    admin::{ADMIN, get},
    client::{Client, PATIENCE, room, welcomed},
};

/// The metrics, once a parser that is not the server's has read them.
async fn scrape(server: &TestServer) -> String {
    let answer = get(server.admin(), "/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains("application/openmetrics-text"),
        "{}",
        answer.head
    );
    parse_openmetrics(&answer.body).unwrap_or_else(|error| panic!("{error}\n{}", answer.body));
    answer.body
}

/// The value of one sample, by its name and labels.
fn value(metrics: &str, sample: &str) -> f64 {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in\n{metrics}"))
        .parse()
        .unwrap()
}

/// The names of all samples.
fn names(metrics: &str) -> BTreeSet<&str> {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.split(['{', ' ']).next().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_strict_parser_reads_them_and_they_say_what_has_happened() {
    let server = TestServer::start_with(&ADMIN);
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("kitchen").await;
    bob.join("kitchen").await;
    for n in 0..3 {
        ann.post("kitchen", &format!("message {n}")).await;
        bob.entry().await;
    }
    ann.send(&ClientMessage::Typing {
        room: room("garden"),
    })
    .await;
    ann.refused(ErrorCode::NotJoined).await;
    // A delivery is counted once all subscribers have been written to.
    let metrics = tokio::time::timeout(PATIENCE, async {
        loop {
            let metrics = scrape(&server).await;
            if value(&metrics, "parlor_delivery_seconds_count") >= 3.0 {
                return metrics;
            }
        }
    });
    let metrics = metrics.await.expect("deliveries are counted");
    let at_least = |sample: &str, least: f64| {
        assert!(value(&metrics, sample) >= least, "{sample} in\n{metrics}");
    };
    let version = format!(
        "parlor_build_info{{version=\"{}\"}}",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(value(&metrics, &version), 1.0);
    assert_eq!(value(&metrics, "parlor_connections"), 2.0);
    assert_eq!(value(&metrics, "parlor_members"), 2.0);
    assert_eq!(value(&metrics, "parlor_rooms_loaded"), 1.0);
    assert_eq!(value(&metrics, "parlor_entries_total"), 3.0);
    assert_eq!(value(&metrics, "parlor_commit_appends_sum"), 3.0);
    assert_eq!(value(&metrics, "parlor_append_queue"), 0.0);
    let refused = "parlor_refusals_total{code=\"not_joined\"}";
    assert_eq!(value(&metrics, refused), 1.0);
    at_least("parlor_commit_seconds_count", 1.0);
    at_least("parlor_commit_seconds_sum", 1e-6);
    at_least("parlor_ring_reads_total", 1.0);
    at_least("parlor_ring_bytes", 100.0);
    at_least("parlor_file_bytes{file=\"parlor.db\"}", 4_096.0);
    at_least("process_resident_memory_bytes", 1e6);
    at_least("process_open_fds", 3.0);
    at_least("process_start_time_seconds", 1.7e9);
    at_least("process_cpu_seconds_total", 0.0);
}

#[actix_web::test]
async fn what_comes_from_the_log_and_what_the_server_closes_is_counted() {
    let server = TestServer::start_with(&[&ADMIN[..], &["--rate-per-second", "0"]].concat());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("kitchen").await;
    ann.post("kitchen", "first").await;
    let first = ann.entry().await;
    drop(ann);
    // The room leaves the memory with its last member, so that the next one reads the log.
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("garden").await;
    bob.join_after("kitchen", Some(parlor_shared::Seq(first.seq.0 - 1)))
        .await;
    let mut rude = Client::connect(server.address()).await;
    rude.send_text("{\"type\":\"hello\",\"protocol\":999,\"name\":\"x\"}")
        .await;
    rude.closed().await;
    let metrics = scrape(&server).await;
    assert_eq!(value(&metrics, "parlor_closes_total{code=\"4500\"}"), 1.0);
    let read = value(&metrics, "parlor_log_pages_read_total");
    let ring = value(&metrics, "parlor_ring_reads_total");
    assert!(read + ring >= 1.0, "{metrics}");
}

/// The names in a text that are written as metrics are.
fn named(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter: char| !is_part(letter));
    words
        .filter(|word| word.starts_with("parlor_") || word.starts_with("process_"))
        .collect()
}

#[actix_web::test]
async fn the_dashboard_names_only_metrics_that_exist_and_the_manual_names_all_of_them() {
    let server = TestServer::start_with(&ADMIN);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.send_text("nonsense").await;
    ann.refusal().await;
    let metrics = scrape(&server).await;
    let names = names(&metrics);
    let dashboard = include_str!("../../../docs/grafana.json");
    let queries: Vec<&str> = dashboard
        .lines()
        .filter(|line| line.trim_start().starts_with("\"expr\""))
        .collect();
    assert!(queries.len() >= 10, "each query is on a line of its own");
    for name in queries.iter().flat_map(|query| named(query)) {
        assert!(names.contains(name), "docs/grafana.json: {name}");
    }
    let manual = named(include_str!("../../../docs/OPERATIONS.md"));
    for name in names {
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        assert!(manual.contains(family), "docs/OPERATIONS.md lacks {family}");
    }
}
