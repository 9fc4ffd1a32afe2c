//! Splits off the page's program what is loaded later (`frontend/src/later.rs`).
//!
//! The split works on the module as the compiler leaves it, before wasm-bindgen. Trunk has no step
//! there; but it runs the wasm-bindgen that it finds on PATH, and finds this program under that
//! name ([`bindgen`]): it splits the module and hands the first part to the real wasm-bindgen.
//! After Trunk's build, [`add_to`] puts the other part and the script that loads it into the page.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::fingerprint::{Fingerprint, files, read};
use crate::{paths, process};

/// The feature of the page's crate that marks the parts.
pub(crate) const FEATURE: &str = "split";

/// The linker's flag for the relocations, from which the split learns what refers to what.
pub(crate) const RUSTFLAG: &str = "-Clink-args=--emit-relocs";

/// The variables that tell [`bindgen`] where the real wasm-bindgen and the splitter are.
const REAL_BINDGEN: &str = "PARLOR_WASM_BINDGEN";
const SPLITTER: &str = "PARLOR_WASM_SPLIT";
const OUTPUT: &str = "PARLOR_SPLIT_OUTPUT";

/// The script that loads the later part, as the splitter names it.
const SCRIPT: &str = "__wasm_split.js";

/// The programs that split the page.
#[derive(Debug)]
pub(crate) struct SplitTools {
    /// The real wasm-bindgen.
    pub(crate) bindgen: PathBuf,
    /// The splitter.
    pub(crate) splitter: PathBuf,
    /// wasm-opt, for the later part; without it that part stays as it is.
    pub(crate) wasm_opt: Option<PathBuf>,
}

impl SplitTools {
    /// Has Trunk split the page: it finds this program as wasm-bindgen.
    pub(crate) fn set_env(&self, trunk: &mut Command, path: &std::ffi::OsStr) -> Result<()> {
        let folder = paths::state()?.join("bin");
        fs::create_dir_all(&folder)?;
        let name = format!("wasm-bindgen{}", env::consts::EXE_SUFFIX);
        fs::copy(env::current_exe()?, folder.join(name))
            .context("cannot stand in for wasm-bindgen")?;
        let folders = [folder].into_iter().chain(env::split_paths(path));
        trunk
            .env("PATH", env::join_paths(folders)?)
            .env(REAL_BINDGEN, &self.bindgen)
            .env(SPLITTER, &self.splitter)
            .env(OUTPUT, output()?);
        Ok(())
    }
}

/// The folder of the splitter's output.
fn output() -> Result<PathBuf> {
    Ok(paths::state()?.join("split"))
}

/// Whether Trunk has started this program as wasm-bindgen.
pub(crate) fn is_bindgen() -> bool {
    let program = env::args_os().next().map(PathBuf::from);
    program.is_some_and(|program| {
        program
            .file_stem()
            .is_some_and(|name| name == "wasm-bindgen")
    })
}

/// Splits the module that wasm-bindgen is to work on, and has the real one work on the first part.
pub(crate) fn bindgen() -> Result<()> {
    let variable = |name: &str| env::var_os(name).with_context(|| format!("{name} is not set"));
    let mut args: Vec<String> = env::args().skip(1).collect();
    let mut real = Command::new(variable(REAL_BINDGEN)?);
    let value = |name: &str| args.iter().find_map(|arg| arg.strip_prefix(name));
    if let Some(name) = value("--out-name=") {
        let output = PathBuf::from(variable(OUTPUT)?);
        if output.exists() {
            fs::remove_dir_all(&output)?;
        }
        let first = output.join(format!("{name}.wasm"));
        let module = args.iter().position(|arg| arg.ends_with(".wasm"));
        let module = module.context("Trunk names no module")?;
        let mut splitter = Command::new(variable(SPLITTER)?);
        splitter.arg(&args[module]).arg(&output);
        process::run(splitter.args(["--out-name", name]))?;
        args[module] = first.display().to_string();
        // The later part uses what the first one exports.
        args.push("--keep-lld-exports".to_owned());
    }
    process::run(real.args(args))
}

/// Adds the later part and its script to the page in `dist`.
pub(crate) fn add_to(dist: &Path, wasm_opt: Option<&Path>) -> Result<()> {
    let output = output()?;
    let index = dist.join("index.html");
    let bindgen = named(dist, ".js", "parlor-frontend-")?;
    let module = named(&output, ".wasm", "split_")?;

    if let Some(wasm_opt) = wasm_opt {
        let file = output.join(&module);
        let mut command = Command::new(wasm_opt);
        command
            .args(wasm_opt_args()?)
            .arg(&file)
            .arg("--output")
            .arg(&file);
        process::run(&mut command)?;
    }
    let content = output.join(&module);
    let later = format!("later/later-{}.wasm", hash(&content)?);
    fs::copy(&content, dist.join(&later))?;

    let script_file = output.join(SCRIPT);
    let script = read_text(&script_file)?;
    let script = replaced(&script, "./parlor-frontend.js", &format!("./{bindgen}"))?;
    let script = replaced(&script, &format!("./{module}"), &format!("./{later}"))?;
    fs::write(&script_file, script)?;
    let name = format!("parlor-later-{}.js", hash(&script_file)?);
    fs::copy(&script_file, dist.join(&name))?;

    let bindgen = dist.join(bindgen);
    let imports = replaced(
        &read_text(&bindgen)?,
        &format!("from \"./{SCRIPT}\""),
        &format!("from \"./{name}\""),
    )?;
    fs::write(&bindgen, imports)?;
    // The browser has the script when wasm-bindgen's imports it, and the service worker learns from
    // the page which files belong together.
    let links = format!(
        "<link rel=\"modulepreload\" href=\"/{name}\"><link rel=\"prefetch\" href=\"/{later}\" as=\"fetch\" crossorigin></head>"
    );
    let html = read_text(&index)?;
    fs::write(&index, replaced(&html, "</head>", &links)?)?;
    Ok(())
}

/// The one file of a folder whose name begins and ends with these.
fn named(folder: &Path, end: &str, start: &str) -> Result<String> {
    let names = files(folder)?.into_iter();
    let names = names.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
    let mut names = names.filter(|name| name.starts_with(start) && name.ends_with(end));
    let name = names.next();
    ensure!(
        names.next().is_none(),
        "more than one {start}*{end} in {}",
        folder.display()
    );
    name.with_context(|| format!("no {start}*{end} in {}", folder.display()))
}

/// The arguments with which Trunk runs wasm-opt.
fn wasm_opt_args() -> Result<Vec<String>> {
    let source = read_text(&paths::root()?.join("frontend/index.html"))?;
    let value = |name: &str| {
        let (_, after) = source.split_once(&format!("{name}=\""))?;
        after.split_once('"').map(|(value, _)| value)
    };
    let level = value("data-wasm-opt").context("frontend/index.html lacks data-wasm-opt")?;
    let params = value("data-wasm-opt-params").unwrap_or_default();
    let params = params.split_whitespace().map(str::to_owned);
    Ok([format!("-O{level}")].into_iter().chain(params).collect())
}

fn hash(file: &Path) -> Result<String> {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add_path(file)?;
    Ok(fingerprint.finish())
}

fn replaced(text: &str, what: &str, with: &str) -> Result<String> {
    ensure!(text.contains(what), "the page's build has no {what}");
    Ok(text.replace(what, with))
}

fn read_text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).with_context(|| format!("{} is no text", file.display()))
}
