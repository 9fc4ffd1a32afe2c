//! The inputs that are kept: for each target a text file, one input a line, its bytes escaped as in
//! a string of Rust.

use std::{fmt, str::Chars};

/// The most inputs that are kept of a target.
pub const INPUTS_MAX: usize = 150;
/// The longest input that is kept, in bytes.
pub const INPUT_BYTES_MAX: usize = 400;

/// A line that is no input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineInvalid {
    /// Its number, from 1.
    pub line: usize,
}

impl fmt::Display for LineInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not bytes as Rust escapes them", self.line)
    }
}

impl std::error::Error for LineInvalid {}

/// The inputs in the text of a file.
///
/// # Errors
/// [`LineInvalid`] names the first line that is none.
pub fn parse(text: &str) -> Result<Vec<Vec<u8>>, LineInvalid> {
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| unescaped(line).ok_or(LineInvalid { line: at + 1 }))
        .collect()
}

/// The text of a file with these inputs, shorter ones first. Of many, [`INPUTS_MAX`] of all lengths
/// up to [`INPUT_BYTES_MAX`] are kept.
#[must_use]
pub fn format(mut inputs: Vec<Vec<u8>>) -> String {
    inputs.retain(|input| !input.is_empty() && input.len() <= INPUT_BYTES_MAX);
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.dedup();
    let count = inputs.len().min(INPUTS_MAX);
    let lines = (0..count).map(|n| {
        let input = &inputs[n * inputs.len() / count];
        format!("{}\n", input.escape_ascii())
    });
    lines.collect()
}

fn unescaped(line: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chars = line.chars();
    while let Some(next) = chars.next() {
        bytes.push(match next {
            '\\' => escape(&mut chars)?,
            plain if plain.is_ascii() => plain as u8,
            _other => return None,
        });
    }
    Some(bytes)
}

/// What follows a backslash.
fn escape(chars: &mut Chars<'_>) -> Option<u8> {
    Some(match chars.next()? {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        quoted @ ('\\' | '\'' | '"') => quoted as u8,
        'x' => {
            let (high, low) = (chars.next()?.to_digit(16)?, chars.next()?.to_digit(16)?);
            u8::try_from(high * 16 + low).ok()?
        }
        _other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_read_as_they_were_kept() {
        let all: Vec<u8> = (0..=255).collect();
        let mut inputs = vec![all, b"\\x41".to_vec(), b"a".to_vec()];
        let text = format(inputs.clone());
        inputs.sort_by_key(Vec::len);
        assert_eq!(parse(&text), Ok(inputs));
    }

    #[test]
    fn few_and_short_inputs_are_kept() {
        let many = (0..1_000_u32).map(|n| n.to_be_bytes().to_vec());
        let long = vec![0; INPUT_BYTES_MAX + 1];
        let kept = parse(&format(many.chain([long, Vec::new()]).collect()));
        assert_eq!(kept.map(|kept| kept.len()), Ok(INPUTS_MAX));
    }

    #[test]
    fn a_line_that_is_no_input_is_named() {
        for bad in ["\\", "\\x4", "\\xZZ", "\\q", "ä"] {
            let text = format!("fine\n{bad}\n");
            assert_eq!(parse(&text), Err(LineInvalid { line: 2 }), "{bad}");
        }
    }
}
