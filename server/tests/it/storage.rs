//! Disk faults under the real binary: a full disk, and an fsync that fails.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use parlor_shared::{Body, Entry, ErrorCode, MessageId, Seq, ServerMessage, Text};
use parlor_test_server::{ServerProcess, without_file_size_signal};
use tempfile::TempDir;

use crate::{
    client::{Client, PATIENCE, check_chain, new_id, text},
    server::{command, spawn, wait_for_end},
    start::complaint,
};

/// A fault of the disk.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Writes fail: the disk is full.
    Full,
    /// fsync fails: what was written may be lost.
    Fsync,
}

/// A disk that fails on command: the library `faults.c` is preloaded between the server and the
/// system.
pub(crate) struct FaultyDisk(TempDir);

impl FaultyDisk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Starts a server on this disk with its standard error piped.
    fn server(&self) -> ServerProcess {
        spawn(&mut self.command())
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = command(&self.log());
        command
            .args(["--rate-per-second", "0"])
            .env("LD_PRELOAD", library())
            .env("FAULTS", self.0.path())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    fn file(&self, fault: Fault) -> PathBuf {
        self.0.path().join(match fault {
            Fault::Full => "full",
            Fault::Fsync => "fsync",
        })
    }

    pub(crate) fn begin(&self, fault: Fault) {
        fs::write(self.file(fault), "").unwrap();
    }

    /// Ends the fault and returns how often the server met it.
    pub(crate) fn end(&self, fault: Fault) -> usize {
        let met = fs::read(self.file(fault)).unwrap().len();
        fs::remove_file(self.file(fault)).unwrap();
        met
    }
}

/// The library built from `faults.c`, once for all tests.
pub(crate) fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults.c");
        let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.so");
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .args([&built, &source])
            .arg("-ldl")
            .status();
        assert!(status.expect("a C compiler").success());
        built
    })
}

async fn post_again(client: &mut Client, id: MessageId, text: &str) {
    let text = Text::parse(text).unwrap();
    client.append("lobby", id, Body::post(text)).await;
}

/// Checks how the server behaves on a full disk. `fill` and `free` make the disk full and free it.
async fn check_full_disk(server: &ServerProcess, fill: impl Fn(), free: impl Fn()) {
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    for n in 0..20 {
        ann.post("lobby", &format!("needle {n}")).await;
        bob.entry().await;
    }
    fill();
    let id = new_id();
    for _ in 0..3 {
        post_again(&mut ann, id, "needle at last").await;
        let refusal = ann.refused(ErrorCode::LogUnavailable).await;
        assert!(refusal.retry && refusal.id == Some(id), "{refusal:?}");
    }
    // Everything but appends still works.
    let mut new = Client::welcomed(server.address(), "new").await;
    assert_eq!(new.join("lobby").await.len(), 20);
    assert_eq!(new.join("attic").await, []);
    let (entries, _) = new.history("lobby", Seq(11), 10).await;
    assert_eq!(entries.len(), 10);
    new.search("lobby", "needle").await;

    free();
    post_again(&mut ann, id, "needle at last").await;
    let entry = bob.entry().await;
    assert_eq!((entry.id, text(&entry)), (id, "needle at last"));
    while bob.search("lobby", "needle").await.len() < 21 {}
}

#[actix_web::test]
async fn a_full_disk_refuses_posts_as_retryable_and_nothing_else() {
    let disk = FaultyDisk::new();
    let server = disk.server();
    let free = || assert!(disk.end(Fault::Full) >= 3);
    check_full_disk(&server, || disk.begin(Fault::Full), free).await;
}

#[actix_web::test]
async fn a_server_does_not_start_on_a_full_disk_and_says_so_and_does_once_there_is_room() {
    let disk = FaultyDisk::new();
    let mut server = disk.server();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    for end in [Ending::Killed, Ending::Stopped] {
        match end {
            Ending::Killed => server.kill().unwrap(),
            Ending::Stopped => assert!(server.terminate(PATIENCE).unwrap().unwrap().success()),
        }
        disk.begin(Fault::Full);
        let full = complaint(&disk.command().output().unwrap(), 1);
        assert!(full.contains("disk is full; make room"), "{full}");
        disk.end(Fault::Full);
        server = disk.server();
        let mut back = Client::welcomed(server.address(), "back").await;
        assert_eq!(back.join("lobby").await, std::slice::from_ref(&before));
    }
}

/// How a server ended.
enum Ending {
    Killed,
    Stopped,
}

#[actix_web::test]
async fn a_file_size_limit_acts_like_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut inner = command(folder.path());
    inner.args(["--rate-per-second", "0"]);
    let mut command = without_file_size_signal(&inner);
    // Standard error is on the same disk, so the server can't write its log either.
    command.stderr(fs::File::create(folder.path().join("stderr")).unwrap());
    let server = spawn(&mut command);
    let limit = |bytes| server.limit_files(bytes).unwrap();
    check_full_disk(&server, || limit(Some(4096)), || limit(None)).await;
}

/// Posts one message after the other until the connection ends. Returns the acknowledged entries.
async fn burst(mut client: Client) -> Vec<Entry> {
    let mut acknowledged = Vec::new();
    while client.try_post("lobby", "more").await.is_some() {
        match client.next_unless_closed().await {
            Some(ServerMessage::Entry { entry, .. }) => acknowledged.push(entry),
            Some(_) => {}
            None => break,
        }
    }
    acknowledged
}

#[actix_web::test]
async fn after_a_failed_fsync_the_server_acknowledges_nothing_and_stops() {
    let disk = FaultyDisk::new();
    let mut known: Vec<Entry> = Vec::new();
    for round in 1..=3 {
        let server = disk.server();
        let mut watcher = Client::welcomed(server.address(), "watcher").await;
        let (_, log) = watcher.join_after("lobby", Some(Seq::ZERO)).await;
        check_chain(Seq::ZERO, &log);
        for entry in &known {
            assert!(log.contains(entry), "acknowledged and lost: {entry:?}");
        }
        let mut posters = Vec::new();
        for _ in 0..3 {
            let mut poster = Client::welcomed(server.address(), "poster").await;
            poster.join("lobby").await;
            posters.push(actix_web::rt::spawn(burst(poster)));
        }
        // The fault comes at a different moment each time: in a commit, the index, a checkpoint.
        for _ in 0..150 * round {
            known.push(watcher.entry().await);
        }
        disk.begin(Fault::Fsync);
        while let Some(message) = watcher.next_unless_closed().await {
            if let ServerMessage::Entry { entry, .. } = message {
                known.push(entry);
            }
        }
        for poster in posters {
            known.extend(poster.await.unwrap());
        }
        let complaint = complaint(&wait_for_end(server), 1);
        assert!(complaint.contains("can't be made durable"), "{complaint}");
        assert_eq!(
            disk.end(Fault::Fsync),
            1,
            "fsync was called once and not retried"
        );
    }
}
