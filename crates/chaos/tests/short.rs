//! A short chaos run with the real server, as part of every test run.

use parlor_chaos::{Plan, record::ClientKind, run, stats::Fault};

const SECONDS: u64 = 8;
/// Fixed, so that a failure can be reproduced.
const SEED: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_run_loses_doubles_and_reorders_nothing() {
    let server = std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let plan = Plan {
        server: server.into(),
        js: parlor_js::node::build(),
        nodes: None,
        seconds: SECONDS,
        seed: SEED,
        clients: 12,
        others: 1,
    };
    let report = run(&plan)
        .await
        .unwrap_or_else(|error| panic!("the run failed: {error:#}"));
    assert!(report.is_clean(), "{report}");
    println!("{report}");
    // A run that injects nothing proves nothing.
    let ends = [Fault::Kill, Fault::Stop, Fault::Restore, Fault::CutLog];
    let ended: u64 = ends.map(|end| report.injected.count(end)).iter().sum();
    assert!(ended >= 1, "{report}");
    let lost = report.injected.count(Fault::Restore) + report.injected.count(Fault::CutLog);
    assert!(lost >= 1, "{report}");
    assert!(report.injected.count(Fault::Cut) >= 3, "{report}");
    assert!(report.verdict.entries_verified >= 1_000, "{report}");
    assert!(report.verdict.resumed >= 10, "{report}");
    for kind in ClientKind::ALL {
        let received = report.verdict.entries_by_kind.get(&kind).copied();
        let is_enough = received.is_some_and(|received| received >= 100);
        assert!(is_enough, "{}: {report}", kind.label());
    }
}
