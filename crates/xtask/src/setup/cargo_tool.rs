//! Trunk, wasm-bindgen, geckodriver: on PATH, downloaded by cargo-binstall, or built from source.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{console, paths, process, versions};

/// A program that is a package of the crates registry.
struct CargoTool<'a> {
    program: &'static str,
    package: &'static str,
    version: &'a str,
    /// The arguments of `cargo install` besides the package.
    flags: &'static [&'static str],
    work: Work,
}

/// What a tool does, by which it is worth optimising where it is built from source.
#[derive(Clone, Copy)]
enum Work {
    /// It starts other programs, and passes on what they say.
    Starts,
    /// It works on whole modules itself.
    Computes,
}

impl Work {
    /// As a profile of cargo has it. Without optimisation compiling takes three fifths of the time.
    fn opt_level(self) -> &'static str {
        match self {
            Self::Starts => "0",
            Self::Computes => "1",
        }
    }
}

/// Finds or installs Trunk. `downloads` says whether it has to be able to download the tools that
/// it runs.
pub(super) fn trunk(downloads: bool) -> Result<PathBuf> {
    let tool = CargoTool {
        program: "trunk",
        package: "trunk",
        version: versions::TRUNK,
        flags: if downloads {
            &["--locked"]
        } else {
            &["--locked", "--no-default-features"]
        },
        work: Work::Starts,
    };
    ensure_installed(&tool, downloads)
}

/// Finds or installs wasm-bindgen's command-line tool.
pub(super) fn wasm_bindgen(version: &str, may_download: bool) -> Result<PathBuf> {
    let tool = CargoTool {
        program: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version,
        // Not `--locked`: its lock file names a crate that has been withdrawn.
        flags: &[],
        work: Work::Computes,
    };
    ensure_installed(&tool, may_download)
}

/// Finds the splitter of the page's program under target/tools, or installs it there. It does not
/// say its version; cargo's list of what it has installed does.
pub(super) fn wasm_split() -> Result<PathBuf> {
    let tool = CargoTool {
        program: "wasm-split-cli",
        package: "wasm_split_cli_support",
        version: versions::WASM_SPLIT,
        flags: &["--locked", "--features", "build-binary"],
        work: Work::Computes,
    };
    let root = paths::tools()?;
    let listed = format!("\"{} {} (", tool.package, tool.version);
    let is_installed =
        || fs::read_to_string(root.join(".crates.toml")).is_ok_and(|list| list.contains(&listed));
    if !is_installed() {
        build(&tool, &root)?;
    }
    ensure!(is_installed(), "cargo did not install {}", tool.package);
    let file = format!("{}{}", tool.program, env::consts::EXE_SUFFIX);
    Ok(root.join("bin").join(file))
}

/// Finds Firefox's driver, in any version that is on PATH, or installs it.
pub(super) fn geckodriver(may_download: bool) -> Result<PathBuf> {
    let tool = CargoTool {
        program: "geckodriver",
        package: "geckodriver",
        version: versions::GECKODRIVER,
        flags: &["--locked"],
        work: Work::Starts,
    };
    match process::on_path(tool.program) {
        Some(driver) => Ok(driver),
        None => ensure_installed(&tool, may_download),
    }
}

/// Finds the fuzzer's command, or installs it.
pub(super) fn cargo_fuzz(may_download: bool) -> Result<PathBuf> {
    let tool = CargoTool {
        program: "cargo-fuzz",
        package: "cargo-fuzz",
        version: versions::CARGO_FUZZ,
        flags: &["--locked"],
        work: Work::Starts,
    };
    ensure_installed(&tool, may_download)
}

/// The target folder of the builds.
fn build_folder() -> Result<PathBuf> {
    Ok(paths::target()?.join("tools-build"))
}

/// Removes the target folder of the builds: about a gigabyte, which is not needed afterwards.
pub(super) fn remove_build_folder() -> Result<()> {
    let folder = build_folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Finds the tool in its version on PATH or under target/tools, or installs it there.
fn ensure_installed(tool: &CargoTool<'_>, may_download: bool) -> Result<PathBuf> {
    let root = paths::tools()?;
    let file = format!("{}{}", tool.program, env::consts::EXE_SUFFIX);
    let installed = root.join("bin").join(file);
    let candidates = process::on_path(tool.program)
        .into_iter()
        .chain([installed.clone()]);
    for candidate in candidates {
        if has_version(&candidate, tool.version) {
            return Ok(candidate);
        }
    }
    if !(may_download && download(tool, &root)) {
        build(tool, &root)?;
    }
    ensure!(
        has_version(&installed, tool.version),
        "{} was installed, but its version is not {}",
        installed.display(),
        tool.version
    );
    Ok(installed)
}

fn has_version(program: &Path, version: &str) -> bool {
    // Trunk 0.21 exits with an error at NO_COLOR=1.
    let mut command = Command::new(program);
    let output = process::output(command.arg("--version").env_remove("NO_COLOR"));
    output.is_ok_and(|output| output.split_whitespace().nth(1) == Some(version))
}

/// Whether cargo-binstall is there and has installed a prebuilt copy.
fn download(tool: &CargoTool<'_>, root: &Path) -> bool {
    if !process::succeeds(process::cargo().args(["binstall", "-V"])) {
        return false;
    }
    let package = format!("{}@{}", tool.package, tool.version);
    console::print_step("set-up", &format!("{package}: through cargo-binstall"));
    let mut install = process::cargo();
    install
        .args(["binstall", "--no-confirm", "--force", "--root"])
        .arg(root);
    match process::run(install.arg(package)) {
        Ok(()) => true,
        Err(error) => {
            console::print_step("set-up", &format!("no prebuilt copy: {error:#}"));
            false
        }
    }
}

fn build(tool: &CargoTool<'_>, root: &Path) -> Result<()> {
    let package = format!("{}@{}", tool.package, tool.version);
    console::print_step(
        "set-up",
        &format!("{package}: building it from source (some minutes, once)"),
    );
    let mut install = process::cargo();
    install.args(["install", "--force", "--root"]).arg(root);
    // One target folder for all tools compiles their common dependencies once.
    install.arg("--target-dir").arg(build_folder()?);
    // The tools run for seconds, so compiling them quickly matters more than their speed.
    install
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", tool.work.opt_level());
    process::run(install.args(tool.flags).arg(package))
}
