//! Other programs: found on PATH, asked, run in the open, or run quietly with a log.

use std::env;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console::{self, Heartbeat};
use crate::paths;

/// Cargo, as the one that started xtask.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds these packages in release where their sources changed; gives the folder with their programs.
pub(crate) fn release(packages: &[&str]) -> Result<PathBuf> {
    let mut build = cargo();
    build
        .current_dir(paths::root()?)
        .args(["build", "--release"]);
    for package in packages {
        build.args(["--package", package]);
    }
    streamed(&mut build)?;
    Ok(paths::target()?.join("release"))
}

/// The file that typing `name` would run.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(&file))
        .find(|candidate| candidate.is_file())
}

/// Whether the command runs and succeeds; what it prints is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What the command prints, if it runs and succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed ({}) {}",
            shown(command),
            output.status,
            said.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs the command with its output in the open.
pub(crate) fn streamed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs the command with its output in a log under target/, showing a sign of life meanwhile.
/// A failure names the log and ends with its last lines.
pub(crate) fn logged(name: &str, command: &mut Command) -> Result<()> {
    let log = paths::notes()?.join(format!("{name}.log"));
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let mut heartbeat = Heartbeat::start();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(50));
        heartbeat.beat(|| last_lines(&log, 1));
    };
    heartbeat.clear();
    if !status.success() {
        let said = last_lines(&log, 12);
        bail!(
            "`{}` failed ({status}); all of it is in {}:\n{said}",
            shown(command),
            log.display()
        );
    }
    console::say(
        name,
        &format!("done in {}", console::human(heartbeat.elapsed())),
    );
    Ok(())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy();
    let args = command.get_args().map(|arg| arg.to_string_lossy());
    std::iter::once(program)
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The log's last lines that are not empty; a log that cannot be read has none.
fn last_lines(log: &Path, count: usize) -> String {
    let mut end = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        let start = file.metadata()?.len().saturating_sub(4096);
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut end)
    });
    if read.is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&end);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
