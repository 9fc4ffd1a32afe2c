//! Tests the simulation itself: it must find each of the defects that are put into the program on
//! purpose.
//!
//! The sources are copied below target/, with every mutation in them. The copy is built once; an
//! environment variable selects the mutation that is active. The program itself contains none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

mod list;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

use parlor_sim::Worlds;
use serde_json::Value;

use crate::list::{MUTATIONS, Mutation};

/// How many worlds may be needed to find a mutation.
const SEEDS: &str = "1000";

/// The environment variable that names the active mutation.
const ACTIVE: &str = "PARLOR_MUTATION";

#[test]
fn every_mutation_is_found_by_the_simulation() {
    let copy = target().join("mutations");
    for part in ["shared", "server", "frontend", "crates", ".cargo"] {
        copy_folder(&root().join(part), &copy.join(part));
    }
    let file = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    write(&copy.join("Cargo.toml"), &as_another(&file("Cargo.toml")));
    write(&copy.join("Cargo.lock"), &file("Cargo.lock"));
    let program = build(&copy);
    // A mutation that is not active changes nothing.
    let mut sound = simulation(&program, "none", "20");
    let sound = sound.output().unwrap();
    assert!(
        sound.status.success(),
        "without a mutation: {}",
        text(&sound)
    );
    let mut not_found = Vec::new();
    for mutation in MUTATIONS {
        let mut simulation = simulation(&program, mutation.name, SEEDS);
        let begun = Instant::now();
        let output = simulation
            .env(Worlds::VARIABLE, mutation.worlds.name())
            .output();
        let output = text(&output.unwrap());
        let seconds = begun.elapsed().as_secs_f32();
        println!("{}: {}", mutation.name, mutation.says);
        let found = output
            .lines()
            .find_map(|line| line.strip_prefix("BROKEN: "));
        // It must violate a property, and not end the simulation.
        match found.filter(|property| *property != "a panic") {
            Some(property) => println!("    found in {seconds:.1} s: {property}"),
            None => not_found.push(mutation.name),
        }
    }
    assert!(not_found.is_empty(), "not found: {not_found:?}");
}

#[test]
fn the_code_that_a_mutation_replaces_is_found_once() {
    for mutation in MUTATIONS {
        let text = fs::read_to_string(root().join(mutation.file)).unwrap();
        mutate(text, mutation);
    }
}

#[test]
fn the_document_lists_every_mutation() {
    let document = fs::read_to_string(root().join("docs/TESTING.md")).unwrap();
    for Mutation { name, says, .. } in MUTATIONS {
        assert!(
            document.contains(&format!("| `{name}` | {says} |")),
            "{name}"
        );
    }
}

/// Builds the simulation of the copy; gives its program.
fn build(copy: &Path) -> PathBuf {
    // With the features of the whole workspace, so that the dependencies need not be built again.
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["test", "--no-run", "--workspace", "--offline"])
        .args(["--test", "sim", "--message-format", "json"])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target());
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", text(&built));
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut messages = messages
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let program = messages.find_map(|message| Some(message["executable"].as_str()?.to_owned()));
    program.expect("cargo names the program").into()
}

/// The program that simulates this many worlds, and says only what it has found.
fn simulation(program: &Path, mutation: &str, seeds: &str) -> Command {
    let mut simulation = Command::new(program);
    simulation
        .arg("every_post")
        .env(ACTIVE, mutation)
        .env("PARLOR_SIM_SEEDS", seeds)
        .env("PARLOR_SIM_NO_TRACE", "yes")
        .env_remove("PARLOR_SIM_SEED")
        .env_remove(Worlds::VARIABLE);
    simulation
}

fn text(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr];
    both.map(|bytes| String::from_utf8_lossy(bytes)).join("\n")
}

/// Copies sources over an older copy, with every mutation in its place.
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
    let is_active = format!("std::env::var(\"{ACTIVE}\").is_ok_and(|name| name == \"{name}\")");
    let broken = mutation.broken.replace("MUTATED", &is_active);
    text.replace(mutation.sound, &broken)
}

/// The workspace's manifest with another version. Cargo identifies a package by its version and its
/// path within the workspace, and would otherwise mix up the artifacts of the two workspaces. What
/// stands behind a `+` is the same version to those who need one.
fn as_another(manifest: &str) -> String {
    let (ours, other) = ("\nversion = \"0.1.0\"\n", "\nversion = \"0.1.0+broken\"\n");
    assert_eq!(manifest.matches(ours).count(), 1, "the workspace's version");
    manifest.replace(ours, other)
}

/// Writes a file if it has changed, so that cargo does not build the others again.
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

/// Cargo's target folder, which this test is in.
fn target() -> PathBuf {
    let here = env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().to_owned()
}
