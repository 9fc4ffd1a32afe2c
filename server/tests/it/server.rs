//! The server's binary, as these tests run it.

use std::{
    path::Path,
    process::{Command, Output},
};

use parlor_test_server::{FREE_PORT, ServerProcess};

use crate::client::PATIENCE;

/// The binary on a free port, with its log in `data`.
pub(crate) fn command(data: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_parlor"));
    parlor_test_server::command(binary, data, FREE_PORT)
}

/// Starts the binary without limits of rate.
pub(crate) fn start_binary(data: &Path) -> ServerProcess {
    spawn(command(data).args(["--rate-per-second", "0"]))
}

/// Starts the binary with this command.
pub(crate) fn spawn(command: &mut Command) -> ServerProcess {
    ServerProcess::spawn(command).unwrap()
}

/// Waits until the server has ended by itself; gives its exit status and, if its standard error was
/// piped, what it wrote there.
pub(crate) fn wait_for_end(mut server: ServerProcess) -> Output {
    let status = server.wait(PATIENCE).unwrap();
    Output {
        status: status.expect("the server ends"),
        stdout: Vec::new(),
        stderr: server.stderr_lines().join("\n").into_bytes(),
    }
}
