//! The page: built by Trunk into dist/, compressed, and left alone while nothing has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::setup::PageTools;
use crate::stamp::Content;
use crate::{child, compress, console, lean, paths};

/// All that the page is made from, besides the tools.
const INPUTS: [&str; 6] = [
    "frontend",
    "shared",
    "crates/session",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
];

/// What index.html must say for the page to be compiled for size.
const PROFILE: &str = "data-cargo-profile-release=\"wasm-release\"";

/// Builds the page in release, unless what is in dist/ is just that. Returns its folder.
pub(crate) fn build(tools: &PageTools) -> Result<PathBuf> {
    let root = paths::root()?;
    let dist = paths::dist()?;
    let note = paths::notes()?.join("page");
    let inputs = inputs(&root, tools)?;
    if fs::read_to_string(&note).is_ok_and(|known| is_current(&known, &inputs, &dist)) {
        console::say("page", "up to date");
        return Ok(dist);
    }
    let index = root.join("frontend/index.html");
    let html = fs::read_to_string(&index)
        .with_context(|| format!("no page to build: cannot read {}", index.display()))?;
    ensure!(
        html.contains(PROFILE),
        "the rust link in frontend/index.html lacks {PROFILE}"
    );

    console::say(
        "page",
        "building it with Trunk, because its sources or tools changed",
    );
    let started = Instant::now();
    child::streamed(
        tools
            .trunk()
            .current_dir(&root)
            .args(["build", "--release", "--dist"])
            .arg(&dist),
    )?;
    lean::make(&dist)?;
    compress::beside(&dist)?;
    fs::write(&note, format!("{inputs}\n{}", outputs(&dist)?))?;
    let sizes = compress::sizes(&dist)?;
    let time = console::human(started.elapsed());
    console::say("page", &format!("built in {time}: {sizes}"));
    Ok(dist)
}

/// The hash of what the page would be made from now.
fn inputs(root: &Path, tools: &PageTools) -> Result<String> {
    let mut content = Content::default();
    content.word(&tools.versions);
    for input in INPUTS {
        content.word(input);
        content.path(&root.join(input))?;
    }
    Ok(content.finish())
}

/// The hash of what is in dist/, so that a page which somebody else put there is not taken for
/// the one that was built.
fn outputs(dist: &Path) -> Result<String> {
    let mut content = Content::default();
    content.path(dist)?;
    Ok(content.finish())
}

fn is_current(known: &str, inputs: &str, dist: &Path) -> bool {
    known.split_once('\n').is_some_and(|(made_from, made)| {
        made_from == inputs && outputs(dist).is_ok_and(|there| there == made)
    })
}
