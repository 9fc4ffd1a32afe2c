//! A short chaos run with several nodes over real servers of NATS, as part of every test run.

use parlor_chaos::{Plan, run, stats::Fault};

/// Enough for most of the first round of faults.
const SECONDS: u64 = 30;
/// Fixed, so that a failure can be reproduced.
const SEED: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_one_log_and_say_when_their_stream_is_not_that_log() {
    let server = std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let plan = Plan {
        server: server.into(),
        js: parlor_js::node::build(),
        nodes: Some(3),
        seconds: SECONDS,
        seed: SEED,
        clients: 9,
        others: 1,
    };
    let report = run(&plan)
        .await
        .unwrap_or_else(|error| panic!("the run failed: {error:#}"));
    assert!(report.is_clean(), "{report}");
    println!("{report}");
    // A run that injects nothing proves nothing.
    for fault in [
        Fault::Kill,
        Fault::StreamLeaderKilled,
        Fault::Partition,
        Fault::CopyPutBack,
    ] {
        assert!(
            report.injected.count(fault) >= 1,
            "{}: {report}",
            fault.label()
        );
    }
    assert!(report.injected.count(Fault::Cut) >= 3, "{report}");
    assert!(report.verdict.entries_verified >= 500, "{report}");
    assert!(report.verdict.resumed >= 10, "{report}");
}
