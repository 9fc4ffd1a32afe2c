//! The commands `parlor restore` and `parlor health`, and the restore that docs/OPERATIONS.md
//! describes, as it is written there.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use parlor_server::engine::embedded::AdminFile;
use parlor_shared::{JoinOutcome, Position, Seq, ServerMessage};
use parlor_test_server::ServerProcess;

use crate::{
    client::{Client, PATIENCE, text},
    damage::{closed_log, contents},
    server::{command, start_binary},
    start::complaint,
    versions::{self, log_of},
};

const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

fn restore(backup: &Path, data: &Path) -> Output {
    command(data).arg("restore").arg(backup).output().unwrap()
}

/// What a command that succeeded has printed.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The lines of the shell below this heading: its n-th block.
fn block(heading: &str, n: usize) -> Vec<&'static str> {
    let (_, section) = OPERATIONS.split_once(heading).unwrap();
    let block = section.split("```sh\n").nth(n + 1).unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.lines().collect()
}

/// A machine on which a folder stands for its root, and this process for systemd.
struct Machine {
    root: tempfile::TempDir,
    server: Option<ServerProcess>,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["bin", "var/lib", "backups"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_parlor"), root.path().join("bin/parlor")).unwrap();
        let mut machine = Self { root, server: None };
        machine.start();
        machine
    }

    fn start(&mut self) {
        self.server = Some(start_binary(&self.root.path().join("var/lib/parlor")));
    }

    fn address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().address()
    }

    /// Runs a line of the documentation as it is, but for where its folders are.
    fn run(&mut self, line: &str) {
        match line {
            "systemctl stop parlor" => {
                let mut server = self.server.take().unwrap();
                let status = server.terminate(PATIENCE).unwrap().unwrap();
                assert!(status.success());
            }
            "systemctl start parlor" => self.start(),
            line => {
                let root = self.root.path().display();
                // The document names a day, the backup was made today.
                let line = line
                    .replace("2026-01-31", "$(date +%F)")
                    .replace("/var/lib/", &format!("{root}/var/lib/"))
                    .replace("/backups/", &format!("{root}/backups/"));
                let path = std::env::var("PATH").unwrap();
                let mut shell = Command::new("sh");
                shell.args(["-e", "-c", &line]);
                for (name, _) in std::env::vars_os() {
                    if name.to_string_lossy().starts_with("PARLOR_") {
                        shell.env_remove(name);
                    }
                }
                shell.env("PATH", format!("{root}/bin:{path}"));
                let done = shell.output().unwrap();
                assert!(done.status.success(), "{line}: {done:?}");
            }
        }
    }
}

#[actix_web::test]
async fn a_restore_as_the_documentation_describes_it_brings_back_what_the_backup_has() {
    let mut machine = Machine::new();
    let mut ann = Client::welcomed(machine.address(), "ann").await;
    ann.join("lobby").await;
    let post = async |ann: &mut Client, what: &str| {
        ann.post("lobby", what).await;
        let (epoch, seq) = (ann.epoch, ann.entry().await.seq);
        Position { epoch, seq }
    };
    let kept = post(&mut ann, "kept").await;
    for line in block("## Backup and restore", 0) {
        machine.run(line);
    }
    let lost = post(&mut ann, "lost").await;
    for line in block("## Backup and restore", 1) {
        machine.run(line);
    }
    let mut back = ann.reconnected(machine.address(), "ann").await;
    assert_eq!(back.member, ann.member, "tokens hold");
    let outcome = async |client: &mut Client, position| {
        let (joined, _) = client.join_at("lobby", position).await;
        match joined {
            ServerMessage::Joined { outcome, .. } => outcome,
            other => panic!("not joined: {other:?}"),
        }
    };
    assert_eq!(outcome(&mut back, kept).await, JoinOutcome::Resumed);
    assert_eq!(outcome(&mut back, lost).await, JoinOutcome::Reset);
    let (_, entries) = back.join_after("lobby", Some(Seq::ZERO)).await;
    let texts: Vec<&str> = entries.iter().map(text).collect();
    assert_eq!(texts, ["kept"]);
    let old = machine.root.path().join("var/lib/parlor.old/parlor.db");
    assert!(old.exists(), "what was there is kept");
}

