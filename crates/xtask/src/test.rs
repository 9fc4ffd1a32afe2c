//! `cargo xtask test`: every check and every test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::setup::{PageTools, TestTools};
use crate::{child, console, page, paths, setup, tools, weight};

/// The packages that are part of the page, and so must be without fault when compiled for it.
const IN_THE_PAGE: [&str; 3] = ["parlor-shared", "parlor-session", "parlor-frontend"];

/// Runs all of it; stops at the first check that fails.
pub(crate) fn run(test_args: &[String]) -> Result<()> {
    let started = Instant::now();
    let tools = setup::for_page()?;
    let test_tools = setup::for_tests()?;
    console::say(
        "set-up",
        &format!("done in {}", console::human(started.elapsed())),
    );

    check("format", cargo(["fmt", "--all", "--check"])?)?;
    check("clippy", clippy(["--workspace", "--all-targets"])?)?;
    check("clippy for WASM", clippy_for_wasm(&tools)?)?;
    let mut doc = cargo(["doc", "--workspace", "--no-deps"])?;
    doc.env("RUSTDOCFLAGS", "-D warnings");
    check("documentation", doc)?;

    let dist = page::build(&tools)?;
    weight::check(&dist)?;
    // With the whole workspace's features, so that `cargo test` need not compile it again.
    check(
        "server",
        cargo(["build", "--workspace", "--bin", "parlor"])?,
    )?;
    check(
        "clippy for the binary with the page inside",
        clippy(["--package", "parlor-server", "--features", "embed-page"])?,
    )?;
    let counts = tests(test_args, &test_tools, &dist)?;
    let time = console::human(started.elapsed());
    console::say(
        "test",
        &format!("every check and test, set-up included, took {time}"),
    );
    // The last line, and the only one on its own: CI reads it.
    println!("{counts}");
    ensure!(counts.failed == 0, "{} tests failed", counts.failed);
    ensure!(counts.passed > 0, "no test ran");
    Ok(())
}

fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Result<Command> {
    let mut cargo = child::cargo();
    cargo.current_dir(paths::root()?).args(args);
    Ok(cargo)
}

fn clippy<'a>(args: impl IntoIterator<Item = &'a str>) -> Result<Command> {
    let mut clippy = cargo(["clippy"])?;
    clippy.args(args).args(["--", "-D", "warnings"]);
    Ok(clippy)
}

fn clippy_for_wasm(tools: &PageTools) -> Result<Command> {
    let packages = IN_THE_PAGE
        .iter()
        .flat_map(|package| ["--package", package]);
    let mut clippy = clippy(packages.chain(["--target", tools::WASM]))?;
    tools.with_wasm_target(&mut clippy);
    Ok(clippy)
}

/// Announces the check, runs it in the open, and says how long it took.
fn check(name: &str, mut command: Command) -> Result<()> {
    console::say("check", name);
    let started = Instant::now();
    child::streamed(&mut command).with_context(|| format!("the check \"{name}\" failed"))?;
    console::say(
        "check",
        &format!("{name}: passed in {}", console::human(started.elapsed())),
    );
    Ok(())
}

/// Tells the browser tests where everything is that they take part with.
pub(crate) fn name_parts(tests: &mut Command, tools: &TestTools, dist: &Path) -> Result<()> {
    tests
        .env("PARLOR_BIN", paths::target()?.join("debug/parlor"))
        .env("PARLOR_PAGE", dist)
        .env("CHROME", &tools.browser.chrome)
        .env("CHROMEDRIVER", &tools.browser.driver)
        .env("AXE", &tools.axe);
    Ok(())
}

/// Runs the tests, and adds up what they say.
fn tests(test_args: &[String], tools: &TestTools, dist: &Path) -> Result<Counts> {
    console::say("check", "tests");
    let started = Instant::now();
    let mut test = cargo(["test", "--workspace", "--no-fail-fast"])?;
    let ours = test_args.iter().all(|arg| arg != "--").then_some("--");
    // What a test that passed has counted is shown too.
    test.args(test_args)
        .args(ours)
        .arg("--show-output")
        .stdout(Stdio::piped());
    name_parts(&mut test, tools, dist)?;
    let mut child = test.spawn().context("cannot start `cargo test`")?;
    let mut counts = Counts::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            // A test may print what is not UTF-8.
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            counts.add(&line);
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("the check \"tests\" failed: `cargo test` ended with {status}");
    }
    console::say(
        "check",
        &format!("tests: ran for {}", console::human(started.elapsed())),
    );
    Ok(counts)
}

/// What all test programs together counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Takes in a line, if it is one of cargo test's sums:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; …`.
    fn add(&mut self, line: &str) {
        let Some((_, sums)) = line
            .strip_prefix("test result: ")
            .and_then(|sums| sums.split_once(". "))
        else {
            return;
        };
        for sum in sums.split("; ") {
            let Some((count, what)) = sum.trim().split_once(' ') else {
                continue;
            };
            let count = count.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _measured_or_filtered => {}
            }
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tests: {} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_several_programs_add_up() {
        let mut counts = Counts::default();
        counts.add("running 4 tests");
        counts.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out");
        assert_eq!(counts.to_string(), "tests: 3 passed, 0 failed, 1 skipped");
        counts.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered");
        assert_eq!(
            counts,
            Counts {
                passed: 4,
                failed: 2,
                skipped: 1
            }
        );
    }

    #[test]
    fn nothing_skipped_is_not_mentioned() {
        assert_eq!(Counts::default().to_string(), "tests: 0 passed, 0 failed");
    }
}
