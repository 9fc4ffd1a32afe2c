//! Takes out of the page what only wasm-bindgen and its readers need: before it is compressed, for no compression can.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::fingerprint;

/// The hash that ends the name of each function which the WASM has from the script.
const HASH_DIGITS: usize = 16;

/// How the name of a source ends.
const SOURCE_END: &[u8] = b".rs";

/// How the name of the WASM ends that Trunk builds.
const WASM_END: &str = "_bg.wasm";

/// Makes the built page in `dir` leaner, and no other.
pub(crate) fn make(dir: &Path) -> Result<()> {
    let files = fingerprint::files(dir)?;
    let mut wasm = files.iter().filter_map(|file| file.to_str());
    let wasm = wasm
        .find(|file| file.ends_with(WASM_END))
        .context("Trunk built no WASM")?;
    // There are other scripts too; this is the one that loads it.
    let script = wasm.replace(WASM_END, ".js");
    let text = without_remarks(&fs::read_to_string(&script)?);
    let (mut text, mut code) = (text.into_bytes(), fs::read(wasm)?);
    // Random digits cannot be compressed, numbers in a row can. The length stays, so the WASM stays valid.
    let numbers = hashes(&text);
    renumber(&mut text, &numbers);
    renumber(&mut code, &numbers);
    for folder in source_folders() {
        blank(&mut code, folder.as_bytes());
    }
    fs::write(&script, text)?;
    // What the other scripts say to their readers goes too.
    for other in files
        .iter()
        .filter(|file| is_script(file) && !file.ends_with(&script))
    {
        fs::write(other, without_remarks(&fs::read_to_string(other)?))?;
    }
    fs::write(wasm, code)?;
    Ok(())
}

fn is_script(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "js")
}

/// The script without its comments and indentation. wasm-bindgen and we put comments on lines of their own, and no string of
/// the scripts goes over a line's end.
fn without_remarks(script: &str) -> String {
    let is_remark = |line: &str| {
        ["//", "/*", "*/", "* "]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    let lines = script.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !is_remark(line) && *line != "*")
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The hashes in the script, each with the number that takes its place.
fn hashes(script: &[u8]) -> BTreeMap<Vec<u8>, String> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let names = script.split(|byte| !is_name(byte));
    let hashes: BTreeSet<&[u8]> = names
        .filter(|name| name.starts_with(b"__wbg_"))
        .filter_map(|name| name.rsplit(|byte| *byte == b'_').next())
        .filter(|end| end.len() == HASH_DIGITS && end.iter().all(u8::is_ascii_hexdigit))
        .collect();
    let numbers = (0..).map(|number: u32| format!("{number:0HASH_DIGITS$}"));
    hashes
        .into_iter()
        .map(<[u8]>::to_vec)
        .zip(numbers)
        .collect()
}

/// Puts the numbers in place of the hashes, wherever one ends a name.
fn renumber(text: &mut [u8], numbers: &BTreeMap<Vec<u8>, String>) {
    for at in 1..text.len().saturating_sub(HASH_DIGITS) {
        let end = &mut text[at..at + HASH_DIGITS];
        if let Some(number) = numbers.get(end) {
            end.copy_from_slice(number.as_bytes());
        }
    }
}

/// Where the sources lie on this machine that are not ours. The WASM names them for what a panic says, which in a browser
/// nobody is shown; and they are no reader's business.
fn source_folders() -> Vec<String> {
    let cargo = env::var("CARGO_HOME").ok();
    let cargo = cargo.or_else(|| Some(format!("{}/.cargo", env::var("HOME").ok()?)));
    let registry = cargo.map(|cargo| format!("{cargo}/registry/src/"));
    registry.into_iter().chain(["/rustc/".to_owned()]).collect()
}

/// Puts nothing in place of each source file's name that begins so. The length stays here too.
fn blank(code: &mut [u8], folder: &[u8]) {
    let mut at = 0;
    while let Some(from) = find(&code[at..], folder) {
        let name = &mut code[at + from..];
        let length = name.iter().take_while(|byte| byte.is_ascii_graphic());
        let end = find(&name[..length.count()], SOURCE_END);
        let length = end.map_or(0, |end| end + SOURCE_END.len());
        name[..length].fill(0);
        at += from + length.max(1);
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_the_same_on_both_sides_and_what_is_said_goes() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let name = "__wbg_call_a6e5c5dce5018821";
        let script = format!(
            "/**\n * Why.\n */\n    {name}: function() {{\n    // So.\n        call();\n    }},\n"
        );
        fs::write(dir.path().join("page.js"), script)?;
        fs::write(dir.path().join("page_bg.wasm"), format!("\0asm {name} \0"))?;
        fs::write(dir.path().join("sw.js"), "// Why.\n  act();\n")?;
        make(dir.path())?;
        let read = |file: &str| fs::read_to_string(dir.path().join(file));
        let name = "__wbg_call_0000000000000000";
        assert_eq!(
            read("page.js")?,
            format!("{name}: function() {{\ncall();\n}},\n")
        );
        assert_eq!(read("sw.js")?, "act();\n");
        assert_eq!(read("page_bg.wasm")?, format!("\0asm {name} \0"));
        Ok(())
    }

    #[test]
    fn the_places_of_sources_go_and_what_stands_around_them_stays() {
        let mut code = b"oops/src/a-1/b.rs\0/src/ two.rs/ws/src/c.rs.rs".to_vec();
        blank(&mut code, b"/src/");
        let (first, last) = (
            "\0".repeat("/src/a-1/b.rs".len()),
            "\0".repeat("/src/c.rs".len()),
        );
        let left = format!("oops{first}\0/src/ two.rs/ws{last}.rs");
        assert_eq!(String::from_utf8_lossy(&code), left);
    }
}
