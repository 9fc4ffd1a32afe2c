//! The frozen files never change.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// The folder of a frozen version.
pub(crate) fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("frozen")
        .join(version)
}

/// All files below a folder that a client is made of or was told, in order. The manifests are not
/// among them: they name what the workspace depends on.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for file in fs::read_dir(&current).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "toml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The checksum of all files and of their names.
fn checksum(version: &str) -> String {
    let folder = folder(version);
    let mut all = Sha256::new();
    for file in files(&folder) {
        let name = file.strip_prefix(&folder).unwrap().to_str().unwrap();
        let content = fs::read(&file).unwrap();
        all.update(format!("{name} {}\n", content.len()));
        all.update(content);
    }
    let bytes = all.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_frozen_version_does_not_change() {
    assert_eq!(
        checksum("0.1"),
        "36f9af8327859eae56300939ca75736bf4176d3d6f8748c40a26ecf5971fe351",
        "crates/compat/frozen/0.1 is what clients of version 0.1 are: do not change it. What is new \
         in the protocol goes into a folder beside it."
    );
}
