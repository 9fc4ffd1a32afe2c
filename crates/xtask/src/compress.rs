//! Compresses the files of the page at build time, so that the server never has to.

use std::fmt;
use std::fs;
use std::io::Write;
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

/// The size of the page in bytes: of its files, and of what a browser downloads.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sizes {
    /// Uncompressed.
    pub(crate) raw: u64,
    /// With brotli for the files that have a compressed form.
    pub(crate) brotli: u64,
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

/// The sum of all files below `dir`.
pub(crate) fn sizes(dir: &Path) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    for file in files(dir)? {
        if file
            .extension()
            .is_some_and(|end| end == "br" || end == "gz")
        {
            continue;
        }
        let raw = fs::metadata(&file)?.len();
        sizes.raw += raw;
        sizes.brotli +=
            fs::metadata(with_suffix(&file, "br")).map_or(raw, |compressed| compressed.len());
    }
    Ok(sizes)
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
