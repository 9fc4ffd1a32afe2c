//! Failed starts: the server prints one clear sentence, exits with an error, and changes nothing.

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

/// The one line of complaint on standard error, after checking the exit code.
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
fn an_invalid_option_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = output(command(folder.path()).arg("--lissten"));
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--lissten"));
    let origin = output(command(folder.path()).args(["--allow-origin", "friend.example"]));
    assert!(complaint(&origin, 2).contains("friend.example"));
    let node = output(command(folder.path()).args(["--node", "a b"]));
    let said = "node 'a b' is wrong: a node's name has 1 to 32 letters";
    assert!(complaint(&node, 2).contains(said));
}

#[test]
fn a_server_for_others_does_not_start_before_it_is_said_who_may_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let refused = output(command(&log).args(["--listen", "0.0.0.0:0"]));
    let complaint = complaint(&refused, 2);
    assert!(
        complaint.contains("0.0.0.0:0") && complaint.contains("--access open"),
        "{complaint}"
    );
    assert!(!log.exists());
    // A command on the log asks nothing of the kind.
    start_binary(&log).kill().unwrap();
    let check = command(&log)
        .args(["--trust-proxy", "::1", "check"])
        .output();
    assert!(check.unwrap().status.success());
}

#[test]
fn a_busy_port_is_named_and_no_log_is_created() {
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
fn a_new_logs_folder_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let _server = start_binary(&log);
    assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn an_unwritable_folder_is_reported_with_the_option_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let complaint = complaint(&output(&mut command(&file.join("log"))), 1);
    assert!(complaint.contains("--data"), "{complaint}");
}

#[test]
fn a_page_folder_over_the_size_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large_file = fs::File::create(folder.path().join("film.mp4")).unwrap();
    large_file.set_len(PAGE_FILES_BYTES_MAX + 1).unwrap();
    let large = output(
        command(&folder.path().join("log"))
            .arg("--page")
            .arg(folder.path()),
    );
    let complaint = complaint(&large, 1);
    assert!(complaint.contains("--page"), "{complaint}");
}

#[test]
fn a_file_that_is_not_a_log_is_refused_and_left_as_it_is() {
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
            "no other file was created"
        );
    }
}

#[test]
fn a_log_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = start_binary(folder.path());
    let complaint = complaint(&output(&mut command(folder.path())), 1);
    assert!(
        complaint.contains("in use by another Parlor"),
        "{complaint}"
    );
}

#[test]
fn a_damaged_log_is_refused() {
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
