//! Finds where an address ends.
//!
//! Code of our own, because the crate for it does not do it: `linkify` 0.11 takes `」を参照` for a part
//! of the address before it, finds no address in a domain that is not Latin (`.рф`), and leaves
//! out `#part` where no path comes before it.

use parlor_shared::characters::{is_unspaced, is_visible};

use crate::{markup::tree::WWW, words::is_in_word};

/// How links begin. The last is a host, which https leads to.
const SCHEMES: [&str; 3] = ["https://", "http://", WWW];
/// How a mail address begins as the address of a named link.
const MAILTO: &str = "mailto:";
/// The longest mail address (RFC 5321).
const MAIL_BYTES_MAX: usize = 254;

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
    let rest = rest[..end].trim_end_matches(is_punctuation);
    if scheme == WWW && !rest.contains('.') {
        return 0;
    }
    scheme.len() + rest.len()
}

/// How many bytes of the text are an address that a named link may lead to; 0 where there is none.
pub(super) fn target_length(text: &str) -> usize {
    let begin = text.get(..MAILTO.len());
    if !begin.is_some_and(|begin| begin.eq_ignore_ascii_case(MAILTO)) {
        return address_length(text);
    }
    let is_of_mail = |c: char| c.is_ascii_alphanumeric() || ".@_+-".contains(c);
    let rest = &text[MAILTO.len()..];
    let length = rest.find(|c| !is_of_mail(c)).unwrap_or(rest.len());
    let mail = rest.get(..length.min(MAIL_BYTES_MAX)).unwrap_or_default();
    match mail.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains('@') => {
            MAILTO.len() + mail.len()
        }
        Some(_) | None => 0,
    }
}

/// Where the link leads, if its name looks like another address: a reader would take that for it.
pub(super) fn host_to_show(name: &str, href: &str) -> Option<String> {
    let is_dot = |c: char| matches!(c, '.' | '。' | '．' | '｡' | '․');
    let mut before = None;
    let mut chars = name.chars().peekable();
    let mut has_host = name.contains(['@', '/']);
    while let Some(c) = chars.next() {
        let is_between =
            before.is_some_and(is_in_word) && chars.peek().is_some_and(|c| is_in_word(*c));
        has_host |= is_dot(c) && is_between;
        before = Some(c);
    }
    let rest = match href.split_once("://") {
        Some((_, rest)) => rest,
        None => &href[MAILTO.len()..],
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_own = [rest, host]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(name.trim()));
    (has_host && !is_own).then(|| host.to_owned())
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
