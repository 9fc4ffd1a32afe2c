//! Runs every scenario of the benchmark once, small and short. The figures mean nothing here.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::process::Command;

/// Runs the benchmark's smoke run with these arguments; returns its standard output.
fn smoke_run(arguments: &[&str]) -> String {
    let disk = tempfile::tempdir().unwrap();
    let bench = Command::new(env!("CARGO_BIN_EXE_parlor-bench"))
        .args(["--smoke", "--server", &parlor_binary(), "--disk"])
        .arg(disk.path())
        .args(arguments)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&bench.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&bench.stderr);
    assert!(bench.status.success(), "{stdout}\n{stderr}");
    stdout
}

fn parlor_binary() -> String {
    std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"))
}

#[test]
fn every_scenario_runs_without_a_lost_duplicated_or_reordered_entry() {
    let stdout = smoke_run(&[]);
    assert_eq!(stdout.matches("### ").count(), 14, "{stdout}");
}

#[test]
fn another_build_is_one_more_row_with_the_ratio_of_the_two() {
    let stdout = smoke_run(&["busy", "idle", "--against", &parlor_binary()]);
    for text in ["| Parlor (other) |", "Parlor / Parlor (other): median"] {
        assert_eq!(stdout.matches(text).count(), 2, "{text}: {stdout}");
    }
}