#[actix_web::test]
async fn a_restore_overwrites_nothing() {
    let (backup, there) = (closed_log().await, closed_log().await);
    let before = contents(there.path());
    let refused = complaint(&restore(backup.path(), there.path()), 1);
    assert!(refused.contains("is there already"), "{refused}");
    assert!(contents(there.path()) == before);
    // Not even where only a part of a log is left, or a server runs.
    for left in ["parlor.db-wal", "search.db"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(left), "left").unwrap();
        let refused = complaint(&restore(backup.path(), folder.path()), 1);
        assert!(refused.contains(left), "{refused}");
        assert!(!folder.path().join("parlor.db").exists());
    }
    let folder = tempfile::tempdir().unwrap();
    let _server = start_binary(folder.path());
    let refused = complaint(&restore(backup.path(), folder.path()), 1);
    assert!(refused.contains("in use by another Parlor"), "{refused}");
}

#[actix_web::test]
async fn a_backup_that_is_not_whole_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let damaged = closed_log().await;
    let file = damaged.path().join("parlor.db");
    let chain = rusqlite::Connection::open(&file).unwrap();
    let break_chain = "UPDATE entries SET prev = 7 WHERE seq = 2000";
    chain.execute_batch(break_chain).unwrap();
    chain.close().unwrap();
    let refused = complaint(&restore(damaged.path(), &data), 1);
    assert!(
        refused.contains("is damaged (room lobby: entry 2000"),
        "{refused}"
    );
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xAB);
    fs::write(&file, bytes).unwrap();
    let refused = complaint(&restore(damaged.path(), &data), 1);
    assert!(refused.contains("is damaged"), "{refused}");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let refused = complaint(&restore(&empty, &data), 1);
    assert!(refused.contains("there is no log"), "{refused}");
    assert!(!data.exists(), "no folder is made for it");
}

#[actix_web::test]
async fn a_backup_of_an_earlier_version_and_a_copy_with_its_write_ahead_log_are_restored() {
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("older");
    let said = printed(&restore(log_of(1).path(), &older));
    assert!(said.contains("of an earlier version"), "{said}");
    assert_eq!(versions::version(&older), 1);
    let server = start_binary(&older);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    assert!(!ann.join("lobby").await.is_empty());
    drop(server);

    // Killed, so that the newest entries are in the write-ahead log only.
    let copied = folder.path().join("copied");
    let mut server = start_binary(&copied);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "newest").await;
    ann.entry().await;
    server.kill().unwrap();
    let data = folder.path().join("log");
    // A restore that was killed has left this.
    fs::create_dir(&data).unwrap();
    fs::write(data.join("parlor.db.restore"), "half").unwrap();
    let said = printed(&restore(&copied, &data));
    assert!(said.contains("1 rooms, 1 entries"), "{said}");
    assert!(contents(&data).keys().eq(["admin.db", "parlor.db"]));
    let server = start_binary(&data);
    let mut back = ann.reconnected(server.address(), "ann").await;
    assert_eq!(text(&back.join("lobby").await[0]), "newest");
}

#[actix_web::test]
async fn a_restore_that_was_killed_before_the_log_was_there_is_done_again() {
    let backup = closed_log().await;
    drop(AdminFile::open(backup.path()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    printed(&restore(backup.path(), folder.path()));
    let whole = contents(folder.path());
    // Killed between the two renames: of the log there is only the copy.
    let [log, part] = ["parlor.db", "parlor.db.restore"].map(|name| folder.path().join(name));
    fs::rename(&log, &part).unwrap();
    printed(&restore(backup.path(), folder.path()));
    assert!(contents(folder.path()) == whole);
    // What operators have decided since then is not overwritten.
    fs::remove_file(&log).unwrap();
    let admin = AdminFile::open(folder.path()).unwrap();
    admin.report_counts().unwrap();
    let room = crate::client::room("lobby");
    let body = parlor_shared::Body::SlowMode { seconds: 5 };
    admin.order(&room, &body, 1).unwrap();
    drop(admin);
    let refused = complaint(&restore(backup.path(), folder.path()), 1);
    assert!(refused.contains("admin.db is there already"), "{refused}");
    assert!(!log.exists() && !part.exists());
}

#[actix_web::test]
async fn health_says_whether_a_server_serves_requests() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let address = server.address().to_string();
    let ask = || {
        let mut command = command(folder.path());
        command.args(["health", &address]).output().unwrap()
    };
    assert_eq!(printed(&ask()), "ok\n");
    server.kill().unwrap();
    let said = complaint(&ask(), 1);
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
}
