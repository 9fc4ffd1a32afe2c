//! Runs scripts in Node.js and the other runtimes, with what npm has installed. A script that fails
//! fails the test: each function panics then.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a script that does not run fails the test"
)]

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
    thread,
};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads a file at a path from the root.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The folder of npm's packages: JS_TOOLS, or where the set-up installs them.
#[must_use]
pub fn tools() -> PathBuf {
    let given = env::var_os("JS_TOOLS").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| root().join("target/tools/npm"));
    assert!(
        folder.join("node_modules/typescript").is_dir(),
        "no TypeScript in {}: `cargo xtask setup` installs it",
        folder.display()
    );
    folder.canonicalize().unwrap()
}

/// What runs JavaScript outside of a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Node.js.
    Node,
    /// Deno.
    Deno,
    /// Bun.
    Bun,
}

impl Runtime {
    /// A command that runs a script of clients/js.
    #[must_use]
    pub fn command(self, script: &str) -> Command {
        let package = |program: &str| tools().join("node_modules").join(program);
        let mut command = match self {
            Self::Node => Command::new("node"),
            Self::Deno => Command::new(package("deno/deno")),
            Self::Bun => Command::new(package("bun/bin/bun.exe")),
        };
        let arguments: &[&str] = match self {
            Self::Node => &["--experimental-websocket", "--no-warnings"],
            // What a program needs that speaks to a server.
            Self::Deno => &["run", "--quiet", "--allow-net", "--allow-read"],
            Self::Bun => &["run"],
        };
        command
            .args(arguments)
            .arg(root().join("clients/js").join(script))
            .env("JS_TOOLS", tools())
            .env("DENO_NO_UPDATE_CHECK", "1");
        command
    }
}

/// A command that runs a script of clients/js in Node.js.
#[must_use]
pub fn node(script: &str) -> Command {
    Runtime::Node.command(script)
}

/// Runs a command with this on its standard input; returns what it prints.
pub fn run(command: &mut Command, input: &str) -> String {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // It may print before it has read everything, and it may read nothing.
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let printed = String::from_utf8(stdout).unwrap();
    let errors = String::from_utf8_lossy(&stderr);
    assert!(
        status.success(),
        "{command:?} ended with {status}\n{printed}\n{errors}"
    );
    printed
}

/// Builds the client once, which checks its types; returns the file of it.
pub fn build() -> PathBuf {
    static BUILT: LazyLock<()> = LazyLock::new(|| {
        run(&mut node("build.mjs"), "");
    });
    LazyLock::force(&BUILT);
    let client = root().join("clients/js/dist/parlor.js");
    client.canonicalize().unwrap()
}
