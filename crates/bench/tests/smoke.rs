//! Runs every scenario of the benchmark once, small and short. The figures mean nothing here.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

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
    assert_eq!(stdout.matches("### ").count(), 16, "{stdout}");
}

#[test]
fn another_build_is_one_more_row_with_the_ratio_of_the_two() {
    let stdout = smoke_run(&["busy", "idle", "--against", &parlor_binary()]);
    for text in ["| Parlor (other) |", "Parlor / Parlor (other): median"] {
        assert_eq!(stdout.matches(text).count(), 2, "{text}: {stdout}");
    }
}

#[test]
fn an_older_build_is_not_given_an_option_that_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old");
    let script = OLD_BUILD.replace("PARLOR", &parlor_binary());
    fs::write(&old, script).unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let stdout = smoke_run(&["busy", "--against", &old.display().to_string()]);
    assert!(stdout.contains("| Parlor (other) |"), "{stdout}");
}

#[test]
fn a_server_from_npm_that_is_not_installed_is_named_with_what_installs_it() {
    let empty = tempfile::tempdir().unwrap();
    for package in ["bun", "ws", "socket.io"] {
        let bench = Command::new(env!("CARGO_BIN_EXE_parlor-bench"))
            .args(["--smoke", "--server", &parlor_binary(), "busy"])
            .args(["--with", package, "--packages"])
            .arg(empty.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&bench.stderr);
        let install = format!("`cargo xtask bench --with {package}` installs it");
        assert!(
            !bench.status.success() && stderr.contains(&install),
            "{stderr}"
        );
    }
}

/// Today's build, with the command line of one from before `--connections-per-address`.
const OLD_BUILD: &str = r#"#!/bin/sh
case " $* " in
    *" --help "*) "PARLOR" --help | grep -v connections-per-address ;;
    *" --connections-per-address "*) echo "unexpected argument" >&2; exit 2 ;;
    *) exec "PARLOR" "$@" ;;
esac
"#;
