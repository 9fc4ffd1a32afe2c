//! Runs every scenario of the benchmark once, small and short. The figures mean nothing here.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::process::Command;

#[test]
fn every_scenario_runs_without_a_lost_duplicated_or_reordered_entry() {
    let server = std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let disk = tempfile::tempdir().unwrap();
    let bench = Command::new(env!("CARGO_BIN_EXE_parlor-bench"))
        .args(["--smoke", "--server", &server, "--disk"])
        .arg(disk.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&bench.stdout);
    let stderr = String::from_utf8_lossy(&bench.stderr);
    assert!(bench.status.success(), "{stdout}\n{stderr}");
    assert_eq!(stdout.matches("### ").count(), 12, "{stdout}");
}
