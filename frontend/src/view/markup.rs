//! A message's text as the document has it: of these elements and no others, each made here.

use parlor_frontend::markup::{Block, Inline, Mark, parse};

use super::pieces::*;

/// A message's text.
pub(super) fn text(text: &str) -> AnyView {
    let given = [("class", "text"), ("dir", "auto")];
    element("div", &given, blocks(parse(text)))
}

fn blocks(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph(parts) => element("p", &[], inlines(parts)),
        Block::Quote(inner) => element("blockquote", &[], blocks(inner)),
        Block::Code { language, text } => {
            let code = element("code", &[], vec![text.into_any()]);
            let given = [("dir", "ltr"), ("data-language", &language)];
            let named = if language.is_empty() { 1 } else { 2 };
            element("pre", &given[..named], vec![code])
        }
    }
}

fn inlines(parts: Vec<Inline>) -> Vec<AnyView> {
    parts.into_iter().map(inline).collect()
}

fn inline(part: Inline) -> AnyView {
    match part {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => element("code", &[], vec![text.into_any()]),
        Inline::Link(address) => link(address),
        Inline::Marked(mark, parts) => {
            let tag = match mark {
                Mark::Bold => "strong",
                Mark::Star | Mark::Underscore => "em",
                Mark::Strike => "s",
            };
            element(tag, &[], inlines(parts))
        }
    }
}

/// The tree has addresses of `http` and `https` only.
fn link(address: String) -> AnyView {
    let shown = address.clone().into_any();
    let given = [
        ("href", &*address),
        ("target", "_blank"),
        ("rel", "noopener noreferrer"),
    ];
    element("a", &given, vec![shown])
}
