//! Retention by age with a machine's clock that is wrong.

use std::{
    fs::File,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use parlor_test_server::ServerProcess;

use crate::{
    client::{Client, PATIENCE},
    server::{command, spawn},
    storage::library,
};

const DAY_S: i64 = 24 * 60 * 60;

/// Starts the binary on a machine whose clock is ahead by this much; it keeps entries for 30 days.
fn start(data: &Path, ahead_s: i64) -> ServerProcess {
    let mut command = command(data);
    command
        .args(["--retain-days", "30"])
        .env("LD_PRELOAD", library())
        .env("CLOCK_AHEAD_S", ahead_s.to_string())
        .stderr(Stdio::piped());
    spawn(&mut command)
}

async fn entries(server: &ServerProcess) -> usize {
    let mut reader = Client::welcomed(server.address(), "reader").await;
    reader.join("lobby").await.len()
}

async fn post(server: &ServerProcess, count: usize) {
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    for n in 0..count {
        ann.post("lobby", &format!("{n}")).await;
        ann.entry().await;
    }
}

/// Waits until the server says that the clock has jumped, which it does after its first look.
fn wait_for_complaint(server: &mut ServerProcess) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nothing is said about the clock");
        let lines = server.stderr_lines();
        if let Some(line) = lines.iter().find(|line| line.contains("days ahead")) {
            return line.clone();
        }
        thread::yield_now();
    }
}

fn time_file(data: &Path) -> File {
    let path = data.join("parlor.time");
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .unwrap()
}

#[actix_web::test]
async fn a_clock_60_days_fast_deletes_nothing_until_the_operator_says_that_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    // The first look of a server notes the time.
    let server = start(data, 0);
    post(&server, 3).await;
    while !data.join("parlor.time").exists() {}
    drop(server);

    let mut server = start(data, 60 * DAY_S);
    let complaint = wait_for_complaint(&mut server);
    assert!(
        complaint.contains("the clock is 60 days ahead"),
        "{complaint}"
    );
    assert!(complaint.contains("run `touch "), "{complaint}");
    assert_eq!(entries(&server).await, 3, "deleted unasked");
    drop(server);

    // The same without a note, as after a restore: the newest entry stands for it.
    std::fs::remove_file(data.join("parlor.time")).unwrap();
    let mut server = start(data, 60 * DAY_S);
    wait_for_complaint(&mut server);
    assert_eq!(entries(&server).await, 3, "deleted unasked");
    drop(server);

    // The clock was wrong: it is set back, and nothing has happened.
    let mut server = start(data, 0);
    post(&server, 1).await;
    assert_eq!(entries(&server).await, 4);
    server.kill().unwrap();
    assert!(!server.stderr_lines().join("\n").contains("days ahead"));

    // The clock was right, and the server off for 60 days: what `touch` does there.
    let now = std::time::SystemTime::now() + Duration::from_secs(60 * DAY_S as u64);
    time_file(data).set_modified(now).unwrap();
    let server = start(data, 60 * DAY_S);
    while entries(&server).await > 0 {}
}

#[actix_web::test]
async fn a_clock_that_goes_back_or_a_few_days_ahead_deletes_nothing_that_is_young() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut entries_then = 0;
    for ahead_s in [0, -60 * DAY_S, 0, 6 * DAY_S, 12 * DAY_S] {
        let mut server = start(data, ahead_s);
        post(&server, 1).await;
        entries_then += 1;
        assert_eq!(entries(&server).await, entries_then);
        let noted = || {
            let noted = time_file(data).metadata().unwrap().modified().unwrap();
            let since = noted.duration_since(std::time::SystemTime::now());
            since.map_or(0, |since| since.as_secs() as i64)
        };
        while noted() < ahead_s - DAY_S {}
        server.kill().unwrap();
        assert!(!server.stderr_lines().join("\n").contains("days ahead"));
    }
}
