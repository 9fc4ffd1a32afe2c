//! The standard library of the WASM target: the toolchain's own, rustup's, or built from source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustc_build_sysroot::{BuildMode, SysrootBuilder, SysrootConfig};

use super::rust_src;
use super::rustc::{Rustc, may_use_rustup};
use crate::{console, paths, process, versions};

/// Makes sure that the compiler can compile for WASM. Returns the folder to pass as `--sysroot`, or
/// none if the toolchain itself has the target.
pub(super) fn ensure(rustc: &Rustc) -> Result<Option<PathBuf>> {
    let own = paths::target()?.join("wasm32-sysroot");
    if own.is_dir() && can_compile(Some(&own))? {
        return Ok(Some(own));
    }
    if can_compile(None)? || (may_use_rustup() && add_with_rustup()?) {
        return Ok(None);
    }
    build(rustc, &own)?;
    ensure!(
        can_compile(Some(&own))?,
        "the std that was built from source does not compile a WASM file"
    );
    Ok(Some(own))
}

/// Compiles and links a small file. The list of `rustup target list` would not do: toolchains
/// without rustup have targets too.
fn can_compile(sysroot: Option<&Path>) -> Result<bool> {
    let dir = paths::state()?.join("probe");
    fs::create_dir_all(&dir)?;
    let source = dir.join("probe.rs");
    fs::write(&source, "pub fn probe() { println!(\"compiled\") }\n")?;
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--crate-type=cdylib", "--target", versions::WASM])
        .arg("--out-dir")
        .arg(&dir);
    if let Some(sysroot) = sysroot {
        rustc.arg("--sysroot").arg(sysroot);
    }
    let succeeds = process::succeeds(rustc.arg(&source));
    fs::remove_dir_all(&dir)?;
    Ok(succeeds)
}

/// Whether rustup has added the target. If not, there is still the source.
fn add_with_rustup() -> Result<bool> {
    let target = versions::WASM;
    console::print_step("set-up", &format!("{target}: through rustup"));
    let mut rustup = Command::new("rustup");
    if let Err(error) = process::run(rustup.args(["target", "add", target])) {
        console::print_step("set-up", &format!("{target}: {error:#}"));
        return Ok(false);
    }
    can_compile(None)
}

/// Builds the target's std with the machine's compiler into `sysroot`.
fn build(rustc: &Rustc, sysroot: &Path) -> Result<()> {
    ensure!(
        !sysroot.to_string_lossy().contains(char::is_whitespace),
        "{} contains a space, at which cargo would split it: move the checkout",
        sysroot.display()
    );
    let target = versions::WASM;
    console::print_step(
        "set-up",
        &format!("{target}: building its std from source (half a minute, once)"),
    );
    let started = Instant::now();
    let source = rust_src::find(rustc.release()?)?;
    // It may be there from another compiler.
    if sysroot.exists() {
        fs::remove_dir_all(sysroot)?;
    }
    // Otherwise the messages of panics in std would put this machine's folders into the page.
    let remap = format!(
        "--remap-path-prefix={}=/rustc/{}/library",
        source.display(),
        rustc.commit_hash()
    );
    let mut cargo = process::cargo();
    // std uses unstable features. The variable applies to this build only.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    SysrootBuilder::new(sysroot, target)
        .build_mode(BuildMode::Build)
        .sysroot_config(SysrootConfig::WithStd {
            std_features: Vec::new(),
        })
        // Fat LTO, with which the page is built, needs it.
        .rustflag("-Cembed-bitcode=yes")
        .rustflag(remap)
        .cargo(cargo)
        .build_from_source(&source)
        .with_context(|| format!("the std in {} cannot be built", source.display()))?;
    rust_src::remove_unpacked()?;
    let time = console::human(started.elapsed());
    console::print_step("set-up", &format!("{target}: built in {time}"));
    Ok(())
}
