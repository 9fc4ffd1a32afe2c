//! `cargo xtask autobahn`: the Autobahn suite against the server's connections.
//!
//! The suite is a client for Python 2.7 that tries some five hundred cases of RFC 6455. It runs
//! against the server's own code for reading, joining, writing and closing, with an echo in place
//! of the rooms (`server/examples/echo.rs`), which no release has.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{console, paths, process, setup, versions};

/// Cases that the server need not pass, by the beginning of their numbers, each with its reason.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("12.", "UNIMPLEMENTED", "permessage-deflate is not offered"),
    ("13.", "UNIMPLEMENTED", "permessage-deflate is not offered"),
];

/// Results that are no failure, whatever the case.
const PASSED: [&str; 2] = ["OK", "INFORMATIONAL"];

/// Runs the suite in full, or those of its cases that `cases` names (`6.*`), and prints what came
/// out.
///
/// # Errors
/// If something that it needs is missing, or a case fails that is not in [`EXCEPTIONS`].
pub(crate) fn run(cases: &[String]) -> Result<()> {
    let wstest = suite()?;
    setup::for_server()?;
    console::print_step("autobahn", "build the server's connections as an echo");
    let mut build = process::cargo();
    build.args([
        "build",
        "--release",
        "-p",
        "parlor-server",
        "--features",
        "echo",
        "--example",
        "echo",
    ]);
    process::run(build.current_dir(paths::root()?))?;
    let folder = paths::target()?.join("autobahn");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let echo = Echo::start(&paths::target()?.join("release/examples/echo"))?;
    let spec = folder.join("fuzzingclient.json");
    fs::write(&spec, specification(&echo.address, &folder, cases))?;
    console::print_step("autobahn", "run the cases: some minutes");
    let mut client = Command::new(wstest);
    client.args(["-m", "fuzzingclient", "-s"]).arg(&spec);
    client.current_dir(&folder).stdout(Stdio::null());
    process::run(&mut client)?;
    summarize(&folder)
}

/// What the suite is told.
fn specification(address: &str, folder: &Path, cases: &[String]) -> String {
    let cases = match cases {
        [] => "\"*\"".to_owned(),
        some => some
            .iter()
            .map(|case| format!("\"{case}\""))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!(
        "{{\"outdir\": \"{}\", \"servers\": [{{\"agent\": \"parlor\", \
         \"url\": \"ws://{address}/ws\"}}], \"cases\": [{cases}], \"exclude-cases\": []}}",
        folder.display()
    )
}

/// Prints how many cases had each result, and those that failed.
fn summarize(folder: &Path) -> Result<()> {
    let index = fs::read_to_string(folder.join("index.json"))?;
    let (mut counts, mut failures) = (BTreeMap::<_, usize>::new(), Vec::new());
    for Case { number, results } in cases(&index) {
        let exception = |result: &str| {
            EXCEPTIONS
                .iter()
                .find(|(begin, expected, _)| number.starts_with(begin) && *expected == result)
        };
        let is_failure = |result: &&str| exception(result).is_none() && !PASSED.contains(result);
        let failure = results.into_iter().find(is_failure);
        let result = failure.unwrap_or(results[0]);
        let why = exception(result).map_or(String::new(), |(_, _, why)| format!(" ({why})"));
        *counts.entry(format!("{result}{why}")).or_default() += 1;
        failures.extend(failure.map(|result| format!("case {number}: {result}")));
    }
    ensure!(!counts.is_empty(), "the suite reported no case");
    for (result, count) in &counts {
        println!("{count:>5} {result}");
    }
    println!("The report is {}.", folder.join("index.html").display());
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

/// One case of the report: its number, how the server behaved, and how it closed.
struct Case<'a> {
    number: &'a str,
    results: [&'a str; 2],
}

/// The cases of the suite's report. It is JSON as Python prints it: one member a line.
fn cases(index: &str) -> Vec<Case<'_>> {
    let quoted = |line: &str| -> Option<(usize, usize)> {
        let start = line.find('"')? + 1;
        Some((start, start + line[start..].find('"')?))
    };
    let value = |block: &'_ str, name: &str| -> Option<(usize, usize)> {
        let at = block.find(&format!("\"{name}\":"))? + name.len() + 3;
        quoted(&block[at..]).map(|(start, end)| (at + start, at + end))
    };
    let mut cases = Vec::new();
    for (open, _) in index.match_indices('{').skip(2) {
        let before = index[..open].trim_end().trim_end_matches(':').trim_end();
        let number = before.trim_end_matches('"').rsplit('"').next();
        let block = &index[open..index[open..]
            .find('}')
            .map_or(index.len(), |end| open + end)];
        let (Some(number), Some(behavior), Some(closing)) = (
            number,
            value(block, "behavior"),
            value(block, "behaviorClose"),
        ) else {
            continue;
        };
        let results = [behavior, closing].map(|(start, end)| &block[start..end]);
        cases.push(Case { number, results });
    }
    cases
}

