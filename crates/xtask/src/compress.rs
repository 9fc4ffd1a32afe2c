//! Compresses the files of the page at build time, so that the server never has to.

use std::fmt;
use std::fs;
use std::io::Write;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::fingerprint::{files, read};

/// The file types that compress well. Pictures and fonts are compressed already.
const EXTENSIONS: [&str; 9] = [
    "css",
    "html",
    "js",
    "json",
    "map",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
];

/// The size of files in bytes: of the files themselves, and of what a browser downloads.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sizes {
    /// Uncompressed.
    pub(crate) raw: u64,
    /// With brotli for the files that have a compressed form.
    pub(crate) brotli: u64,
}

impl AddAssign for Sizes {
    fn add_assign(&mut self, other: Self) {
        self.raw += other.raw;
        self.brotli += other.brotli;
    }
}

/// A file that the page fetches when it first needs it, and not when it is opened.
#[derive(Debug)]
pub(crate) struct LaterFile {
    /// Its path within the page.
    pub(crate) name: String,
    /// What it weighs.
    pub(crate) sizes: Sizes,
}

/// The files of the page, by when a browser fetches them.
#[derive(Debug, Default)]
pub(crate) struct PageSizes {
    /// All that the page is opened with.
    pub(crate) first_load: Sizes,
    /// What is fetched when it is first needed.
    pub(crate) later: Vec<LaterFile>,
}

impl fmt::Display for PageSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first_load)?;
        for LaterFile { name, sizes } in &self.later {
            write!(f, "; later, when it is needed, {name}: {sizes}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: u64| bytes as f64 / 1000.0;
        write!(
            f,
            "{:.0} KB, {:.0} KB with brotli",
            kb(self.raw),
            kb(self.brotli)
        )
    }
}

/// Writes FILE.br and FILE.gz beside every file below `dir` that compresses well.
pub(crate) fn compress_files(dir: &Path) -> Result<()> {
    for file in files(dir)?.iter().filter(|file| is_compressible(file)) {
        let raw = read(file)?;
        write(&with_suffix(file, "br"), &brotli(&raw)?)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&raw)?;
        write(&with_suffix(file, "gz"), &gzip.finish()?)?;
    }
    Ok(())
}

/// The folder of the files that the page fetches when the room is shown, or when it first needs
/// them: the later part of the program, texts in another language, the table of emoji.
const LATER: &str = "later";

/// The sizes of all files below `dir`: those in [`LATER`], and all others as the first load.
pub(crate) fn sizes(dir: &Path) -> Result<PageSizes> {
    let mut page = PageSizes::default();
    let ends_with = |file: &Path, end| file.extension().is_some_and(|extension| extension == end);
    for file in files(dir)? {
        if ends_with(&file, "br") || ends_with(&file, "gz") {
            continue;
        }
        let raw = fs::metadata(&file)?.len();
        let compressed = fs::metadata(with_suffix(&file, "br"));
        let brotli = compressed.map_or(raw, |compressed| compressed.len());
        let sizes = Sizes { raw, brotli };
        let path = file.strip_prefix(dir).unwrap_or(&file);
        if path.starts_with(LATER) {
            let name = path.display().to_string();
            page.later.push(LaterFile { name, sizes });
        } else {
            page.first_load += sizes;
        }
    }
    Ok(page)
}

fn is_compressible(file: &Path) -> bool {
    file.extension()
        .is_some_and(|end| EXTENSIONS.iter().any(|known| end == *known))
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn brotli(raw: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &raw[..], &mut compressed, &params)?;
    Ok(compressed)
}

fn write(file: &Path, content: &[u8]) -> Result<()> {
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}
