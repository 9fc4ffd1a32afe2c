//! The traces in crates/session/traces are what the session does now.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::recorded::FOLDER;

/// The traces that are checked in.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("traces")
}

/// The traces in a folder, each by its path there. As values: the order of their fields depends on
/// what else is compiled.
fn read(folder: &Path) -> BTreeMap<String, Value> {
    let mut traces = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for file in fs::read_dir(&current).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                let trace = fs::read_to_string(&path).unwrap();
                traces.insert(name, serde_json::from_str(&trace).unwrap());
            }
        }
    }
    traces
}

#[test]
fn the_traces_are_those_of_this_session() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traces");
    // It may be there from an earlier run.
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    // All other tests once more, each of which writes down what its sessions do. With one thread
    // they would have no threads of their own, which the traces are named after.
    let tests = Command::new(env::current_exe().unwrap())
        .args(["--test-threads=2", "--quiet", "--skip", "traces::"])
        .env(FOLDER, &folder)
        .stdout(Stdio::null())
        .status();
    assert!(tests.unwrap().success(), "another test fails");

    let (now, kept_traces) = (read(&folder), read(&kept()));
    let names = now.keys().chain(kept_traces.keys());
    let different: Vec<_> = names
        .filter(|name| now.get(*name) != kept_traces.get(*name))
        .collect();
    assert!(
        different.is_empty(),
        "the session does something else than crates/session/traces says, or a test is new: \
         {different:?}\nIf that is meant, take the new traces over: rm -r {kept}/*/ && cp -r \
         {folder}/* {kept}/ and let `cargo test -p parlor-js` show that the JavaScript client does \
         the same",
        kept = kept().display(),
        folder = folder.display(),
    );
    assert!(now.len() > 60, "each test has a session");
}
