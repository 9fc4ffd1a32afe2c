//! The tree that a text is parsed into.

use parlor_shared::characters::has_visible;

/// How a host begins that is a link without a scheme.
pub(super) const WWW: &str = "www.";

/// A part of a text that has lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines of text, with their line breaks.
    Paragraph(Vec<Inline>),
    /// Lines that begin with `> `.
    Quote(Vec<Block>),
    /// Lines that begin with `- `, `* ` or `1. `.
    List {
        /// Whether its items have numbers.
        is_ordered: bool,
        /// Its items.
        items: Vec<Item>,
    },
    /// Lines between two fences of three backticks.
    Code {
        /// What stands after the opening fence.
        language: String,
        /// The lines.
        text: String,
    },
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How far it is indented: 0 to [`LEVEL_MAX`].
    pub level: u8,
    /// What stands before it, as it was written: `-`, `*` or `1.`.
    pub marker: String,
    /// Its text.
    pub parts: Vec<Inline>,
}

/// How far an item of a list can be indented.
pub const LEVEL_MAX: u8 = 3;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Text between backticks.
    Code(String),
    /// An `http` or `https` address, or a host that begins with `www.`.
    Link(String),
    /// `[name](address)`.
    NamedLink {
        /// The name. It has no links in it.
        parts: Vec<Inline>,
        /// An `http`, `https` or `mailto` address.
        href: String,
        /// Where the link leads, to be shown beside a name that looks like another address.
        host: Option<String>,
    },
    /// Text between two marks.
    Marked(Mark, Vec<Inline>),
}

/// The marks around a marked part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `**`
    Bold,
    /// `*`
    Star,
    /// `_`
    Underscore,
    /// `~~`
    Strike,
}

impl Mark {
    /// The characters of the mark.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Bold => "**",
            Self::Star => "*",
            Self::Underscore => "_",
            Self::Strike => "~~",
        }
    }

    /// Whether it marks parts of words too. A single star does not, as in `5*3*2`, nor does an
    /// underscore, as in `snake_case`.
    pub(super) fn works_within_words(self) -> bool {
        match self {
            Self::Bold | Self::Strike => true,
            Self::Star | Self::Underscore => false,
        }
    }
}

impl Item {
    /// Whether it has a number.
    pub(super) fn is_ordered(&self) -> bool {
        self.marker.ends_with('.')
    }
}

impl Block {
    /// Whether a reader sees something of it.
    pub(super) fn is_visible(&self) -> bool {
        match self {
            Self::Paragraph(parts) => parts.iter().any(Inline::is_visible),
            Self::Quote(blocks) => blocks.iter().any(Self::is_visible),
            Self::List { items, .. } => {
                let mut parts = items.iter().flat_map(|item| &item.parts);
                parts.any(Inline::is_visible)
            }
            Self::Code { language, text } => has_visible(language) || has_visible(text),
        }
    }
}

impl Inline {
    /// Whether a reader sees something of it.
    pub(super) fn is_visible(&self) -> bool {
        match self {
            Self::Text(text) | Self::Code(text) | Self::Link(text) => has_visible(text),
            Self::Marked(_, parts) | Self::NamedLink { parts, .. } => {
                parts.iter().any(Self::is_visible)
            }
        }
    }
}

/// Where a link leads that shows this address.
#[must_use]
pub fn href(address: &str) -> String {
    match address.get(..WWW.len()) {
        Some(begin) if begin.eq_ignore_ascii_case(WWW) => ["https://", address].concat(),
        Some(_) | None => address.to_owned(),
    }
}

/// Appends text, to the last part where that is text too.
pub(super) fn push_text(parts: &mut Vec<Inline>, more: &str) {
    match parts.last_mut() {
        Some(Inline::Text(text)) => text.push_str(more),
        Some(Inline::Code(_) | Inline::Link(_) | Inline::NamedLink { .. } | Inline::Marked(..))
        | None => parts.push(Inline::Text(more.to_owned())),
    }
}
