//! `cargo xtask fuzz`: runs a target with inputs that libFuzzer makes up, beginning with those that
//! are kept, and keeps what it finds.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, ensure};
use clap::Parser;
use parlor_fuzz_targets::{TARGETS, Target, corpus, target};

/// The longest input that is tried, in bytes: a frame may be longer, but finds nothing new by that.
const TRIED_BYTES_MAX: u32 = 4_096;
/// How long one input may take before it counts as a hang, in seconds.
const HANG_SECONDS: u32 = 10;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask fuzz", bin_name = "cargo xtask fuzz")]
struct CommandLine {
    /// The targets to run, one after the other [default: all]
    targets: Vec<String>,
    /// Run each for this long
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u32,
    /// Write the inputs that reach everything which was reached into fuzz/corpus
    #[arg(long)]
    keep: bool,
    /// The folder that has cargo-fuzz
    #[arg(long, value_name = "FOLDER", hide = true)]
    tools: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let CommandLine {
        targets,
        seconds,
        keep,
        tools,
    } = CommandLine::parse();
    let targets = chosen(&targets)?;
    let fuzzer = Fuzzer {
        path: path_with(tools)?,
        triple: triple()?,
    };
    let mut failed = Vec::new();
    for target in targets {
        fuzzer.build(target)?;
        if !fuzzer.run(target, seconds)? {
            failed.push(target.name);
        } else if keep {
            fuzzer.keep(target)?;
        }
    }
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        let failed = failed.join(", ");
        eprintln!("{failed}: the input that broke it is the file named above");
        ExitCode::FAILURE
    })
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<Target>> {
    if names.is_empty() {
        return Ok(TARGETS.to_vec());
    }
    let known = TARGETS.map(|target| target.name).join(", ");
    let find = |name: &String| {
        target(name).with_context(|| format!("there is no target {name}, only {known}"))
    };
    names.iter().map(find).collect()
}

/// PATH with this folder in front.
fn path_with(tools: Option<PathBuf>) -> anyhow::Result<std::ffi::OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let folders = tools.into_iter().chain(env::split_paths(&inherited));
    Ok(env::join_paths(folders)?)
}

/// This machine's target, as the nightly compiler names it.
fn triple() -> anyhow::Result<String> {
    let output = nightly("rustc").arg("-vV").output()?;
    ensure!(
        output.status.success(),
        "fuzzing needs a nightly compiler: `rustup toolchain install nightly`"
    );
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let triple = output.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(triple.context("rustc does not say its host")?.to_owned())
}

/// A command of the nightly toolchain. Nothing of the one that runs this reaches it.
fn nightly(program: &str) -> Command {
    let mut command = Command::new(program);
    command.arg("+nightly");
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let is_of_cargo = name.starts_with("CARGO_") && name != "CARGO_HOME";
        if is_of_cargo || ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN"].contains(&name.as_ref()) {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Builds and runs targets.
struct Fuzzer {
    path: std::ffi::OsString,
    triple: String,
}

/// Where everything of the runs is, below the root of the repository.
const FOLDER: &str = "target/fuzz";

impl Fuzzer {
    fn build(&self, target: Target) -> anyhow::Result<()> {
        let mut build = nightly("cargo");
        build
            .env("PATH", &self.path)
            // The workspace has no unsafe code of its own that the address sanitizer could watch,
            // and is twice as fast without.
            .args(["fuzz", "build", "--fuzz-dir", "fuzz", "--sanitizer", "none"])
            .arg("--target-dir")
            .arg(env::current_dir()?.join(FOLDER).join("build"))
            .arg(target.name);
        let status = build.status().context("cargo can't be run")?;
        ensure!(status.success(), "{} can't be built", target.name);
        Ok(())
    }

    fn program(&self, target: Target) -> Command {
        let build = Path::new(FOLDER).join("build").join(&self.triple);
        Command::new(build.join("release").join(target.name))
    }

    /// Runs the target; says whether every property held.
    fn run(&self, target: Target, seconds: u32) -> anyhow::Result<bool> {
        let folder = Path::new(FOLDER).join(target.name);
        let (seeds, found) = (folder.join("seeds"), folder.join("found"));
        if seeds.exists() {
            fs::remove_dir_all(&seeds)?;
        }
        fs::create_dir_all(&seeds)?;
        fs::create_dir_all(&found)?;
        let kept = fs::read_to_string(kept(target)).unwrap_or_default();
        for (at, input) in corpus::parse(&kept)?.iter().enumerate() {
            fs::write(seeds.join(at.to_string()), input)?;
        }
        let mut program = self.program(target);
        program
            .args([&found, &seeds])
            .arg(format!("-artifact_prefix={}/", folder.display()))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={TRIED_BYTES_MAX}"))
            .arg(format!("-timeout={HANG_SECONDS}"))
            .arg("-print_final_stats=1");
        Ok(program.status()?.success())
    }

    /// Keeps the fewest inputs that reach all that was reached.
    fn keep(&self, target: Target) -> anyhow::Result<()> {
        let folder = Path::new(FOLDER).join(target.name);
        let merged = folder.join("merged");
        if merged.exists() {
            fs::remove_dir_all(&merged)?;
        }
        fs::create_dir_all(&merged)?;
        let mut program = self.program(target);
        program
            .args([&merged, &folder.join("seeds"), &folder.join("found")])
            .args([
                "-merge=1".to_owned(),
                format!("-max_len={}", corpus::INPUT_BYTES_MAX),
            ]);
        ensure!(program.status()?.success(), "the inputs can't be merged");
        let files = fs::read_dir(&merged)?.map(|file| Ok(fs::read(file?.path())?));
        let inputs = files.collect::<anyhow::Result<Vec<_>>>()?;
        let path = kept(target);
        fs::write(&path, corpus::format(inputs))?;
        println!("{}: kept", path.display());
        Ok(())
    }
}

/// The file with the inputs of a target that are kept.
fn kept(target: Target) -> PathBuf {
    Path::new("fuzz/corpus")
        .join(target.name)
        .with_extension("txt")
}
