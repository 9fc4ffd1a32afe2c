//! `cargo xtask test`: runs every check and every test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::setup::{PageTools, TestTools};
use crate::{console, package, page, paths, process, setup, versions, weight};

/// The packages that are compiled into the page, which clippy checks for WASM too.
const IN_THE_PAGE: [&str; 3] = ["parlor-shared", "parlor-session", "parlor-frontend"];

/// Arguments with which cargo chooses the features of every crate as `cargo test --workspace` does:
/// only where a test is among the targets do the features of dev-dependencies count. With other
/// features nearly every crate would be compiled once more.
const AS_FOR_TESTS: [&str; 3] = ["--workspace", "--test", "accepted"];

/// Runs all checks, then all tests. Stops at the first check that fails.
pub(crate) fn run(test_args: &[String]) -> Result<()> {
    let started = Instant::now();
    let (tools, test_tools) = setup::for_page_and_tests()?;
    console::print_step(
        "set-up",
        &format!("done in {}", console::human(started.elapsed())),
    );

    check("format", cargo(["fmt", "--all", "--check"])?)?;
    check("clippy", clippy(["--workspace", "--all-targets"])?)?;
    check("clippy for WASM", clippy_for_wasm(&tools)?)?;
    // The page's last minutes keep one core busy, and it is built in folders of its own: cargo does
    // something else meanwhile.
    let dist = thread::scope(|scope| {
        let page = scope.spawn(|| page::build(&tools));
        let compiled = documentation_and_server();
        let page = page
            .join()
            .map_err(|_| anyhow!("the build of the page panicked"));
        compiled.and(page?)
    })?;
    weight::check(&dist)?;
    let embedded = ["--bin", "parlor", "--features", "parlor-server/embed-page"];
    check(
        "clippy for the binary with the page inside",
        clippy(AS_FOR_TESTS.into_iter().chain(embedded))?,
    )?;
    console::print_step("check", "packages");
    package::run()?;
    let mut test = cargo(["test", "--workspace", "--no-fail-fast"])?;
    set_env(&mut test, &tools, &test_tools, &dist)?;
    let filter = test_tools.browsers.test_filter();
    let (counts, failures) = run_tests(test, test_args, &filter)?;
    let time = console::human(started.elapsed());
    console::print_step(
        "test",
        &format!("every check and test, set-up included, took {time}"),
    );
    print!("{failures}");
    // CI reads this line, the last one on stdout.
    println!("{counts}");
    ensure!(counts.failed == 0, "{} tests failed", counts.failed);
    ensure!(counts.passed > 0, "no test ran");
    Ok(())
}

/// Checks the documentation and builds the server.
fn documentation_and_server() -> Result<()> {
    let mut doc = cargo(["doc", "--workspace", "--no-deps"])?;
    doc.env("RUSTDOCFLAGS", "-D warnings");
    check("documentation", doc)?;
    let server = ["build", "--bin", "parlor"];
    check("server", cargo(server.into_iter().chain(AS_FOR_TESTS))?)
}

fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Result<Command> {
    let mut cargo = process::cargo();
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
    let mut clippy = clippy(packages.chain(["--target", versions::WASM]))?;
    tools.set_env(&mut clippy);
    Ok(clippy)
}

/// Runs the check and prints its name and how long it took.
fn check(name: &str, mut command: Command) -> Result<()> {
    console::print_step("check", name);
    let started = Instant::now();
    process::run(&mut command).with_context(|| format!("the check \"{name}\" failed"))?;
    console::print_step(
        "check",
        &format!("{name}: passed in {}", console::human(started.elapsed())),
    );
    Ok(())
}

/// Sets the environment variables that the tests of the page read: the programs and files they use.
pub(crate) fn set_env(
    tests: &mut Command,
    tools: &PageTools,
    test_tools: &TestTools,
    dist: &Path,
) -> Result<()> {
    tools.set_env(tests);
    tools.set_flags_of_page(tests);
    tests
        .env("PARLOR_BIN", paths::target()?.join("debug/parlor"))
        .env("PARLOR_PAGE", dist)
        .env("AXE", &test_tools.axe)
        .env("OIDC_PROVIDER", &test_tools.oidc_provider)
        .env("NGINX", &test_tools.nginx)
        .env("JS_TOOLS", &test_tools.js_tools)
        .env("NATS_SERVER", &test_tools.nats_server)
        .env("SCHEMATHESIS", &test_tools.schemathesis)
        .env("OPENAPI_SPEC_VALIDATOR", &test_tools.openapi_validator);
    test_tools.browsers.set_env(tests);
    Ok(())
}

