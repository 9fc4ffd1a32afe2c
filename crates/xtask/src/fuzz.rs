//! `cargo xtask fuzz`: tries the properties of crates/fuzz-targets with inputs of all kinds.

use anyhow::Result;

use crate::{paths, process, setup};

/// Installs the fuzzer and runs it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let tools = setup::for_fuzz()?;
    let mut fuzz = process::cargo();
    fuzz.current_dir(paths::root()?)
        .args(["run", "--quiet", "--package", "parlor-fuzz-targets"])
        .args(["--bin", "parlor-fuzz", "--", "--tools"])
        .arg(tools)
        .args(args);
    process::run(&mut fuzz)
}
