//! Every input that was kept of an earlier run of the fuzzer is tried again, without a fuzzer.
#![allow(
    clippy::unwrap_used,
    reason = "a corpus that can't be read fails the test"
)]

use std::{fs, path::PathBuf};

use parlor_fuzz_targets::{TARGETS, corpus};

/// The folder of the fuzzer's own workspace.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn every_property_holds_for_every_input_that_was_kept() {
    for target in TARGETS {
        let file = folder().join("corpus").join(target.name);
        let text = fs::read_to_string(file.with_extension("txt")).unwrap();
        let inputs = corpus::parse(&text).unwrap();
        assert!(inputs.len() >= 20, "{}: the corpus is lost", target.name);
        for input in inputs {
            println!("{}: {}", target.name, input.escape_ascii());
            (target.run)(&input);
        }
    }
}

#[test]
fn every_target_has_a_program_for_the_fuzzer() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let path = format!("fuzz_targets/{}.rs", target.name);
        assert!(folder().join(&path).is_file(), "{path}");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{path}");
    }
}
