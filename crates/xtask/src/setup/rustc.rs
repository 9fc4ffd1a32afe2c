//! The Rust compiler of this machine, and whether xtask may ask rustup to extend it.

use std::env;
use std::fmt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The compiler's identity: the output of `rustc -vV`.
#[derive(Debug)]
pub(super) struct Rustc(String);

impl Rustc {
    /// Asks the `rustc` on PATH.
    pub(super) fn find() -> Result<Self> {
        let output = process::output(Command::new("rustc").arg("-vV"));
        Ok(Self(output.context("no Rust compiler: install Rust")?))
    }

    /// The version, such as 1.95.0.
    pub(super) fn release(&self) -> Result<&str> {
        self.field("release").context("`rustc -vV` has no release")
    }

    /// The processor of this machine, as targets name it, such as x86_64.
    pub(super) fn processor(&self) -> Result<&str> {
        let host = self.field("host").context("`rustc -vV` has no host")?;
        Ok(host.split('-').next().unwrap_or(host))
    }

    /// The commit that the compiler was built from. A distribution's compiler may not know it.
    pub(super) fn commit_hash(&self) -> &str {
        self.field("commit-hash").unwrap_or("unknown")
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl fmt::Display for Rustc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether xtask may run rustup. With `RUSTUP_AUTO_INSTALL=0` the owner of the machine wants no
/// downloads of rustup's, and xtask runs no rustup command at all.
pub(super) fn may_use_rustup() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && process::on_path("rustup").is_some()
}
