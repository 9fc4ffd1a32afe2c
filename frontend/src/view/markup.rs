//! A message's text as elements. The parser's tree has only the kinds below, and each element is
//! made here: nothing that a user writes becomes markup.

use leptos::prelude::*;
use parlor_frontend::markup::{Block, Inline, Item, Mark, href, parse};

/// A message's text.
#[component]
pub(super) fn MessageText(
    /// The text as its author wrote it.
    text: String,
) -> impl IntoView {
    view! { <div class="text" dir="auto">{blocks(parse(&text))}</div> }.into_any()
}

fn blocks(blocks: Vec<Block>) -> AnyView {
    blocks.into_iter().map(block).collect_view().into_any()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph(parts) => view! { <p>{inlines(parts)}</p> }.into_any(),
        Block::Quote(inner) => view! { <blockquote>{blocks(inner)}</blockquote> }.into_any(),
        Block::List { is_ordered, items } => {
            let items = items.into_iter().map(item).collect_view();
            match is_ordered {
                true => view! { <ol>{items}</ol> }.into_any(),
                false => view! { <ul>{items}</ul> }.into_any(),
            }
        }
        Block::Code { language, text } => {
            let language = (!language.is_empty()).then_some(language);
            view! { <pre dir="ltr" data-language=language><code>{text}</code></pre> }.into_any()
        }
    }
}

/// An item of a list. One with a number keeps its own, so that nothing is shown that nobody wrote.
fn item(item: Item) -> AnyView {
    let Item {
        level,
        marker,
        parts,
    } = item;
    let number = marker.strip_suffix('.').map(str::to_owned);
    let level = (level > 0).then(|| level.to_string());
    view! { <li data-level=level value=number>{inlines(parts)}</li> }.into_any()
}

fn inlines(parts: Vec<Inline>) -> AnyView {
    parts.into_iter().map(inline).collect_view().into_any()
}

fn inline(part: Inline) -> AnyView {
    match part {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        // The parser makes links of `http`, `https` and `mailto` addresses only.
        Inline::Link(address) => {
            let href = href(&address);
            view! { <a href=href target="_blank" rel="noopener noreferrer">{address}</a> }
                .into_any()
        }
        Inline::NamedLink { parts, href, host } => {
            let parts = inlines(parts);
            let host = host.map(|host| view! { " (" <bdi class="host">{host}</bdi> ")" });
            view! {
                <a href=href.clone() title=href target="_blank" rel="noopener noreferrer">
                    {parts}
                </a>
                {host}
            }
            .into_any()
        }
        Inline::Marked(mark, parts) => {
            let parts = inlines(parts);
            match mark {
                Mark::Bold => view! { <strong>{parts}</strong> }.into_any(),
                Mark::Star | Mark::Underscore => view! { <em>{parts}</em> }.into_any(),
                Mark::Strike => view! { <s>{parts}</s> }.into_any(),
            }
        }
    }
}
