//! Every scenario of the benchmark runs, small and short, and loses nothing. What it measures means nothing here.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect fails"
)]

use std::process::Command;

#[test]
fn every_scenario_runs_and_no_entry_is_lost_twice_or_out_of_order() {
    let server = std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let disk = tempfile::tempdir().unwrap();
    let bench = Command::new(env!("CARGO_BIN_EXE_parlor-bench"))
        .args(["--smoke", "--server", &server, "--disk"])
        .arg(disk.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&bench.stdout);
    let complained = String::from_utf8_lossy(&bench.stderr);
    assert!(bench.status.success(), "{said}\n{complained}");
    assert_eq!(said.matches("### ").count(), 12, "{said}");
}
