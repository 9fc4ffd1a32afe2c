//! The path at which the server is hosted, where a host has other things as well.

use std::{fmt, str::FromStr};

/// Longest such path, in bytes.
const BASE_PATH_BYTES_MAX: usize = 200;

/// The path at which the server is hosted, without a slash at its end: empty, or such as `/chat`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// Not such a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a base path begins with a slash and has letters, digits and -._~ in its parts: /chat")]
pub struct BasePathInvalid;

impl FromStr for BasePath {
    type Err = BasePathInvalid;

    fn from_str(text: &str) -> Result<Self, BasePathInvalid> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
        let is_part = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && part.chars().all(is_plain)
        };
        let mut parts = path.split('/');
        let begins_with_slash = parts.next() == Some("") && text.starts_with('/');
        if begins_with_slash && parts.all(is_part) && path.len() <= BASE_PATH_BYTES_MAX {
            Ok(Self(path.to_owned()))
        } else {
            Err(BasePathInvalid)
        }
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BasePath {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the server has its host for itself.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of a request's path is below this one, from its slash on. `None` if it is not below.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.as_str())?;
        rest.starts_with('/').then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_a_plain_path() {
        let parsed = |text: &str| text.parse::<BasePath>().map(|base| base.to_string());
        for (text, path) in [("/", ""), ("/chat", "/chat"), ("/a/b.c/", "/a/b.c")] {
            assert_eq!(parsed(text), Ok(path.to_owned()));
        }
        let long = format!("/{}", "x".repeat(BASE_PATH_BYTES_MAX));
        for text in [
            "", "chat", "//", "/a//b", "/..", "/./a", "/a b", "/a\"b", "/a?b", &long,
        ] {
            assert_eq!(parsed(text), Err(BasePathInvalid), "{text}");
        }
    }

    #[test]
    fn only_what_is_behind_its_slash_is_below() {
        let base: BasePath = "/chat".parse().unwrap();
        assert_eq!(base.below("/chat/r/x"), Some("/r/x"));
        assert_eq!(base.below("/chat/"), Some("/"));
        for path in ["/chat", "/chatter/", "/", "/r/chat/"] {
            assert_eq!(base.below(path), None, "{path}");
        }
        assert_eq!(BasePath::default().below("/r/x"), Some("/r/x"));
    }
}
