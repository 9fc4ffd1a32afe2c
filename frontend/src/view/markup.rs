//! A message's text as elements. The parser's tree has only the kinds below, and each element is
//! made here: nothing that a user writes becomes markup.

use leptos::prelude::*;
use parlor_frontend::{
    emoji::is_emoji_alone,
    event::Event,
    markup::{Block, Inline, Item, Mark, href, parse},
    mention::{Mentioned, Piece, pieces},
    texts,
};

use crate::browser::store::use_store;

/// A message's text.
#[component]
pub(super) fn MessageText(
    /// The text as its author wrote it.
    text: String,
    /// The mentions in it.
    mentions: Vec<Mentioned>,
) -> impl IntoView {
    let class = match is_emoji_alone(&text) {
        true => "text jumbo",
        false => "text",
    };
    view! { <div class=class dir="auto">{blocks(parse(&text), &mentions)}</div> }.into_any()
}

fn blocks(blocks: Vec<Block>, mentions: &[Mentioned]) -> AnyView {
    let block = |part| block(part, mentions);
    blocks.into_iter().map(block).collect_view().into_any()
}

fn block(block: Block, mentions: &[Mentioned]) -> AnyView {
    match block {
        Block::Paragraph(parts) => view! { <p>{inlines(parts, mentions)}</p> }.into_any(),
        Block::Quote(inner) => {
            view! { <blockquote>{blocks(inner, mentions)}</blockquote> }.into_any()
        }
        Block::List { is_ordered, items } => {
            let item = |part| item(part, mentions);
            let items = items.into_iter().map(item).collect_view();
            match is_ordered {
                true => view! { <ol>{items}</ol> }.into_any(),
                false => view! { <ul>{items}</ul> }.into_any(),
            }
        }
        Block::Code { language, text } => view! { <CodeBlock language code=text/> }.into_any(),
    }
}

/// A block of code, with a button that copies it.
#[component]
fn CodeBlock(
    /// What stands after the opening fence.
    language: String,
    /// The lines.
    code: String,
) -> impl IntoView {
    let store = use_store();
    let language = (!language.is_empty()).then_some(language);
    let copied = code.clone();
    view! {
        <div class="code-block" dir="ltr">
            <pre data-language=language><code>{code}</code></pre>
            <button
                type="button"
                class="copy-code"
                data-testid="copy-code"
                aria-label=texts::copy_code()
                title=texts::copy_code()
                on:click=move |_| store.dispatch(Event::CopyRequested(copied.clone()))
            ></button>
        </div>
    }
    .into_any()
}

/// An item of a list. One with a number keeps its own, so that nothing is shown that nobody wrote.
fn item(item: Item, mentions: &[Mentioned]) -> AnyView {
    let Item {
        level,
        marker,
        parts,
    } = item;
    let number = marker.strip_suffix('.').map(str::to_owned);
    let level = (level > 0).then(|| level.to_string());
    view! { <li data-level=level value=number>{inlines(parts, mentions)}</li> }.into_any()
}

fn inlines(parts: Vec<Inline>, mentions: &[Mentioned]) -> AnyView {
    let inline = |part| inline(part, mentions);
    parts.into_iter().map(inline).collect_view().into_any()
}

fn inline(part: Inline, mentions: &[Mentioned]) -> AnyView {
    match part {
        Inline::Text(text) if mentions.is_empty() => text.into_any(),
        Inline::Text(text) => {
            let pieces = pieces(&text, mentions).into_iter();
            pieces.map(piece).collect_view().into_any()
        }
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        // The parser makes links of `http`, `https` and `mailto` addresses only.
        Inline::Link(address) => {
            let href = href(&address);
            view! { <a href=href target="_blank" rel="noopener noreferrer">{address}</a> }
                .into_any()
        }
        Inline::NamedLink { parts, href, host } => {
            let parts = inlines(parts, &[]);
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
            let parts = inlines(parts, mentions);
            match mark {
                Mark::Bold => view! { <strong>{parts}</strong> }.into_any(),
                Mark::Star | Mark::Underscore => view! { <em>{parts}</em> }.into_any(),
                Mark::Strike => view! { <s>{parts}</s> }.into_any(),
            }
        }
    }
}

fn piece(piece: Piece) -> AnyView {
    match piece {
        Piece::Text(text) => text.into_any(),
        Piece::Mention(Mentioned { text, is_you }) => {
            view! { <bdi class="mention" class:of-you=is_you>{text}</bdi> }.into_any()
        }
    }
}
