//! That the simulation has teeth: programs broken on purpose, each of which it has to find broken.
//!
//! The sources are copied below target/, every mutation is written into the copy behind a look at
//! the environment, and the copy is built once. The program itself knows nothing of this.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

mod list;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::list::{MUTATIONS, Mutation};

/// Worlds within which each mutation is found.
const SEEDS: &str = "300";

/// Which mutation is to be.
const ASKED_FOR: &str = "PARLOR_MUTATION";

#[test]
fn every_mutation_is_found_by_the_simulation() {
    let copy = target().join("mutations");
    for part in ["shared", "server", "frontend", "crates", ".cargo"] {
        copy_folder(&root().join(part), &copy.join(part));
    }
    let file = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    write(&copy.join("Cargo.toml"), &as_another(&file("Cargo.toml")));
    write(&copy.join("Cargo.lock"), &file("Cargo.lock"));
    // All are built at once; one that is not asked for is as if it were not there.
    let sound = simulate(&copy, "none", "20");
    assert!(
        sound.status.success(),
        "without a mutation: {}",
        text(&sound)
    );
    let mut not_found = Vec::new();
    for mutation in &MUTATIONS {
        let output = text(&simulate(&copy, mutation.name, SEEDS));
        println!("{}: {}", mutation.name, mutation.says);
        match output.lines().find_map(|line| line.split_once("BROKEN: ")) {
            Some((_, property)) => println!("    found: {property}"),
            None => not_found.push(mutation.name),
        }
    }
    assert!(not_found.is_empty(), "not found: {not_found:?}");
}

#[test]
fn the_document_lists_every_mutation() {
    let document = fs::read_to_string(root().join("docs/TESTING.md")).unwrap();
    for Mutation { name, says, .. } in &MUTATIONS {
        assert!(
            document.contains(&format!("| `{name}` | {says} |")),
            "{name}"
        );
    }
}

fn simulate(copy: &Path, mutation: &str, seeds: &str) -> Output {
    // The whole workspace's features, so that what it depends on is the same as for the real one.
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "test",
            "--quiet",
            "--workspace",
            "--offline",
            "--test",
            "sim",
        ])
        .args(["--", "every_post"])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target())
        .env(ASKED_FOR, mutation)
        .env("PARLOR_SIM_SEEDS", seeds)
        .env_remove("PARLOR_SIM_SEED");
    cargo.output().unwrap()
}

fn text(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr];
    both.map(|bytes| String::from_utf8_lossy(bytes)).join("\n")
}

/// Copies sources, with every mutation in its place, over an older copy.
fn copy_folder(from: &Path, to: &Path) {
    for old in fs::read_dir(to).into_iter().flatten() {
        let old = old.unwrap().path();
        if old.is_file() && !from.join(old.file_name().unwrap()).exists() {
            fs::remove_file(old).unwrap();
        }
    }
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy_folder(&from, &to);
        } else if let Ok(text) = fs::read_to_string(&from) {
            let name = from.strip_prefix(root()).unwrap().to_owned();
            let here = MUTATIONS.iter().filter(|m| Path::new(m.file) == name);
            write(&to, &here.fold(text, mutate));
        }
    }
}

fn mutate(text: String, mutation: &Mutation) -> String {
    let Mutation { name, file, .. } = mutation;
    let count = text.matches(mutation.sound).count();
    assert_eq!(
        count, 1,
        "{name}: its sound code is {count} times in {file}"
    );
    let asked = format!("std::env::var(\"{ASKED_FOR}\").is_ok_and(|asked| asked == \"{name}\")");
    let broken = mutation.broken.replace("MUTATED", &asked);
    text.replace(mutation.sound, &broken)
}

/// The workspace under another version: cargo would take its packages for ours, and ours for these,
/// for it knows members by their path within their workspace.
fn as_another(manifest: &str) -> String {
    let (ours, other) = ("\nversion = \"0.1.0\"\n", "\nversion = \"0.1.0-broken\"\n");
    assert_eq!(manifest.matches(ours).count(), 1, "the workspace's version");
    manifest.replace(ours, other)
}

/// Writes what is new only: the rest need not be built again.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// Cargo's target folder, wherever it is: this test is in it.
fn target() -> PathBuf {
    let here = env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().to_owned()
}
