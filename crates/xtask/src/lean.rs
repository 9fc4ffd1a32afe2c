//! Takes out of the page what only wasm-bindgen and its readers need: before it is compressed, for no compression can.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stamp;

/// The hash that ends the name of each function which the WASM has from the script.
const HASH_DIGITS: usize = 16;

/// How the name of the WASM ends that Trunk builds.
const WASM_END: &str = "_bg.wasm";

/// Makes the built page in `dir` leaner, and no other.
pub(crate) fn make(dir: &Path) -> Result<()> {
    let files = stamp::files(dir)?;
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
}
