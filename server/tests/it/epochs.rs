//! Two histories of one log are told apart: restored backups, lost and cut write-ahead logs, copies
//! of the folder. A client that is beyond the place where they part starts over; every other one
//! resumes.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use parlor_server::engine::embedded::backup;
use parlor_shared::{Entry, JoinOutcome, Position, Seq, ServerMessage};
use parlor_test_server::ServerProcess;
use tempfile::TempDir;

use crate::{
    client::{Client, PATIENCE, check_chain},
    damage::contents,
    server::{command, spawn, start_binary},
    start::complaint,
};

const ROOMS: [&str; 2] = ["lobby", "attic"];

/// Starts the binary without limits of rate, and keeps what it logs.
fn start(data: &Path) -> ServerProcess {
    spawn(
        command(data)
            .args(["--rate-per-second", "0"])
            .stderr(Stdio::piped()),
    )
}

/// Kills the server, and returns what it has said about its log.
fn logged(server: &mut ServerProcess) -> String {
    server.kill().unwrap();
    said(server)
}

/// What a server that has ended has said about its log.
fn said(server: &mut ServerProcess) -> String {
    let mut lines = server.stderr_lines();
    lines.retain(|line| line.contains("engine::embedded"));
    lines.join("\n")
}

fn check(data: &Path) -> Output {
    command(data).arg("check").output().unwrap()
}

fn copy_of(folder: &Path, change: impl FnOnce(&Path)) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in contents(folder) {
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    change(copy.path());
    copy
}

/// A client as it went offline: what it has of each room, and where it would resume.
struct Offline {
    rooms: [(Vec<Entry>, Position); 2],
}

impl Offline {
    /// The client has everything up to `until` that was posted.
    fn at(client: &Client, posted: &[(usize, Entry)], until: usize) -> Self {
        let rooms = [0, 1].map(|room| {
            let of_room = posted[..until].iter().filter(|(of, _)| *of == room);
            let entries: Vec<Entry> = of_room.map(|(_, entry)| entry.clone()).collect();
            let seq = entries.last().map_or(Seq::ZERO, |last| last.seq);
            let epoch = client.epoch;
            (entries, Position { epoch, seq })
        });
        Self { rooms }
    }

    /// Comes back, and checks that it is told `expected` in both rooms and ends with exactly what
    /// the server has. Returns it as it is then.
    async fn come_back(&self, address: SocketAddr, expected: [JoinOutcome; 2]) -> Self {
        let mut back = Client::welcomed(address, "back").await;
        let mut reader = Client::welcomed(address, "reader").await;
        let mut rooms = Vec::new();
        for (room, (kept, position)) in self.rooms.iter().enumerate() {
            let (joined, news) = back.join_at(ROOMS[room], *position).await;
            let ServerMessage::Joined { outcome, after, .. } = joined else {
                panic!("not joined: {joined:?}")
            };
            assert_eq!(outcome, expected[room], "{position:?} in {}", ROOMS[room]);
            let mut has = match outcome {
                JoinOutcome::Resumed => kept.clone(),
                JoinOutcome::Reset => Vec::new(),
            };
            check_chain(after, &news);
            has.extend(news);
            let (_, whole) = reader.join_after(ROOMS[room], Some(Seq::ZERO)).await;
            assert_eq!(has, whole, "in {}", ROOMS[room]);
            let seq = has.last().map_or(after, |last| last.seq);
            let epoch = back.epoch;
            rooms.push((has, Position { epoch, seq }));
        }
        let rooms = rooms.try_into().unwrap_or_else(|_| unreachable!("two"));
        Self { rooms }
    }
}

const RESUMED: [JoinOutcome; 2] = [JoinOutcome::Resumed; 2];
const RESET: [JoinOutcome; 2] = [JoinOutcome::Reset; 2];

/// Posts `count` messages to the two rooms in turn, and waits for each.
async fn post(client: &mut Client, count: usize) -> Vec<(usize, Entry)> {
    let mut posted = Vec::new();
    for n in 0..count {
        let room = n % 2;
        client.post(ROOMS[room], &format!("{n}")).await;
        posted.push((room, client.entry().await));
    }
    posted
}

async fn in_both_rooms(address: SocketAddr, name: &str) -> Client {
    let mut client = Client::welcomed(address, name).await;
    for room in ROOMS {
        client.join(room).await;
    }
    client
}

#[actix_web::test]
async fn after_a_restore_clients_beyond_the_backup_start_over_and_the_others_resume() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("log"), folder.path().join("backup"));
    let mut server = start_binary(&data);
    let mut ann = in_both_rooms(server.address(), "ann").await;
    let mut posted = post(&mut ann, 10).await;
    backup(&data, &copy).unwrap();
    posted.extend(post(&mut ann, 10).await);
    let [at_8, at_10, at_20] = [8, 10, 20].map(|until| Offline::at(&ann, &posted, until));
    server.kill().unwrap();

    // Restored as OPERATIONS.md says, and grown beyond where the client was.
    fs::rename(&data, folder.path().join("old")).unwrap();
    fs::rename(&copy, &data).unwrap();
    let mut server = start(&data);
    let mut bob = in_both_rooms(server.address(), "bob").await;
    let others = post(&mut bob, 30).await;
    assert_eq!(others[0].1.seq, Seq(11), "places are given a second time");
    let at_20 = at_20.come_back(server.address(), RESET).await;
    let at_10 = at_10.come_back(server.address(), RESUMED).await;
    at_8.come_back(server.address(), RESUMED).await;
    assert_eq!(
        logged(&mut server),
        "",
        "the folder is as a backup makes it"
    );

    // From here on both are in the new history, whatever they were in before.
    let server = start_binary(&data);
    at_20.come_back(server.address(), RESUMED).await;
    at_10.come_back(server.address(), RESUMED).await;
}