/// Adds the arguments of `cargo test`, and those of the test programs that stand behind `--`.
pub(crate) fn add_args(test: &mut Command, test_args: &[String], program_args: &[&str]) {
    let separator = test_args.iter().all(|arg| arg != "--").then_some("--");
    test.args(test_args).args(separator).args(program_args);
}

/// Runs the test programs and adds up their results. Their output is passed on.
fn run_tests(
    mut test: Command,
    test_args: &[String],
    filter: &[&str],
) -> Result<(Counts, Failures)> {
    console::print_step("check", "tests");
    let started = Instant::now();
    add_args(&mut test, test_args, filter);
    // Shows what a test prints that passed, too: some print what they have measured.
    test.arg("--show-output").stdout(Stdio::piped());
    let mut child = test.spawn().context("cannot start `cargo test`")?;
    let mut counts = Counts::default();
    let mut failures = Failures::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            // A test may print bytes that are not UTF-8.
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            counts.add(&line);
            failures.add(&line);
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("the check \"tests\" failed: `cargo test` ended with {status}");
    }
    console::print_step(
        "check",
        &format!("tests: ran for {}", console::human(started.elapsed())),
    );
    Ok((counts, failures))
}

/// What the tests that failed printed, repeated at the end of the run, and their names after it: a
/// reader of a long log, or of the last lines that CI keeps of it, need not look for them among
/// hundreds that passed.
#[derive(Debug, Default)]
struct Failures {
    names: Vec<String>,
    lines: Vec<String>,
    /// How many lines of the current test may still be kept.
    room: usize,
    /// Whether the lines are those under `failures:`, which a test program prints before its
    /// summary: first the output of each, then their names.
    within: bool,
}

impl Failures {
    /// How many lines of a test are repeated.
    const LINES_PER_TEST: usize = 40;

    /// Keeps the line if a test that failed printed it, but for its backtrace: the panic message
    /// names file and line, and a backtrace would push it out of the last lines.
    fn add(&mut self, line: &str) {
        if line == "failures:" {
            self.within = true;
            self.room = 0;
        } else if line.starts_with("test result: ") {
            self.within = false;
        } else if self.within && line == "stack backtrace:" {
            self.room = 0;
        } else if let Some(test) = line.strip_prefix("---- ").filter(|_| self.within) {
            self.names
                .push(test.trim_end_matches(" stdout ----").to_owned());
            self.room = Self::LINES_PER_TEST;
        }
        if self.within && self.room > 0 {
            self.room -= 1;
            self.lines.push(line.to_owned());
        }
    }
}

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.lines
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))?;
        self.names
            .iter()
            .try_for_each(|name| writeln!(f, "failed: {name}"))
    }
}

/// How many tests passed, failed and were skipped, in all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Adds the counts of a line, if it is the summary of a test program:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; …`.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|result| result.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((count, what)) = count.trim().split_once(' ') else {
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
    fn the_summaries_of_several_programs_add_up() {
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
    fn what_failed_is_repeated_and_what_passed_is_not() {
        let mut failures = Failures::default();
        let output = "successes:\n\n---- passed stdout ----\n3 ms\n\nfailures:\n\n\
            ---- log::failed stdout ----\nleft: 1\nstack backtrace:\n   0: rust_panic\n\n\
            failures:\n    log::failed\n\n\
            test result: FAILED. 1 passed; 1 failed\n---- other stdout ----";
        output.lines().for_each(|line| failures.add(line));
        assert_eq!(
            failures.to_string(),
            "---- log::failed stdout ----\nleft: 1\nfailed: log::failed\n"
        );
        let long = "line\n".repeat(Failures::LINES_PER_TEST);
        let output = format!("failures:\n---- long stdout ----\n{long}");
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.add(line));
        assert_eq!(failures.lines.len(), Failures::LINES_PER_TEST);
    }

    #[test]
    fn a_count_of_zero_skipped_tests_is_not_printed() {
        assert_eq!(Counts::default().to_string(), "tests: 0 passed, 0 failed");
    }
}
