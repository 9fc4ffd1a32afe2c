//! `cargo xtask bench`: the release server beside other servers.

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::versions::{BENCHED, NpmPackage};
use crate::{process, release, setup};

/// Builds the server and the benchmark, gets from npm what `--with` names, and runs the benchmark.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let wanted = wanted(args)?;
    let mut args: Vec<OsString> = args.iter().map(OsString::from).collect();
    if !wanted.is_empty() {
        args.push("--packages".into());
        args.push(setup::for_bench(&wanted)?.into());
    }
    let mut command = release::command_with_server("parlor-bench", &args)?;
    // Every scenario is run where none is named.
    let names_nodes = args.iter().any(|arg| arg == "nodes");
    if names_nodes
        || args
            .iter()
            .all(|arg| arg.to_string_lossy().starts_with("--"))
    {
        command.env("NATS_SERVER", setup::nats_server()?);
    }
    process::run(&mut command)
}

/// The packages that `--with` names: `--with bun,ws` or `--with=bun`, as often as one likes.
fn wanted(args: &[String]) -> Result<Vec<NpmPackage>> {
    let mut wanted = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let names = match arg.strip_prefix("--with") {
            Some("") => args.next().map(String::as_str).unwrap_or_default(),
            Some(rest) if rest.starts_with('=') => &rest[1..],
            Some(_) | None => continue,
        };
        for name in names.split(',') {
            let Some(package) = BENCHED.iter().find(|package| package.name == name) else {
                let known = BENCHED.map(|package| package.name).join(", ");
                bail!("--with knows no '{name}', only {known}");
            };
            wanted.push(*package);
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_with_names_is_wanted_and_nothing_else() -> Result<()> {
        let wanted = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            let names = wanted(&args)?.into_iter().map(|package| package.name);
            anyhow::Ok(names.collect::<Vec<_>>())
        };
        assert_eq!(wanted(&["busy", "--rounds", "3"])?, [""; 0]);
        assert_eq!(
            wanted(&["--with", "bun,socket.io", "busy"])?,
            ["bun", "socket.io"]
        );
        assert_eq!(wanted(&["busy", "--with=ws"])?, ["ws"]);
        for args in [&["--with", "deno"][..], &["--with"], &["--with=bun,"]] {
            assert!(wanted(args).is_err(), "{args:?}");
        }
        Ok(())
    }
}
