//! The set-up: finds what a command needs and gets what the machine lacks.

mod axe;
mod browser;
mod cargo_tool;
mod components;
mod npm;
mod rust_src;
mod wasm_opt;
mod wasm_target;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use browser::Browser;

use crate::{console, paths, tools};

/// What builds the page.
#[derive(Debug)]
pub(crate) struct PageTools {
    trunk: PathBuf,
    /// PATH with wasm-bindgen and wasm-opt on it, where Trunk looks for them.
    path: OsString,
    /// The folder with the WASM target's std, where the toolchain has none itself.
    sysroot: Option<PathBuf>,
    /// The versions of all of the above, as one text.
    pub(crate) versions: String,
}

impl PageTools {
    /// A Trunk that finds the other tools and the target.
    pub(crate) fn trunk(&self) -> Command {
        let mut trunk = Command::new(&self.trunk);
        trunk
            .env("PATH", &self.path)
            .env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Trunk 0.21 stops at NO_COLOR=1, which it wants to be "true"; this says the same.
        if env::var_os("NO_COLOR").is_some() {
            trunk.env_remove("NO_COLOR");
            trunk
                .env("TRUNK_COLOR", "never")
                .env("CARGO_TERM_COLOR", "never");
        }
        self.with_wasm_target(&mut trunk);
        trunk
    }

    /// Lets the command, which runs cargo, compile for WASM.
    pub(crate) fn with_wasm_target(&self, command: &mut Command) {
        if let Some(sysroot) = &self.sysroot {
            let mut flags = OsString::from("--sysroot ");
            flags.push(sysroot);
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        }
    }
}

/// All set-up there is.
pub(crate) fn everything() -> Result<()> {
    let started = Instant::now();
    for_page()?;
    for_tests()?;
    let time = console::human(started.elapsed());
    console::say("set-up", &format!("everything is there ({time})"));
    Ok(())
}

/// What building the page takes.
pub(crate) fn for_page() -> Result<PageTools> {
    let _alone = alone()?;
    let rustc = wasm_target::rustc_version()?;
    let wasm_bindgen_version = tools::wasm_bindgen()?;
    let sysroot = wasm_target::ensure(&rustc)?;
    let trunk = cargo_tool::ensure(&cargo_tool::trunk())?;
    let wasm_bindgen = cargo_tool::ensure(&cargo_tool::wasm_bindgen(&wasm_bindgen_version))?;
    let wasm_opt = wasm_opt::ensure()?;
    cargo_tool::remove_build_folder()?;

    let own = [&wasm_bindgen, &wasm_opt].map(|tool| tool.parent().map(PathBuf::from));
    let inherited = env::var_os("PATH").unwrap_or_default();
    let dirs = own
        .into_iter()
        .flatten()
        .chain(env::split_paths(&inherited));
    let path = env::join_paths(dirs).context("PATH has a folder that cannot be on it")?;
    let versions = format!(
        "{rustc}{} {wasm_bindgen_version} {}",
        tools::TRUNK,
        tools::BINARYEN
    );
    Ok(PageTools {
        trunk,
        path,
        sysroot,
        versions,
    })
}

/// What the tests of the page take.
#[derive(Debug)]
pub(crate) struct TestTools {
    /// What opens the page.
    pub(crate) browser: Browser,
    /// The script that looks for what bars people from it.
    pub(crate) axe: PathBuf,
}

/// What the checks and tests take beyond the page's tools.
pub(crate) fn for_tests() -> Result<TestTools> {
    components::ensure()?;
    Ok(TestTools {
        browser: browser::ensure()?,
        axe: axe::ensure()?,
    })
}

/// Waits until no other xtask sets up in the same target folder; the lock ends with the file.
fn alone() -> Result<File> {
    let lock = File::create(paths::notes()?.join("lock"))?;
    if lock.try_lock().is_err() {
        console::say("set-up", "waiting for another xtask to be done with it");
        lock.lock().context("cannot wait for the other xtask")?;
    }
    Ok(lock)
}

/// Whether rustup may be asked for anything: where its owner has switched off its downloads, no
/// rustup command is run at all, not even one that would only look.
fn may_use_rustup() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && crate::child::on_path("rustup").is_some()
}