#[actix_web::test]
async fn a_lost_or_cut_write_ahead_log_is_told_by_the_start_by_check_and_to_clients() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let mut ann = in_both_rooms(server.address(), "ann").await;
    let (mut posted, mut bytes_then) = (Vec::new(), Vec::new());
    let wal = |folder: &Path| folder.join("parlor.db-wal");
    for _ in 0..10 {
        posted.extend(post(&mut ann, 2).await);
        bytes_then.push(fs::metadata(wal(folder.path())).unwrap().len());
    }
    let all = Offline::at(&ann, &posted, 20);
    server.kill().unwrap();
    let mut cuts = vec![None, Some(0), Some(31), Some(bytes_then[8] + 1)];
    cuts.extend(bytes_then[..9].iter().step_by(3).map(|bytes| Some(*bytes)));
    for cut in cuts {
        let torn = copy_of(folder.path(), |copy| match cut {
            None => fs::remove_file(wal(copy)).unwrap(),
            Some(bytes) => {
                let file = fs::File::options().write(true).open(wal(copy)).unwrap();
                file.set_len(bytes).unwrap();
            }
        });
        let checked = check(torn.path());
        let mut server = start(torn.path());
        let mut reader = Client::welcomed(server.address(), "reader").await;
        let mut left = 0;
        for room in ROOMS {
            left += reader.join_after(room, Some(Seq::ZERO)).await.1.len();
        }
        assert!(left < 20, "cut to {cut:?}");
        // As many as were lost, and more.
        let mut bob = in_both_rooms(server.address(), "bob").await;
        post(&mut bob, 24).await;
        let lost = |room: usize| match all.rooms[room].1.seq.0 > left as u64 {
            true => JoinOutcome::Reset,
            false => JoinOutcome::Resumed,
        };
        all.come_back(server.address(), [lost(0), lost(1)]).await;
        let before = Offline::at(&ann, &posted, left);
        before.come_back(server.address(), RESUMED).await;

        let expected = format!("the log ends at entry {left}, but went on to entry 20");
        let said = logged(&mut server);
        assert_eq!(said.matches(&expected).count(), 1, "{cut:?}: {said}");
        let printed = String::from_utf8_lossy(&checked.stdout);
        assert!(printed.contains(&expected), "{cut:?}: {printed}");
        assert!(complaint(&checked, 1).contains("sound as far as it goes"));
        // It is told once: from then on that is the log.
        assert!(check(torn.path()).status.success());
    }
}

#[actix_web::test]
async fn a_copy_of_the_folder_and_the_original_are_two_histories_from_there_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let mut ann = in_both_rooms(server.address(), "ann").await;
    let posted = post(&mut ann, 10).await;
    let common = Offline::at(&ann, &posted, 10);
    server.kill().unwrap();
    let copy = copy_of(folder.path(), |_| {});
    let [mut one, mut other] = [folder.path(), copy.path()].map(start);
    let mut ends = Vec::new();
    for server in [&one, &other] {
        let mut member = in_both_rooms(server.address(), "member").await;
        post(&mut member, 6).await;
        ends.push(common.come_back(server.address(), RESUMED).await);
    }
    ends[0].come_back(other.address(), RESET).await;
    ends[1].come_back(one.address(), RESET).await;
    assert_eq!((logged(&mut one), logged(&mut other)), Default::default());
}

#[actix_web::test]
async fn clients_resume_after_any_number_of_restarts_of_either_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (mut offline, mut total) = (Vec::new(), 0);
    let mut epochs = Vec::new();
    for round in 0..6 {
        let mut server = start(folder.path());
        let mut ann = in_both_rooms(server.address(), "ann").await;
        epochs.push(ann.epoch);
        for client in &offline {
            Offline::come_back(client, server.address(), RESUMED).await;
        }
        let posted = post(&mut ann, 4).await;
        assert_eq!(posted[0].1.seq.0, total + 1);
        total += 4;
        let newcomer = Offline::at(&ann, &[], 0);
        offline.push(newcomer.come_back(server.address(), RESUMED).await);
        if round % 2 == 0 {
            assert_eq!(logged(&mut server), "");
        } else {
            assert!(server.terminate(PATIENCE).unwrap().unwrap().success());
            assert_eq!(said(&mut server), "");
        }
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 6, "each start begins an epoch");
    assert!(check(folder.path()).status.success());
}

#[actix_web::test]
async fn a_backup_beside_a_foreign_write_ahead_log_is_refused_and_nothing_is_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("log"), folder.path().join("backup"));
    let mut server = start_binary(&data);
    let mut ann = in_both_rooms(server.address(), "ann").await;
    post(&mut ann, 10).await;
    backup(&data, &copy).unwrap();
    post(&mut ann, 10).await;
    server.kill().unwrap();
    let file: PathBuf = data.join("parlor.db");
    fs::copy(copy.join("parlor.db"), &file).unwrap();
    let before = contents(&data);
    let mut again = command(&data);
    for tried in [&mut again, command(&data).arg("check")] {
        let refused = complaint(&tried.output().unwrap(), 1);
        assert!(refused.contains("parlor.db-wal beside it"), "{refused}");
        assert!(contents(&data) == before, "the files were changed");
    }
    fs::remove_file(data.join("parlor.db-wal")).unwrap();
    let mut server = start(&data);
    let said = logged(&mut server);
    assert!(said.contains("entries 11 to 20 are missing"), "{said}");
}
