//! The source of the Rust library in exactly the compiler's version.
//!
//! Without rustup, Debian's package `rust-src` has it. xtask downloads it with apt in a
//! configuration of its own and only unpacks it: the machine's apt and packages stay as they are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{console, paths, process, versions};

/// The environment variable that names the source's folder if it cannot be found otherwise.
const OVERRIDE: &str = "PARLOR_RUST_SRC";

/// The files that Debian's releases keep its keys in.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
];

/// The `library` folder of the source of the compiler's `release`.
pub(super) fn find(release: &str) -> Result<PathBuf> {
    if let Some(dir) = env::var_os(OVERRIDE) {
        let dir = PathBuf::from(dir);
        ensure!(
            is_library(&dir),
            "{OVERRIDE} is {}, which is not the `library` folder of Rust's source",
            dir.display()
        );
        return Ok(dir);
    }
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let component = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if is_library(&component) {
        return Ok(component);
    }
    from_debian(release).with_context(|| {
        format!(
            "the source of Rust {release}'s library was not found: run \
             `rustup target add {}`, or set {OVERRIDE} to the `library` folder of that source",
            versions::WASM
        )
    })
}

/// Removes the unpacked source: 430 MB that are not needed once std is built.
pub(super) fn remove_unpacked() -> Result<()> {
    let dir = scratch()?;
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
}

fn scratch() -> Result<PathBuf> {
    Ok(paths::target()?.join("rust-src"))
}

fn is_library(dir: &Path) -> bool {
    dir.join("std/Cargo.toml").is_file()
}

fn from_debian(release: &str) -> Result<PathBuf> {
    for program in ["apt-get", "dpkg-deb"] {
        ensure!(
            process::on_path(program).is_some(),
            "this machine has no {program}"
        );
    }
    let mirror = mirror()?;
    let keyring = KEYRINGS.iter().find(|file| Path::new(file).is_file());
    let signed_by = keyring
        .map(|file| format!("[signed-by={file}] "))
        .unwrap_or_default();
    let apt = Apt::new(scratch()?)?;
    for suite in versions::RUST_SRC_SUITES {
        let source = format!("deb {signed_by}{mirror} {suite} main\n");
        fs::write(apt.dir.join("sources.list"), source)?;
        let Some(version) = apt.version_of_rust_src(release) else {
            continue;
        };
        console::print_step(
            "set-up",
            &format!("rust-src {version}: from Debian's {suite}"),
        );
        let unpacked = apt.download_and_unpack(&format!("rust-src={version}"))?;
        let library = unpacked.join(format!("usr/src/rustc-{release}/library"));
        ensure!(
            is_library(&library),
            "Debian's rust-src has no {}",
            library.display()
        );
        return Ok(library);
    }
    let suites = versions::RUST_SRC_SUITES.join(", ");
    bail!("Debian has no rust-src {release} in {suites}")
}

/// The Debian mirror that this machine's apt uses.
fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]);
    let uris = process::output(&mut targets)?;
    let is_debian = |uri: &&str| uri.trim_end_matches('/').ends_with("/debian");
    let uri = uris.lines().find(is_debian);
    Ok(uri
        .context("this machine's apt has no Debian mirror")?
        .to_owned())
}

/// apt with a sources.list, package lists and a cache of its own, all in one folder.
struct Apt {
    dir: PathBuf,
}

impl Apt {
    fn new(dir: PathBuf) -> Result<Self> {
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        for part in ["lists/partial", "cache/archives/partial", "package"] {
            fs::create_dir_all(dir.join(part))?;
        }
        Ok(Self { dir })
    }

    fn command(&self, program: &str) -> Command {
        let mut apt = Command::new(program);
        for (option, path) in [
            ("Dir::Etc::sourcelist", self.dir.join("sources.list")),
            ("Dir::Etc::sourceparts", "/dev/null".into()),
            ("Dir::State::Lists", self.dir.join("lists")),
            ("Dir::Cache", self.dir.join("cache")),
        ] {
            apt.arg("-o").arg(format!("{option}={}", path.display()));
        }
        // apt's own user may not be allowed to read the checkout.
        apt.args(["-o", "APT::Sandbox::User=root"])
            .current_dir(self.dir.join("package"));
        apt
    }

    /// The version of the suite's package that is the compiler's `release`, if there is one: for
    /// 1.95.0 that is 1.95.0+dfsg1-2, but not 1.95.01. None if the suite cannot be read.
    fn version_of_rust_src(&self, release: &str) -> Option<String> {
        let mut update = self.command("apt-get");
        let update = process::run(update.args(["update", "-o", "APT::Update::Error-Mode=any"]));
        if let Err(error) = update {
            console::print_step("set-up", &format!("rust-src: {error:#}"));
            return None;
        }
        let mut madison = self.command("apt-cache");
        let table = process::output(madison.args(["madison", "rust-src"])).ok()?;
        let mut versions = table
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(str::trim);
        let is_release = |version: &&str| {
            version
                .strip_prefix(release)
                .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
        };
        versions.find(is_release).map(str::to_owned)
    }

    /// Downloads a package and returns the folder with its files.
    fn download_and_unpack(&self, package: &str) -> Result<PathBuf> {
        process::run(self.command("apt-get").args(["download", package]))?;
        let mut files = fs::read_dir(self.dir.join("package"))?;
        let file = files.next().context("apt downloaded nothing")??.path();
        let unpacked = self.dir.join("unpacked");
        let mut dpkg = Command::new("dpkg-deb");
        process::run(dpkg.arg("-x").arg(file).arg(&unpacked))?;
        Ok(unpacked)
    }
}
