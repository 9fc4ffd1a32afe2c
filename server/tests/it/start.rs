//! What keeps the server from starting: one clear sentence, a non-zero exit, and nothing touched.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Output},
};

use parlor_shared::limits::PAGE_FILES_BYTES_MAX;

use crate::server::{command, start_binary};

fn output(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// The one line on standard error, the exit code being this.
pub(crate) fn complaint(output: &Output, code: i32) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("parlor: "))
        .collect();
    assert_eq!(lines.len(), 1, "{text}");
    lines[0].to_owned()
}

#[test]
fn a_wrong_flag_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = output(command(folder.path()).arg("--lissten"));
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--lissten"));
    let origin = output(command(folder.path()).args(["--allow-origin", "friend.example"]));
    assert!(complaint(&origin, 2).contains("friend.example"));
}

#[test]
fn a_busy_port_is_named_and_no_log_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = output(command(&log).args(["--listen", &address]));
    let complaint = complaint(&busy, 1);
    assert!(
        complaint.contains(&address) && complaint.contains("--listen"),
        "{complaint}"
    );
    assert!(!log.exists());
}

#[test]
fn a_log_is_made_for_nobody_elses_eyes() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let _server = start_binary(&log);
    assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let complaint = complaint(&output(&mut command(&file.join("log"))), 1);
    assert!(complaint.contains("--data"), "{complaint}");
}

#[test]
fn a_folder_with_more_than_a_page_is_not_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let film = fs::File::create(folder.path().join("film.mp4")).unwrap();
    film.set_len(PAGE_FILES_BYTES_MAX + 1).unwrap();
    let large = output(
        command(&folder.path().join("log"))
            .arg("--page")
            .arg(folder.path()),
    );
    let complaint = complaint(&large, 1);
    assert!(complaint.contains("--page"), "{complaint}");
}

#[test]
fn a_file_that_is_not_ours_is_left_as_it_is() {
    let foreign = |path: &Path| {
        let other = rusqlite::Connection::open(path).unwrap();
        other
            .execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')")
            .unwrap();
    };
    let no_database = |path: &Path| fs::write(path, "dear diary, ".repeat(500)).unwrap();
    let makers: [&dyn Fn(&Path); 2] = [&foreign, &no_database];
    for make in makers {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        make(&path);
        let before = fs::read(&path).unwrap();
        let complaint = complaint(&output(&mut command(folder.path())), 1);
        assert!(complaint.contains("not a Parlor log"), "{complaint}");
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing beside it"
        );
    }
}

#[test]
fn two_servers_do_not_share_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let _first = start_binary(folder.path());
    let complaint = complaint(&output(&mut command(folder.path())), 1);
    assert!(
        complaint.contains("in use by another Parlor"),
        "{complaint}"
    );
}

#[test]
fn a_damaged_log_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    start_binary(folder.path()).kill().unwrap();
    fs::remove_file(folder.path().join("parlor.db-wal")).unwrap();
    let path = folder.path().join("parlor.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..].fill(0xAB);
    fs::write(&path, bytes).unwrap();
    let damaged = complaint(&output(&mut command(folder.path())), 1);
    assert!(damaged.contains("is damaged"), "{damaged}");
}
