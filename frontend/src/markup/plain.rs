//! A text without its markup.

use crate::markup::{
    blocks::parse,
    tree::{Block, Inline},
};

/// The text as a reader sees it, without its marks.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    push_blocks(&parse(text), &mut plain);
    plain
}

fn push_blocks(blocks: &[Block], plain: &mut String) {
    for block in blocks {
        start_line(plain);
        match block {
            Block::Paragraph(parts) => push_inlines(parts, plain),
            Block::Quote(blocks) => push_blocks(blocks, plain),
            Block::List { items, .. } => {
                for item in items {
                    start_line(plain);
                    plain.push_str(&item.marker);
                    plain.push(' ');
                    push_inlines(&item.parts, plain);
                }
            }
            Block::Code { language, text } => {
                plain.push_str(language);
                start_line(plain);
                plain.push_str(text);
            }
        }
    }
}

fn push_inlines(parts: &[Inline], plain: &mut String) {
    for part in parts {
        match part {
            Inline::Text(text) | Inline::Code(text) | Inline::Link(text) => plain.push_str(text),
            Inline::Marked(_, parts) => push_inlines(parts, plain),
            Inline::NamedLink { parts, host, .. } => {
                push_inlines(parts, plain);
                if let Some(host) = host {
                    plain.push_str(" (");
                    plain.push_str(host);
                    plain.push(')');
                }
            }
        }
    }
}

fn start_line(plain: &mut String) {
    if !plain.is_empty() && !plain.ends_with('\n') {
        plain.push('\n');
    }
}
