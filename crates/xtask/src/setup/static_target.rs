//! The target of static binaries: musl, for the processor of this machine.

use std::process::Command;

use anyhow::{Result, ensure};

use super::rustc::{Rustc, may_use_rustup};
use crate::{console, paths, process};

/// Makes sure that the compiler can compile for musl, and that the C of SQLite and of the allocator
/// can be. Returns the target.
pub(super) fn ensure(rustc: &Rustc) -> Result<String> {
    let target = format!("{}-unknown-linux-musl", rustc.processor()?);
    ensure!(
        process::on_path("musl-gcc").is_some(),
        "PATH has no musl-gcc, which a static binary needs: install it (Debian: `sudo apt-get \
         install musl-tools`)"
    );
    if can_compile(&target)? {
        return Ok(target);
    }
    ensure!(
        may_use_rustup(),
        "the toolchain has no std for {target}: run `rustup target add {target}`"
    );
    console::print_step("set-up", &format!("{target}: through rustup"));
    process::run(Command::new("rustup").args(["target", "add", &target]))?;
    Ok(target)
}

/// Compiles and links a small program.
fn can_compile(target: &str) -> Result<bool> {
    let dir = paths::state()?.join("static-probe");
    std::fs::create_dir_all(&dir)?;
    let source = dir.join("probe.rs");
    std::fs::write(&source, "fn main() {}\n")?;
    let mut rustc = Command::new("rustc");
    rustc.args(["--target", target, "--out-dir"]).arg(&dir);
    let succeeds = process::succeeds(rustc.arg(&source));
    std::fs::remove_dir_all(&dir)?;
    Ok(succeeds)
}
