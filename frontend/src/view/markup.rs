//! A message's text as the document has it: of these elements and no others, each made here.

use leptos::prelude::*;
use parlor_frontend::markup::{Block, Inline, Mark, read};

/// A message's text.
pub(super) fn text(text: &str) -> AnyView {
    view! { <div class="text" dir="auto">{blocks(read(text))}</div> }.into_any()
}

fn blocks(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph(parts) => view! { <p dir="auto">{inlines(parts)}</p> }.into_any(),
        Block::Quote(inner) => view! { <blockquote>{blocks(inner)}</blockquote> }.into_any(),
        Block::Code { language, text } => {
            let named = (!language.is_empty()).then_some(language);
            view! { <pre dir="ltr" data-language=named><code>{text}</code></pre> }.into_any()
        }
    }
}

fn inlines(parts: Vec<Inline>) -> Vec<AnyView> {
    parts.into_iter().map(inline).collect()
}

fn inline(part: Inline) -> AnyView {
    match part {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        Inline::Link(address) => {
            let shown = address.clone();
            view! { <a href=address target="_blank" rel="noopener noreferrer">{shown}</a> }
                .into_any()
        }
        Inline::Marked(mark, parts) => {
            let inner = inlines(parts);
            match mark {
                Mark::Bold => view! { <strong>{inner}</strong> }.into_any(),
                Mark::Star | Mark::Underscore => view! { <em>{inner}</em> }.into_any(),
                Mark::Strike => view! { <s>{inner}</s> }.into_any(),
            }
        }
    }
}
