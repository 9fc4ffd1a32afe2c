//! The WASM target's standard library: the toolchain's own, rustup's, or built from source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use rustc_build_sysroot::{BuildMode, SysrootBuilder, SysrootConfig};

use super::{may_use_rustup, rust_src};
use crate::console::{self, Heartbeat};
use crate::{child, paths, tools};

/// What `rustc -vV` says: all there is to know about which compiler this is.
pub(super) fn rustc_version() -> Result<String> {
    child::output(Command::new("rustc").arg("-vV"))
        .context("no Rust compiler: install Rust and start again")
}

/// Makes sure that WASM can be compiled. Returns the folder to pass as `--sysroot`, or none where
/// the toolchain has the target itself.
pub(super) fn ensure(rustc: &str) -> Result<Option<PathBuf>> {
    let note = paths::notes()?.join("wasm-target");
    let own = paths::target()?.join("wasm32-sysroot");
    if let Some(known) = remembered(&note, rustc, &own) {
        return Ok(known);
    }
    let found = if compiles(None)? {
        None
    } else if own.is_dir() && compiles(Some(&own))? {
        Some(own)
    } else if may_use_rustup() && added_by_rustup()? {
        None
    } else {
        build(rustc, &own)?;
        ensure!(
            compiles(Some(&own))?,
            "the std built from source does not compile a WASM file"
        );
        Some(own)
    };
    let which = if found.is_some() { "own" } else { "toolchain" };
    fs::write(&note, format!("{which}\n{rustc}"))?;
    Ok(found)
}

/// The answer of last time, if the compiler is still the same.
fn remembered(note: &Path, rustc: &str, own: &Path) -> Option<Option<PathBuf>> {
    let text = fs::read_to_string(note).ok()?;
    let (which, compiler) = text.split_once('\n')?;
    match which {
        "toolchain" if compiler == rustc => Some(None),
        "own" if compiler == rustc && own.is_dir() => Some(Some(own.to_owned())),
        _other_compiler => None,
    }
}

/// Whether a tiny file compiles and links. rustup's list would not do: it knows nothing of a
/// target that came with a distribution, and there are toolchains without rustup.
fn compiles(sysroot: Option<&Path>) -> Result<bool> {
    let dir = paths::notes()?.join("probe");
    fs::create_dir_all(&dir)?;
    let source = dir.join("probe.rs");
    fs::write(&source, "pub fn probe() { println!(\"std is there\") }\n")?;
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--crate-type=cdylib", "--target", tools::WASM, "--out-dir"])
        .arg(&dir);
    if let Some(sysroot) = sysroot {
        rustc.arg("--sysroot").arg(sysroot);
    }
    let compiles = child::succeeds(rustc.arg(&source));
    fs::remove_dir_all(&dir)?;
    Ok(compiles)
}

fn added_by_rustup() -> Result<bool> {
    let why = "because the page is WASM and the toolchain cannot compile it yet";
    console::say("set-up", &format!("{}: through rustup, {why}", tools::WASM));
    if let Err(error) = child::logged(
        "rustup",
        Command::new("rustup").args(["target", "add", tools::WASM]),
    ) {
        console::say(
            "set-up",
            &format!("{}: not through rustup: {error:#}", tools::WASM),
        );
        return Ok(false);
    }
    compiles(None)
}

/// Builds the target's std into `sysroot`, with the compiler that is there.
fn build(rustc: &str, sysroot: &Path) -> Result<()> {
    ensure!(
        !sysroot.to_string_lossy().contains(char::is_whitespace),
        "{} has a space in it, and cargo would split it there: move the checkout",
        sysroot.display()
    );
    console::say(
        "set-up",
        &format!(
            "{}: building its std from source, because the page is WASM and rustup is not to be \
             used (half a minute, once)",
            tools::WASM
        ),
    );
    let source = rust_src::find(rustc)?;
    // Left over from another compiler, if it is there at all.
    if sysroot.exists() {
        fs::remove_dir_all(sysroot)?;
    }
    // Without this, every panic's place in the std would put this machine's folders in the page.
    let commit = field(rustc, "commit-hash").unwrap_or("unknown");
    let remap = format!(
        "--remap-path-prefix={}=/rustc/{commit}/library",
        source.display()
    );
    let mut heartbeat = Heartbeat::start();
    let builder = thread::spawn({
        let (source, sysroot) = (source.clone(), sysroot.to_owned());
        move || {
            let mut cargo = child::cargo();
            // The std may use what is unstable; our own code gets no such leave.
            cargo.env("RUSTC_BOOTSTRAP", "1");
            SysrootBuilder::new(&sysroot, tools::WASM)
                .build_mode(BuildMode::Build)
                .sysroot_config(SysrootConfig::WithStd {
                    std_features: Vec::new(),
                })
                // Fat LTO, which the page is built with, wants it.
                .rustflag("-Cembed-bitcode=yes")
                .rustflag(remap)
                .cargo(cargo)
                .build_from_source(&source)
        }
    });
    while !builder.is_finished() {
        thread::sleep(Duration::from_millis(50));
        heartbeat.beat(|| format!("compiling std for {}", tools::WASM));
    }
    heartbeat.clear();
    let built = builder
        .join()
        .map_err(|_panic| anyhow!("the std's source is not as expected"))?;
    built.with_context(|| format!("the std in {} cannot be built", source.display()))?;
    rust_src::remove_unpacked()?;
    let time = console::human(heartbeat.elapsed());
    console::say("set-up", &format!("{}: done in {time}", tools::WASM));
    Ok(())
}

/// A field of what `rustc -vV` says.
pub(super) fn field<'a>(rustc: &'a str, name: &str) -> Option<&'a str> {
    rustc
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