/// The running echo. Dropping it ends it.
struct Echo {
    child: Child,
    address: String,
}

impl Echo {
    fn start(binary: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.arg("127.0.0.1:0").stdout(Stdio::piped());
        let child = command.spawn().context("the echo can't be started")?;
        let mut echo = Self {
            child,
            address: String::new(),
        };
        let stdout = echo.child.stdout.take().context("it has no output")?;
        BufReader::new(stdout).read_line(&mut echo.address)?;
        echo.address.truncate(echo.address.trim_end().len());
        ensure!(!echo.address.is_empty(), "the echo did not start");
        Ok(echo)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // An error says that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Finds the suite's program, or installs it under target/tools.
fn suite() -> Result<PathBuf> {
    let folder = paths::tools()?.join("autobahn");
    let wstest = folder.join("suite/bin/wstest");
    if wstest.is_file() {
        return Ok(wstest);
    }
    let python2 = python2().context(
        "the Autobahn suite needs Python 2.7, and there is none: neither `python2.7` on PATH nor \
         one of pyenv's. `pyenv install 2.7.18` installs it",
    )?;
    let python3 = process::on_path("python3").context(
        "python3 is missing, which makes the suite's environment: install it with its venv module \
         (Debian and Ubuntu: `apt-get install python3-venv`)",
    )?;
    console::print_step("set-up", "the Autobahn suite: from PyPI");
    let bootstrap = folder.join("bootstrap");
    process::run(Command::new(python3).args(["-m", "venv"]).arg(&bootstrap))?;
    let pip = |environment: &Path, package: &str| {
        let mut pip = Command::new(environment.join("bin/pip"));
        process::run(pip.args(["install", "--quiet", package]))
    };
    pip(&bootstrap, versions::VIRTUALENV)?;
    let suite = folder.join("suite");
    let mut create = Command::new(bootstrap.join("bin/virtualenv"));
    create.arg("--quiet").arg("--python").arg(python2);
    process::run(create.arg(&suite))?;
    pip(&suite, versions::AUTOBAHN)?;
    ensure!(wstest.is_file(), "pip did not install wstest");
    Ok(wstest)
}

/// A Python 2.7 that runs: one on PATH, or one of pyenv's.
fn python2() -> Option<PathBuf> {
    let is_python2 = |path: &PathBuf| {
        let mut version = Command::new(path);
        process::succeeds(version.args(["-c", "import sys; assert sys.version_info[:2] == (2, 7)"]))
    };
    let home = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".pyenv")));
    let of_pyenv = home
        .and_then(|home| fs::read_dir(home.join("versions")).ok())
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin/python2.7")));
    // pyenv's shim on PATH fails where no 2.7 is chosen, so its versions come first.
    of_pyenv
        .chain(process::on_path("python2.7"))
        .find(is_python2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suites_report_is_read() {
        let index = r#"{
   "parlor": {
      "1.1.1": {
         "behavior": "OK",
         "behaviorClose": "OK",
         "duration": 2,
         "remoteCloseCode": 1000,
         "reportfile": "parlor_case_1_1_1.json"
      },
      "6.4.1": {
         "behavior": "NON-STRICT",
         "behaviorClose": "FAILED",
         "remoteCloseCode": null
      }
   }
}"#;
        let cases = cases(index);
        let all: Vec<_> = cases
            .iter()
            .map(|case| (case.number, case.results))
            .collect();
        let expected = [("1.1.1", ["OK", "OK"]), ("6.4.1", ["NON-STRICT", "FAILED"])];
        assert_eq!(all, expected);
    }
}
