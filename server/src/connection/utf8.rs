//! Checks a text's UTF-8 as its bytes come, wherever they are cut.

use std::str;

/// The check of one text.
#[derive(Debug, Default)]
pub(crate) struct Utf8Check {
    /// The beginning of a character whose other bytes have not come.
    cut: [u8; 4],
    cut_len: usize,
}

/// Bytes that no UTF-8 text has in this place, whatever follows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not UTF-8")]
pub(crate) struct NotUtf8;

impl Utf8Check {
    /// Checks the text's next bytes.
    ///
    /// # Errors
    /// [`NotUtf8`] as soon as a byte does not fit.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), NotUtf8> {
        while self.cut_len > 0
            && let Some((&next, rest)) = bytes.split_first()
        {
            self.cut[self.cut_len] = next;
            self.cut_len += 1;
            bytes = rest;
            self.cut_len = incomplete(&self.cut[..self.cut_len])?.len();
        }
        let cut = incomplete(bytes)?;
        if !cut.is_empty() {
            self.cut[..cut.len()].copy_from_slice(cut);
            self.cut_len = cut.len();
        }
        Ok(())
    }

    /// Whether the text does not end within a character.
    pub(crate) fn is_complete(&self) -> bool {
        self.cut_len == 0
    }
}

/// The beginning of a character that ends these bytes; empty if they end with a whole one.
fn incomplete(bytes: &[u8]) -> Result<&[u8], NotUtf8> {
    match str::from_utf8(bytes) {
        Ok(_) => Ok(&[]),
        Err(error) if error.error_len().is_none() => Ok(&bytes[error.valid_up_to()..]),
        Err(_) => Err(NotUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the bytes in pieces of this size.
    fn feed(bytes: &[u8], size: usize) -> Result<bool, NotUtf8> {
        let mut check = Utf8Check::default();
        for piece in bytes.chunks(size) {
            check.feed(piece)?;
        }
        Ok(check.is_complete())
    }

    #[test]
    fn a_text_is_valid_wherever_it_is_cut() {
        let text = "Hello-µ@ßöäüàá-κόσμε-世界-🙂-\u{10FFFF}!!";
        for size in 1..=text.len() {
            assert_eq!(feed(text.as_bytes(), size), Ok(true), "cut every {size}");
        }
        let within = &text.as_bytes()[..text.find('🙂').unwrap() + 2];
        for size in 1..=within.len() {
            assert_eq!(feed(within, size), Ok(false), "cut every {size}");
        }
    }

    #[test]
    fn a_fault_is_met_at_its_byte() {
        // A surrogate, an overlong form, a value past the last character, a lone continuation.
        let faults: [(&[u8], usize); 4] = [
            (b"ab\xED\xA0\x80", 4),
            (b"ab\xC0\xAF", 3),
            (b"ab\xF4\x90\x80\x80", 4),
            (b"ab\x80", 3),
        ];
        for (bytes, fault) in faults {
            assert!(feed(&bytes[..fault - 1], 1).is_ok(), "{bytes:?}");
            assert_eq!(feed(&bytes[..fault], 1), Err(NotUtf8), "{bytes:?}");
            assert_eq!(feed(bytes, bytes.len()), Err(NotUtf8), "{bytes:?}");
        }
    }
}
