//! What a node is called, among several.

use std::{fmt, str::FromStr};

use parlor_shared::limits::NODE_NAME_BYTES_MAX;

/// What a node is called: letters, digits, `-`, `_` and `.`, at most [`NODE_NAME_BYTES_MAX`] of
/// them. People see it in the page's connection details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeName(String);

/// A text that is no name of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node's name has 1 to {NODE_NAME_BYTES_MAX} letters, digits, -, _ and . alone")]
pub struct NodeNameInvalid;

impl FromStr for NodeName {
    type Err = NodeNameInvalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let is_name = (1..=NODE_NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(is_part);
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(NodeNameInvalid)
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_s_name_is_short_and_plain() {
        let longest = "n".repeat(NODE_NAME_BYTES_MAX);
        for good in ["1", "eu-west_2.a", &longest] {
            assert_eq!(good.parse::<NodeName>().unwrap().to_string(), good);
        }
        let too_long = format!("{longest}n");
        for bad in ["", "a b", "ä", "a\n", &too_long] {
            assert_eq!(bad.parse::<NodeName>(), Err(NodeNameInvalid));
        }
    }
}
