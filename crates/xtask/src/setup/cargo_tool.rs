//! Trunk and wasm-bindgen: taken from PATH, got as prebuilt copies, or built from source.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{child, console, paths, tools};

/// A tool that is a package of the crates registry.
#[derive(Debug)]
pub(super) struct CargoTool<'a> {
    program: &'static str,
    package: &'static str,
    version: &'a str,
    why: &'static str,
    /// What `cargo install` needs beyond the package's name.
    flags: &'static [&'static str],
}

/// Trunk, without the parts that download: what it would download is there already.
pub(super) fn trunk() -> CargoTool<'static> {
    CargoTool {
        program: "trunk",
        package: "trunk",
        version: tools::TRUNK,
        why: "it builds the page",
        flags: &["--locked", "--no-default-features"],
    }
}

/// wasm-bindgen's command-line tool. Not `--locked`: its lock names crates that were withdrawn.
pub(super) fn wasm_bindgen(version: &str) -> CargoTool<'_> {
    CargoTool {
        program: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version,
        why: "Trunk calls it in exactly the crate's version",
        flags: &[],
    }
}

/// Finds the tool in its pinned version, or installs it under target/.
pub(super) fn ensure(tool: &CargoTool<'_>) -> Result<PathBuf> {
    let root = paths::tools()?;
    let installed = root
        .join("bin")
        .join(format!("{}{}", tool.program, env::consts::EXE_SUFFIX));
    let known = child::on_path(tool.program)
        .into_iter()
        .chain([installed.clone()]);
    if let Some(found) = known
        .into_iter()
        .find(|file| has_version(file, tool.version))
    {
        return Ok(found);
    }
    if !(may_get_prebuilt() && prebuilt(tool, &root)) {
        from_source(tool, &root)?;
    }
    ensure!(
        has_version(&installed, tool.version),
        "{} was installed but does not say that it is {}",
        installed.display(),
        tool.version
    );
    Ok(installed)
}

/// Removes what building the tools left behind: a gigabyte that nothing reads again.
pub(super) fn remove_build_folder() -> Result<()> {
    let dir = build_folder()?;
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    Ok(())
}

fn build_folder() -> Result<PathBuf> {
    Ok(paths::target()?.join("tools-build"))
}

fn has_version(program: &Path, version: &str) -> bool {
    // Trunk 0.21 stops at NO_COLOR=1.
    let said = child::output(
        Command::new(program)
            .arg("--version")
            .env_remove("NO_COLOR"),
    );
    said.is_ok_and(|said| said.split_whitespace().nth(1) == Some(version))
}

/// A machine whose owner wants no toolchain downloads is taken to want no other programs
/// downloaded from outside the package registries either.
fn may_get_prebuilt() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && child::succeeds(child::cargo().args(["binstall", "-V"]))
}

/// Whether a prebuilt copy could be had; where not, there is still the source.
fn prebuilt(tool: &CargoTool<'_>, root: &Path) -> bool {
    let CargoTool {
        program,
        package,
        version,
        why,
        ..
    } = tool;
    console::say(
        "set-up",
        &format!("{program} {version}: a prebuilt copy, because {why}"),
    );
    let mut install = child::cargo();
    install
        .args(["binstall", "--no-confirm", "--force", "--root"])
        .arg(root);
    let done = child::logged(program, install.arg(format!("{package}@{version}")));
    if let Err(error) = &done {
        console::say("set-up", &format!("{program}: no prebuilt copy: {error:#}"));
    }
    done.is_ok()
}

fn from_source(tool: &CargoTool<'_>, root: &Path) -> Result<()> {
    let CargoTool {
        program,
        package,
        version,
        why,
        flags,
    } = tool;
    console::say(
        "set-up",
        &format!(
            "{program} {version}: building it, because {why} and PATH has none of that version \
             (some minutes, once; `cargo binstall`, where there is one, gets it in seconds)"
        ),
    );
    let mut install = child::cargo();
    install.args(["install", "--force", "--root"]).arg(root);
    // One folder for all tools, so that what they share is compiled once.
    install
        .arg("--target-dir")
        .arg(build_folder()?)
        .args(*flags);
    // The tools run for seconds: compiling them fast is worth more than compiling them well.
    install.env("CARGO_PROFILE_RELEASE_LTO", "off");
    install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    child::logged(program, install.arg(format!("{package}@{version}")))
}
