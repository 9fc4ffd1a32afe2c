//! Finds where an address ends.
//!
//! Code of our own, because the crate for it does not do it: `linkify` 0.11 takes `」を参照` for a part
//! of the address before it, finds no address in a domain that is not Latin (`.рф`), and leaves
//! out `#part` where no path comes before it.

use parlor_shared::characters::{is_unspaced, is_visible};

use crate::words::is_in_word;

/// The schemes of links.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// How many bytes of the text are an address, from its beginning on; 0 where there is none.
///
/// The address ends before white space, before a closing bracket that it has not opened, and before
/// every sign that is neither ASCII nor a letter: quotes and brackets of all scripts, emoji, and
/// what cannot be seen. The punctuation of the sentence does not belong to it either.
pub(super) fn address_length(text: &str) -> usize {
    let begins_text = |scheme: &&&str| {
        let begin = text.get(..scheme.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    let Some(scheme) = SCHEMES.iter().find(begins_text).copied() else {
        return 0;
    };
    let rest = &text[scheme.len()..];
    // Decided before the rest is read, so that a text of many such beginnings is read once.
    if !(rest.starts_with(is_in_word) || is_ipv6(rest)) {
        return 0;
    }
    let authority = rest.find(['/', '?', '#', '@']).unwrap_or(rest.len());
    let host = open_end(&rest[..authority]);
    // What stands before an @ looks like a host and is none.
    if host == authority && rest[authority..].starts_with('@') {
        return 0;
    }
    // Where the address ends in its host nothing after it is read, so that a text of many such
    // addresses is read once.
    let end = glued(&rest[..host]).unwrap_or_else(|| open_end(rest));
    scheme.len() + rest[..end].trim_end_matches(is_punctuation).len()
}

/// Where the first character stands that cannot be part of an address.
fn open_end(text: &str) -> usize {
    let mut open = [0_u32; 3];
    let ends = |c: char| {
        let closed = match c {
            '(' | '[' | '{' => {
                open[bracket(c)] += 1;
                return false;
            }
            ')' | ']' | '}' => &mut open[bracket(c)],
            '<' | '>' | '"' | '`' | '|' | '\\' | '^' => return true,
            _ => return !is_visible(c) || !c.is_ascii() && !is_in_word(c),
        };
        let is_unopened = *closed == 0;
        *closed = closed.saturating_sub(1);
        is_unopened
    };
    text.find(ends).unwrap_or(text.len())
}

/// Which kind of bracket this is.
fn bracket(c: char) -> usize {
    match c {
        '(' | ')' => 0,
        '[' | ']' => 1,
        _ => 2,
    }
}

/// Where the text goes on without a space after a host, as in `example.com是`: a domain's last label
/// is ASCII, or it is not, and never both.
fn glued(host: &str) -> Option<usize> {
    let label = host.rfind('.').map_or(0, |dot| dot + 1);
    let is_ascii = host[label..].starts_with(|c: char| c.is_ascii());
    let end = host[label..].find(is_unspaced);
    end.filter(|_| is_ascii).map(|end| label + end)
}

/// Whether the text begins with an address of IP version 6 in brackets.
fn is_ipv6(text: &str) -> bool {
    let digits = text.strip_prefix('[').unwrap_or_default();
    let end = digits.find(|c: char| !c.is_ascii_hexdigit() && c != ':' && c != '.');
    end.is_some_and(|end| end > 0 && digits[end..].starts_with(']'))
}

/// Whether a sign at the end of an address is rather one of the sentence's.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '(' | '[' | '{'
    )
}
