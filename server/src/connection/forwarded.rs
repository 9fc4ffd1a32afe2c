//! Reads the headers in which reverse proxies name the clients that they forward for.
//!
//! `X-Forwarded-For` has no specification: proxies append an address, some with a port, some with
//! IPv6 in brackets. `Forwarded` is RFC 7239.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom a proxy forwarded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    Address(IpAddr),
    /// A name that the proxy made up, `unknown`, or nothing that can be read.
    Unknown,
}

/// What the values of `X-Forwarded-For` name, in order.
pub(crate) fn x_forwarded_for_hops(values: &[&str]) -> Vec<Hop> {
    let nodes = values.iter().flat_map(|value| value.split(','));
    let nodes = nodes.map(str::trim).filter(|node| !node.is_empty());
    nodes.map(|node| hop(node.trim_matches('"'))).collect()
}

/// What the values of `Forwarded` name, in order.
pub(crate) fn forwarded_hops(values: &[&str]) -> Vec<Hop> {
    let elements = values.iter().flat_map(|value| split(value, ','));
    let elements = elements.filter(|element| !element.trim().is_empty());
    elements.map(forwarded_for).collect()
}

/// The node that an element of `Forwarded` names with `for`, if it names exactly one.
fn forwarded_for(element: &str) -> Hop {
    let mut nodes = split(element, ';').into_iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then_some(value.trim())
    });
    match (nodes.next(), nodes.next()) {
        (Some(node), None) => unquoted(node).map_or(Hop::Unknown, |node| hop(&node)),
        _ => Hop::Unknown,
    }
}

/// The parts of a text between separators that are not within quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|c| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match c {
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return !is_quoted && c == separator,
        }
        false
    })
    .collect()
}

/// A token as it is, or what a quoted string quotes; `None` if the quotes do not match.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let mut chars = rest.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    Some(text)
}

/// The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or
/// `[2001:db8::1]:80`. An IPv6 address may have a zone.
fn hop(node: &str) -> Hop {
    let address = match node.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .filter(|(_, port)| port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
            .and_then(|(address, _)| ipv6(address)),
        None => node.parse().ok().or_else(|| ipv6(node)).or_else(|| {
            let (address, port) = node.rsplit_once(':')?;
            let address: Ipv4Addr = address.parse().ok()?;
            is_port(port).then_some(address.into())
        }),
    };
    address.map_or(Hop::Unknown, |address| Hop::Address(address.to_canonical()))
}

fn ipv6(text: &str) -> Option<IpAddr> {
    let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// A port, or a name in its place that a proxy made up (RFC 7239, section 6.3).
fn is_port(text: &str) -> bool {
    text.starts_with('_') || text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hops: &[Hop], expected: &[&str]) {
        let texts = hops.iter().map(|hop| match hop {
            Hop::Address(address) => address.to_string(),
            Hop::Unknown => "?".to_owned(),
        });
        assert_eq!(texts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn x_forwarded_for_is_read_in_every_form_that_proxies_write() {
        let values = [
            "192.0.2.1, 192.0.2.2:8080,192.0.2.3",
            "2001:db8::1,[2001:db8::2] ,  [2001:db8::3]:443",
            "fe80::1%eth0, [fe80::2%25eth0]:1, ::ffff:192.0.2.4, \"192.0.2.5\", \"[2001:db8::4]:1\"",
            "",
            "unknown, _hidden, 192.0.2.1:x, [192.0.2.1], [2001:db8::1, 2001:db8::1]:80, 1.2.3, a.b",
        ];
        let expected = [
            "192.0.2.1",
            "192.0.2.2",
            "192.0.2.3",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8::3",
            "fe80::1",
            "fe80::2",
            "192.0.2.4",
            "192.0.2.5",
            "2001:db8::4",
            "?",
            "?",
            "?",
            "?",
            "?",
            "?",
            "?",
            "?",
        ];
        check(&x_forwarded_for_hops(&values), &expected);
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_has_it() {
        let cases: [(&str, &[&str]); 12] = [
            (
                "for=192.0.2.43, for=198.51.100.17",
                &["192.0.2.43", "198.51.100.17"],
            ),
            ("For=\"[2001:db8:cafe::17]:4711\"", &["2001:db8:cafe::17"]),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", &["192.0.2.60"]),
            ("by=203.0.113.43 ; FOR = \"192.0.2.60:80\"", &["192.0.2.60"]),
            ("for=\"192.0.2.1:_port\"", &["192.0.2.1"]),
            (
                "for=unknown, for=_hidden, for=\"_SEVKISEK\"",
                &["?", "?", "?"],
            ),
            ("proto=https", &["?"]),
            ("for=192.0.2.1;for=192.0.2.2", &["?"]),
            ("host=\"a,b;for=1.1.1.1\";for=192.0.2.1, ,", &["192.0.2.1"]),
            ("for=\"192.0.2.\\1\"", &["192.0.2.1"]),
            ("for=\", for=192.0.2.1", &["?"]),
            ("", &[]),
        ];
        for (value, expected) in cases {
            check(&forwarded_hops(&[value]), expected);
        }
        check(
            &forwarded_hops(&["for=1.1.1.1", "for=2.2.2.2"]),
            &["1.1.1.1", "2.2.2.2"],
        );
    }
}
