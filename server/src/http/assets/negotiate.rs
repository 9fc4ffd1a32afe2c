//! Which form of a file a client gets (RFC 9110, sections 12.5.3 and 13.1.2).

use bytes::Bytes;

/// A form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// Its name in `Content-Encoding`; the plain form has none.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What tells its tag from that of the file's other forms.
    pub(super) fn tag_suffix(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gz",
            Self::Identity => "",
        }
    }
}

/// The first of the available forms, best first, that an `Accept-Encoding` header takes.
pub(super) fn choose<'a>(
    accepted: &str,
    available: [(Encoding, Option<&'a Bytes>); 3],
) -> Option<(Encoding, &'a Bytes)> {
    available.into_iter().find_map(|(encoding, body)| {
        let takes = encoding.name().is_none_or(|name| takes(accepted, name));
        body.filter(|_| takes).map(|body| (encoding, body))
    })
}

fn takes(accepted: &str, name: &str) -> bool {
    let mut any = false;
    for item in accepted.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0))
        });
        if coding.eq_ignore_ascii_case(name) {
            return !refused;
        }
        any |= coding == "*" && !refused;
    }
    any
}

/// Whether an `If-None-Match` header names this tag.
pub(super) fn matches_tag(header: &str, etag: &str) -> bool {
    let tags = header.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
        .any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_best_form_it_takes() {
        let body = Bytes::from_static(b"x");
        let chosen = |accepted: &str| {
            let all = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];
            choose(accepted, all.map(|encoding| (encoding, Some(&body))))
                .unwrap()
                .0
        };
        assert_eq!(chosen("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(chosen("gzip, br;q=0"), Encoding::Gzip);
        assert_eq!(chosen("*"), Encoding::Brotli);
        assert_eq!(chosen("br;q=0.0, *;q=0.5"), Encoding::Gzip);
        assert_eq!(chosen("deflate"), Encoding::Identity);
        assert_eq!(chosen(""), Encoding::Identity);
    }

    #[test]
    fn a_known_tag_is_recognised() {
        assert!(matches_tag("\"a\", W/\"b-br\"", "\"b-br\""));
        assert!(!matches_tag("\"b\"", "\"b-br\""), "another form");
    }
}
