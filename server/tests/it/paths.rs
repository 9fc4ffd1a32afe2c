//! Folders with any name: what looks like an address to SQLite, and what is not UTF-8.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Command, Output},
};

use crate::{
    client::Client,
    damage::contents,
    server::{command, spawn},
};

/// Names that mean something else to some program.
const NAMES: [&[u8]; 7] = [
    b"file:abc",
    b"file:abc?mode=memory&cache=shared",
    b"a?mode=ro#x",
    b"100%20 'of' \"it\"",
    b":memory:",
    b"caf\xe9",
    b"\xff\xfe",
];

/// The binary in this folder, with its log in a folder beside it, named relatively.
fn relative(folder: &Path, name: &OsStr) -> Command {
    let mut command = command(Path::new(name));
    command.current_dir(folder);
    command
}

fn success(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

#[actix_web::test]
async fn a_log_a_search_a_backup_and_a_check_work_in_a_folder_of_any_name() {
    for name in NAMES.map(OsStr::from_bytes) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join(name);
        // Once by its relative name, then by the absolute one.
        let mut entries = Vec::new();
        for run in 0..2 {
            let mut command = match run {
                0 => relative(folder.path(), name),
                _ => command(&data),
            };
            // The test searches as often as it takes.
            let mut server = spawn(command.args(["--rate-per-second", "0"]));
            let mut ann = Client::welcomed(server.address(), "ann").await;
            assert_eq!(ann.join("lobby").await, entries, "{name:?}");
            ann.post("lobby", "kept").await;
            entries.push(ann.entry().await);
            // The index lags behind the log, so the test searches until it has caught up.
            while ann.search("lobby", "kept").await.len() < entries.len() {}
            server.kill().unwrap();
            assert!(data.join("parlor.db").exists(), "{name:?}");
        }
        let mut backup_name = name.to_owned();
        backup_name.push(".copy");
        success(
            relative(folder.path(), name)
                .arg("backup")
                .arg("--")
                .arg(&backup_name),
        );
        let copy = folder.path().join(&backup_name);
        for log in [&data, &copy] {
            let checked = success(command(log).arg("check"));
            let printed = String::from_utf8_lossy(&checked.stdout);
            assert!(
                printed.contains("is whole: 1 rooms, 2 entries"),
                "{printed}"
            );
        }
        assert_eq!(contents(&copy).len(), 2, "the log, and admin.db");
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        names.sort();
        let mut expected = [name.to_owned(), backup_name];
        expected.sort();
        assert_eq!(names, expected, "nothing is written beside it");
    }
}
