//! The markup of messages.

use parlor_frontend::markup::{Block, Inline, Mark, parse, plain};
use parlor_shared::{characters::has_visible, limits::TEXT_CHARS_MAX};
use proptest::prelude::*;

/// A tree written as one line, in which text has no name around it.
pub(crate) fn written(text: &str) -> String {
    let blocks = parse(text);
    let all: Vec<String> = blocks.iter().map(block).collect();
    all.join(" | ")
}

fn block(block_of: &Block) -> String {
    match block_of {
        Block::Paragraph(parts) => inlines(parts),
        Block::Quote(blocks) => {
            let all: Vec<String> = blocks.iter().map(block).collect();
            format!("quote[{}]", all.join(" | "))
        }
        Block::Code { language, text } => format!("code:{language}[{text}]"),
    }
}

fn inlines(parts: &[Inline]) -> String {
    parts.iter().map(inline).collect()
}

fn inline(part: &Inline) -> String {
    match part {
        Inline::Text(text) => text.clone(),
        Inline::Code(text) => format!("code[{text}]"),
        Inline::Link(address) => format!("link[{address}]"),
        Inline::Marked(mark, parts) => {
            let name = match mark {
                Mark::Bold => "bold",
                Mark::Star | Mark::Underscore => "italic",
                Mark::Strike => "strike",
            };
            format!("{name}[{}]", inlines(parts))
        }
    }
}

#[test]
fn text_between_two_marks_is_marked() {
    let cases = [
        ("a **b** c", "a bold[b] c"),
        (
            "*a* and _b_, (*c*)!",
            "italic[a] and italic[b], (italic[c])!",
        ),
        ("~~gone~~", "strike[gone]"),
        ("***both***", "bold[italic[both]]"),
        ("**a *b***", "bold[a italic[b]]"),
        ("*a **b***", "italic[a bold[b]]"),
        ("**a ~~b _c_~~**", "bold[a strike[b italic[c]]]"),
        ("`let x = *p;` **`ok`**", "code[let x = *p;] bold[code[ok]]"),
        ("``a ` b``", "code[a ` b]"),
        ("中**粗**文", "中bold[粗]文"),
        ("**a **b**", "**a bold[b]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
}

#[test]
fn characters_that_mark_nothing_are_text() {
    let cases = [
        "5 * 3 * 2 = 30",
        "5*3*2",
        "snake_case_name __init__",
        "**unclosed",
        "a ** b ** c",
        "****",
        "~/home ~/work",
        "`unclosed",
        ":-* _",
        ">:( >5",
        "# no heading",
        "- no list\n- either",
        "<b>no</b> &amp; [no](link)",
        "javascript:alert(1) ftp://files mailto:a@b",
        "http:// https://. xhttp://a.b",
    ];
    for text in cases {
        assert_eq!(written(text), text);
    }
}

#[test]
fn marks_around_nothing_visible_are_shown_as_written() {
    let cases = [
        ">",
        "> ",
        ">\n>",
        "**",
        "****",
        "** **",
        "``",
        "` `",
        "```",
        "```\n```",
        "```\n\n```",
        "~~~~",
        "~~ ~~",
        "#",
        "\\",
        "__",
        "_\u{200B}_",
        "**\u{200B}**",
        "*\u{3164}*",
        "`\u{2800}`",
        "> \u{200B}",
        "a\n>",
        ">\nb",
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter(|text| written(text) != **text)
        .map(|text| format!("{text:?} is {:?}", written(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(written("> a\n>\n> b"), "quote[a\n\nb]");
    assert_eq!(written("> >"), "quote[>]");
    assert_eq!(written("> ****"), "quote[****]");
    assert_eq!(written("> ```\n> ```"), "quote[```\n```]");
    assert_eq!(written("```rust\n```"), "code:rust[]");
}

#[test]
fn quotes_and_code_are_blocks_of_their_own() {
    let cases = [
        (
            "> so *you* say\n> twice\n\nno",
            "quote[so italic[you] say\ntwice] | no",
        ),
        ("> > inner\n> outer", "quote[quote[inner] | outer]"),
        (
            "a\n```rust\nlet x = *p;\n\n> y\n```\nb",
            "a | code:rust[let x = *p;\n\n> y] | b",
        ),
        ("```\nnever closed", "code:[never closed]"),
        ("```x``` is code", "code[x] is code"),
        ("\n\na\n\nb\n", "a\n\nb"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
    let deep = format!("{}x", "> ".repeat(1_000));
    assert!(written(&deep).starts_with("quote[quote[quote[> > "));
}

#[test]
fn plain_text_has_no_marks() {
    assert_eq!(plain("**a** `b`\n> c\n```rust\nd\n```"), "a b\nc\nrust\nd");
}

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
            Inline::Marked(_, parts) => {
                parts.iter().any(|part| match part {
                    Inline::Text(text) => has_visible(text),
                    Inline::Code(_) | Inline::Link(_) | Inline::Marked(..) => true,
                }) && parts.iter().all(is_visible)
            }
        }
    }
    match block {
        Block::Paragraph(parts) => parts.iter().all(is_visible),
        Block::Quote(blocks) => !blocks.is_empty() && blocks.iter().all(is_block_visible),
        Block::Code { language, text } => has_visible(language) || has_visible(text),
    }
}

proptest! {
    #[test]
    fn no_text_with_marks_is_lost(text in r#"([*_~`> \n]|a|é|http://|https://x\.y|[().,]|```|\*\*|\PC){0,60}"#) {
        prop_assert_eq!(without_marks(&plain(&text)), without_marks(&text));
    }

    #[test]
    fn no_text_is_lost(text in any::<String>()) {
        prop_assert_eq!(without_marks(&plain(&text)), without_marks(&text));
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
    ] {
        let text = marks.repeat(TEXT_CHARS_MAX / marks.len());
        assert_eq!(
            without_marks(&plain(&text)),
            without_marks(&text),
            "{marks}"
        );
    }
}
