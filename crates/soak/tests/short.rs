//! A short run, to see that it works: its times and memory mean nothing beside other tests.
#![allow(clippy::unwrap_used, reason = "a run that fails fails the test")]

use parlor_soak::{Options, run};

/// The files that all readers of the log and of the index have open, at most: a database each, with
/// its write-ahead log and the memory that they share.
const READERS_FILES_MAX: i64 = 3 * 16;

#[tokio::test(flavor = "multi_thread")]
async fn a_short_run_loses_nothing_and_leaves_no_file_or_socket_open() {
    let folder = tempfile::tempdir().unwrap();
    let server = std::env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let options = Options {
        server: server.into(),
        minutes: 0.5,
        members: 40,
        disk: folder.path().to_owned(),
        log: None,
    };
    let report = run(&options).await.unwrap();
    println!("{report}");
    let verdict = report.verdict();
    assert_eq!(verdict.after.other_sockets, verdict.before.other_sockets);
    // The log's readers are opened when they are first needed, which half a minute may not be.
    let more_files = verdict.after.files - verdict.before.files;
    assert!(more_files <= READERS_FILES_MAX, "{verdict:?}");
    report.write(folder.path()).unwrap();
    let chart = std::fs::read_to_string(folder.path().join("soak.svg")).unwrap();
    assert_eq!(chart.matches("<polyline").count(), 3);
}
