//! The release build of the page: Trunk builds it into dist/ if its sources have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::fingerprint::Fingerprint;
use crate::setup::PageTools;
use crate::{compress, console, paths, process, split};

/// Everything that the page is built from, apart from the tools.
const INPUTS: [&str; 8] = [
    ".cargo",
    "frontend",
    "shared",
    "crates/session",
    "crates/xtask/src/split.rs",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
];

/// The attribute in index.html that has Trunk compile the page for size.
const PROFILE: &str = "data-cargo-profile-release=\"wasm-release\"";

/// Builds the page, compresses its files, and returns its folder. Does nothing if it is up to date.
pub(crate) fn build(tools: &PageTools) -> Result<PathBuf> {
    let root = paths::root()?;
    let dist = paths::dist()?;
    let record = paths::state()?.join("page");
    let inputs = inputs(&root, tools)?;
    if fs::read_to_string(&record).is_ok_and(|record| is_up_to_date(&record, &inputs, &dist)) {
        console::print_step("page", "up to date");
        return Ok(dist);
    }
    let index = root.join("frontend/index.html");
    let html = fs::read_to_string(&index)
        .with_context(|| format!("no page to build: cannot read {}", index.display()))?;
    ensure!(
        html.contains(PROFILE),
        "the rust link in frontend/index.html lacks {PROFILE}"
    );

    console::print_step(
        "page",
        "building it with Trunk, because its sources or tools changed",
    );
    let started = Instant::now();
    let mut trunk = tools.splitting_trunk()?;
    trunk
        .current_dir(&root)
        .args(["build", "--release", "--features", split::FEATURE, "--dist"]);
    process::run(trunk.arg(&dist))?;
    split::add_to(&dist, tools.split.wasm_opt.as_deref())?;
    compress::compress_files(&dist)?;
    fs::write(&record, format!("{inputs}\n{}", outputs(&dist)?))?;
    let sizes = compress::sizes(&dist)?;
    let time = console::human(started.elapsed());
    console::print_step("page", &format!("built in {time}: {sizes}"));
    Ok(dist)
}

/// The fingerprint of everything that the page would be built from now.
fn inputs(root: &Path, tools: &PageTools) -> Result<String> {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add_word(&tools.versions);
    for input in INPUTS {
        fingerprint.add_word(input);
        fingerprint.add_path(&root.join(input))?;
    }
    Ok(fingerprint.finish())
}

/// The fingerprint of dist/, which detects a page that something else has built there.
fn outputs(dist: &Path) -> Result<String> {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add_path(dist)?;
    Ok(fingerprint.finish())
}

/// Whether `record`, from the last build, has the fingerprints of the inputs and of dist/ as it is.
fn is_up_to_date(record: &str, inputs: &str, dist: &Path) -> bool {
    record.split_once('\n').is_some_and(|(built_from, built)| {
        built_from == inputs && outputs(dist).is_ok_and(|outputs| outputs == built)
    })
}
