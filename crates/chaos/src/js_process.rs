//! A client in JavaScript as a child process: `js_client.mjs`, run by Node.js.

use std::{path::Path, process::Stdio};

use anyhow::Context;
use parlor_client::{
    Body, Entry, Epoch, ErrorCode, JoinOutcome, MemberId, MessageId, Position, RoomId, Seq, Token,
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
};

/// What Node.js runs.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/js_client.mjs");

/// How many commands may wait until the process takes them.
pub(crate) const COMMANDS_MAX: usize = 256;

/// What the process is to do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JsCommand {
    /// Makes the client.
    Connect {
        url: String,
        name: String,
        token: Option<String>,
    },
    /// Joins the room and prints its entries.
    Read {
        room: RoomId,
        after: Option<Position>,
    },
    /// Posts.
    Post {
        room: RoomId,
        id: MessageId,
        body: Body,
    },
    /// Connects now.
    Start {},
    /// Leaves, disconnects and exits.
    Close {},
}

/// What the process has seen.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    Welcome {
        member: MemberId,
        token: Token,
    },
    Joined {
        outcome: JoinOutcome,
        epoch: Epoch,
    },
    Entry {
        epoch: Epoch,
        entry: Entry,
    },
    /// The loop over the entries has ended, and begins anew.
    Reset {},
    Acked {
        id: MessageId,
        seq: Seq,
        epoch: Epoch,
    },
    Refused {
        id: MessageId,
        code: ErrorCode,
    },
    Failed {
        what: String,
    },
}

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct JsProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    commands: mpsc::Sender<String>,
}

impl JsProcess {
    /// Starts one with the client in this file, the built `clients/js`.
    pub(crate) fn start(library: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new("node")
            // Before its version 22, Node.js has a WebSocket of its own only with this.
            .args(["--experimental-websocket", "--no-warnings", SCRIPT])
            .arg(library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node can't be run: install Node.js")?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (commands, waiting) = mpsc::channel(COMMANDS_MAX);
        // Not where its output is read: each would wait for the other.
        tokio::spawn(write(stdin, waiting));
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
            commands,
        })
    }

    /// Has it do this, in the order of the calls.
    pub(crate) fn command(&self, command: &JsCommand) -> anyhow::Result<()> {
        let line = format!("{}\n", serde_json::to_string(command)?);
        let sent = self.commands.try_send(line);
        sent.context("the process does not take its commands")
    }

    /// What it sees next. Cancel safe.
    ///
    /// # Errors
    /// If it has ended: what it wrote to standard error says why.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Seen> {
        let line = self.lines.next_line().await?;
        let line = line.context("the process has ended by itself")?;
        serde_json::from_str(&line).with_context(|| format!("it prints {line}"))
    }

    /// Kills it with SIGKILL, and with it what it had printed and nobody has read.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Has it disconnect, and waits until it has ended.
    pub(crate) async fn close(mut self) -> anyhow::Result<()> {
        self.command(&JsCommand::Close {})?;
        // What it still sees comes behind the end of the run.
        while self.lines.next_line().await?.is_some() {}
        let status = self.child.wait().await?;
        anyhow::ensure!(status.success(), "the process has ended with {status}");
        Ok(())
    }
}

async fn write(mut stdin: ChildStdin, mut waiting: mpsc::Receiver<String>) {
    while let Some(line) = waiting.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            // The process has ended, which its output says as well.
            return;
        }
    }
}
