//! A message's text as the document has it: of these elements and no others, each made here.

use leptos::prelude::*;
use parlor_frontend::markup::{Block, Inline, Mark, read};

use super::pieces::element;

/// A message's text.
pub(super) fn text(text: &str) -> AnyView {
    let given = vec![("class", "text".to_owned()), ("dir", "auto".to_owned())];
    element("div", given, blocks(read(text)))
}

fn blocks(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph(parts) => element("p", vec![], inlines(parts)),
        Block::Quote(inner) => element("blockquote", vec![], blocks(inner)),
        Block::Code { language, text } => {
            let code = element("code", vec![], vec![text.into_any()]);
            let mut given = vec![("dir", "ltr".to_owned())];
            if !language.is_empty() {
                given.push(("data-language", language));
            }
            element("pre", given, vec![code])
        }
    }
}

fn inlines(parts: Vec<Inline>) -> Vec<AnyView> {
    parts.into_iter().map(inline).collect()
}

fn inline(part: Inline) -> AnyView {
    match part {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => element("code", vec![], vec![text.into_any()]),
        Inline::Link(address) => link(address),
        Inline::Marked(mark, parts) => {
            let tag = match mark {
                Mark::Bold => "strong",
                Mark::Star | Mark::Underscore => "em",
                Mark::Strike => "s",
            };
            element(tag, vec![], inlines(parts))
        }
    }
}

/// The tree has addresses of `http` and `https` only.
fn link(address: String) -> AnyView {
    let given = vec![
        ("href", address.clone()),
        ("target", "_blank".to_owned()),
        ("rel", "noopener noreferrer".to_owned()),
    ];
    element("a", given, vec![address.into_any()])
}
