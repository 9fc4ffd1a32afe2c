//! Puts the page below the path at which the server is hosted.
//!
//! The build names the page's files from the host's root on. Here the two files that name others,
//! and have no hash in their own names, get the path in front of each of those names, and are
//! compressed anew; the policy's hashes are made of the result. The page's program and its service
//! worker find the path themselves: in an attribute of the page, and in the worker's own address.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use brotli::{BrotliCompress, enc::BrotliEncoderParams};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::http::base_path::BasePath;

/// The page itself.
pub(super) const INDEX: &str = "index.html";
/// What a browser installs it by.
const MANIFEST: &str = "manifest.webmanifest";

/// Rewrites the files of a page, by their names.
///
/// # Errors
/// Where one can't be compressed.
pub(super) fn rebase(contents: &mut HashMap<String, Bytes>, base: &BasePath) -> io::Result<()> {
    if base.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = contents.keys().cloned().collect();
    for name in [INDEX, MANIFEST] {
        let Some(content) = contents.get(name) else {
            continue;
        };
        let mut text = String::from_utf8_lossy(content).into_owned();
        for (named, quote) in names.iter().flat_map(|named| [(named, '"'), (named, '\'')]) {
            let at_root = format!("{quote}/{named}{quote}");
            text = text.replace(&at_root, &format!("{quote}{base}/{named}{quote}"));
        }
        text = match name {
            INDEX => text.replacen("<html", &format!("<html data-base=\"{base}\""), 1),
            _ => text.replace("\"/\"", &format!("\"{base}/\"")),
        };
        let text = Bytes::from(text);
        contents.insert(format!("{name}.br"), brotli(&text)?);
        contents.insert(format!("{name}.gz"), gzip(&text)?);
        contents.insert(name.to_owned(), text);
    }
    Ok(())
}

fn brotli(mut content: &[u8]) -> io::Result<Bytes> {
    let mut compressed = Vec::new();
    BrotliCompress(
        &mut content,
        &mut compressed,
        &BrotliEncoderParams::default(),
    )?;
    Ok(compressed.into())
}

fn gzip(content: &[u8]) -> io::Result<Bytes> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content)?;
    Ok(gzip.finish()?.into())
}
