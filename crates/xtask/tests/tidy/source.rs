//! The files of the repository, as the rules read them.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders that contain Rust.
pub(crate) const CODE: [&str; 4] = ["shared", "server", "frontend", "crates"];

/// A text file of the repository.
pub(crate) struct Source {
    /// Its path from the root of the repository.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl Source {
    /// Parses a Rust file.
    pub(crate) fn parse(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Reads the file at a path from the root of the repository.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The paths, from the root of the repository, of all files below one of its folders.
pub(crate) fn paths(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// All files below a folder whose names end in `suffix`.
pub(crate) fn sources(folder: &str, suffix: &str) -> Vec<Source> {
    let paths = paths(folder).into_iter();
    paths
        .filter(|path| path.ends_with(suffix))
        .map(|path| Source {
            text: read(&path),
            path,
        })
        .collect()
}

/// All Rust files of the repository.
pub(crate) fn rust() -> Vec<Source> {
    CODE.iter()
        .flat_map(|folder| sources(folder, ".rs"))
        .collect()
}
