//! The markup of any text: nothing is lost, and each part has something to see.

use parlor_frontend::markup::{Block, Inline, Item, parse, plain};
use parlor_shared::{characters::has_visible, limits::TEXT_CHARS_MAX};
use proptest::prelude::*;

/// A text without white space and the characters of marks.
fn without_marks(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !"*_~`>".contains(*c);
    text.chars().filter(kept).collect()
}

/// Whether a block has something to see, and each part of it that has an element of its own.
fn is_block_visible(block: &Block) -> bool {
    fn is_visible(part: &Inline) -> bool {
        match part {
            Inline::Text(_) => true,
            Inline::Code(text) | Inline::Link(text) => has_visible(text),
            Inline::Marked(_, parts) | Inline::NamedLink { parts, .. } => {
                parts.iter().any(|part| match part {
                    Inline::Text(text) => has_visible(text),
                    Inline::Code(_)
                    | Inline::Link(_)
                    | Inline::NamedLink { .. }
                    | Inline::Marked(..) => true,
                }) && parts.iter().all(is_visible)
            }
        }
    }
    match block {
        Block::Paragraph(parts) => parts.iter().all(is_visible),
        Block::Quote(blocks) => !blocks.is_empty() && blocks.iter().all(is_block_visible),
        Block::Code { language, text } => has_visible(language) || has_visible(text),
        Block::List { items, .. } => {
            let has_something = |item: &Item| {
                item.parts.iter().all(is_visible)
                    && item.parts.iter().any(|part| match part {
                        Inline::Text(text) => has_visible(text),
                        Inline::Code(_)
                        | Inline::Link(_)
                        | Inline::NamedLink { .. }
                        | Inline::Marked(..) => true,
                    })
            };
            items.iter().all(has_something)
        }
    }
}

/// Every character of a text as the tree has it, with the addresses of named links.
fn all(text: &str) -> String {
    fn add(parts: &[Inline], all: &mut String) {
        for part in parts {
            match part {
                Inline::Text(text) | Inline::Code(text) | Inline::Link(text) => all.push_str(text),
                Inline::Marked(_, parts) => add(parts, all),
                Inline::NamedLink { parts, href, .. } => {
                    all.push('[');
                    add(parts, all);
                    all.push_str("](");
                    all.push_str(href);
                    all.push(')');
                }
            }
        }
    }
    fn add_blocks(blocks: &[Block], all: &mut String) {
        for block in blocks {
            match block {
                Block::Paragraph(parts) => add(parts, all),
                Block::Quote(blocks) => add_blocks(blocks, all),
                Block::List { items, .. } => {
                    for item in items {
                        all.push_str(&item.marker);
                        add(&item.parts, all);
                    }
                }
                Block::Code { language, text } => {
                    all.push_str(language);
                    all.push_str(text);
                }
            }
        }
    }
    let mut written = String::new();
    add_blocks(&parse(text), &mut written);
    written
}

proptest! {
    #[test]
    fn no_text_with_lists_and_named_links_is_lost(
        text in r#"(- |1\. |\* |  |\[|\]|\(|\)|\]\(https://x\.y\)|mailto:a@b|[*_~`> \n]|a|www\.|\.|é){0,40}"#
    ) {
        // The scheme of a named link to a host is not written.
        let written = without_marks(&all(&text)).replace("https://www.", "www.");
        prop_assert_eq!(written, without_marks(&text).replace("https://www.", "www."));
    }


    #[test]
    fn no_text_with_marks_is_lost(text in r#"([*_~`> \n]|a|é|http://|https://x\.y|[().,]|```|\*\*|\PC){0,60}"#) {
        prop_assert_eq!(without_marks(&all(&text)), without_marks(&text));
    }

    #[test]
    fn no_text_is_lost(text in any::<String>()) {
        prop_assert_eq!(without_marks(&all(&text)), without_marks(&text));
    }

    #[test]
    fn where_a_text_has_something_to_see_the_row_has(text in r"([*_~`> \n\\#-]|a|\u{200B}|\u{3164}|\u{2800}|```|\*\*|~~|> ){0,16}") {
        prop_assert_eq!(has_visible(&plain(&text)), has_visible(&text), "{:?}", plain(&text));
    }

    #[test]
    fn each_part_of_a_row_has_something_to_see(text in r"([*_~`> \n]|a|\u{200B}|```|\*\*|~~|> ){0,16}") {
        prop_assume!(has_visible(&text));
        let blocks = parse(&text);
        prop_assert!(blocks.iter().all(is_block_visible), "{:?}", blocks);
    }

    #[test]
    fn text_without_marks_is_a_paragraph(text in "[a-gi-zà-ü0-9 .,!?<>&#\\-]{1,40}") {
        prop_assume!(!text.starts_with('>') && !text.trim().is_empty());
        // No list, and no host.
        prop_assume!(!text.trim_start().starts_with(|c: char| c == '-' || c.is_ascii_digit()));
        prop_assume!(!text.contains("www."));
        prop_assert_eq!(parse(&text), [Block::Paragraph(vec![Inline::Text(text)])]);
    }
}

#[test]
fn the_longest_texts_of_marks_are_parsed_in_one_pass() {
    for marks in [
        "*",
        "**a ",
        "*a ",
        "_a*b ",
        "~~a",
        "`",
        "a` ``b ",
        "> ",
        "```\n",
        "http://",
        "http://a)",
        "http://a@",
        "http://[a",
        "http://(",
        "ahttp://",
        "http://a是",
        "*a **b ~~c _d ",
        "[",
        "[a",
        "[a]",
        "[a](",
        "[](http://",
        "[a](http://(",
        "[a](http://a",
        "[a](mailto:a",
        "[a](mailto:a@b",
        "[a](https://a.b)",
        "[**a](https://a.b)",
        "- ",
        "- a\n",
        "1. a\n",
        "www.",
        "www.a(",
        "www.a.b ",
    ] {
        let text = marks.repeat(TEXT_CHARS_MAX / marks.len());
        assert_eq!(without_marks(&all(&text)), without_marks(&text), "{marks}");
    }
}
