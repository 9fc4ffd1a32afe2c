//! The markup of messages.

use parlor_frontend::markup::{Block, Inline, Item, Mark, href, parse, plain};
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
        Block::List { is_ordered, items } => {
            let item = |item: &Item| {
                let level = "+".repeat(usize::from(item.level));
                format!("{level}{} {}", item.marker, inlines(&item.parts))
            };
            let all: Vec<String> = items.iter().map(item).collect();
            let name = if *is_ordered { "ol" } else { "ul" };
            format!("{name}[{}]", all.join(" | "))
        }
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
        Inline::NamedLink { parts, href, host } => {
            let host = host.iter().map(|host| format!(" ({host})"));
            let host: String = host.collect();
            format!("link[{}]{host}({href})", inlines(parts))
        }
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
        "-no list\n*neither *",
        "<b>no</b> &amp; [no](link)",
        "javascript:alert(1) ftp://files mailto:a@b",
        "http:// https://. xhttp://a.b",
        "www. www.a wwww.a.b xwww.a.b www.-.b",
        "-5 or - 5? 3 - 2 = 1, 1.5 is 1. 2nd",
        "1.no 1) no 1234. no .. no",
        "- \n-\n1.\n1. ",
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
fn lines_that_begin_with_a_dash_a_star_or_a_number_are_a_list() {
    let cases = [
        ("- a\n- **b**", "ul[- a | - bold[b]]"),
        ("so:\n* a\n  - b\nend", "so: | ul[* a | +- b] | end"),
        ("1. a\n2. b\n10. c", "ol[1. a | 2. b | 10. c]"),
        ("1. a\n- b\n> - c", "ol[1. a] | ul[- b] | quote[ul[- c]]"),
        ("2026. a", "2026. a"),
        ("                    - deep", "ul[+++- deep]"),
        ("- `x`\n- \u{200B}", "ul[- code[x]] | - \u{200B}"),
        ("- see https://a.b", "ul[- see link[https://a.b]]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
    assert_eq!(plain("so:\n- **a**\n 7. b"), "so:\n- a\n7. b");
}

#[test]
fn a_named_link_shows_its_name_and_where_it_leads_if_the_name_looks_like_another_address() {
    let cases = [
        ("[docs](https://a.b/c)", "link[docs](https://a.b/c)"),
        (
            "see [the **docs**](http://a.b).",
            "see link[the bold[docs]](http://a.b).",
        ),
        ("[w](https://a.b/c_(d)_e)", "link[w](https://a.b/c_(d)_e)"),
        (
            "[mail us](mailto:a.b+c@d-e.org)",
            "link[mail us](mailto:a.b+c@d-e.org)",
        ),
        ("[site](www.a.org/b)", "link[site](https://www.a.org/b)"),
        ("[a.b](https://a.b/c)", "link[a.b](https://a.b/c)"),
        (
            "[bank.com](https://evil.org/bank.com)",
            "link[bank.com] (evil.org)(https://evil.org/bank.com)",
        ),
        (
            "[bank。com](https://evil.org)",
            "link[bank。com] (evil.org)(https://evil.org)",
        ),
        (
            "[bank.com/x](https://evil.org)",
            "link[bank.com/x] (evil.org)(https://evil.org)",
        ),
        (
            "[me@bank.com](mailto:you@evil.org)",
            "link[me@bank.com] (you@evil.org)(mailto:you@evil.org)",
        ),
        ("**[a**](https://a.b)", "bold[[a]](link[https://a.b])"),
        ("[a][b](https://a.b)", "[a]link[b](https://a.b)"),
        ("[[a](https://a.b)", "[link[a](https://a.b)"),
        ("`[a](https://a.b)`", "code[[a](https://a.b)]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
    for text in [
        "[no](javascript:alert(1))",
        "[no](data:text/html,x)",
        "[no](/r/lobby)",
        "[no] (x)",
        "[no](mailto:a)",
        "[no](mailto:a@b@c)",
        "[no](mailto:a@b?subject=x)",
        "[no](https://)",
        "[a",
        "a](b",
        "[x] done [ ] open",
    ] {
        assert_eq!(written(text), text);
    }
    // No link within a link, and none around nothing.
    assert_eq!(
        written("[https://a.b](https://c.d)"),
        "[link[https://a.b]](link[https://c.d])"
    );
    assert_eq!(
        written("[\u{200B}](https://c.d)"),
        "[\u{200B}](link[https://c.d])"
    );
    assert_eq!(
        plain("[docs](https://a.b/c) [x.y](https://evil.org)"),
        "docs x.y (evil.org)"
    );
}

#[test]
fn a_host_that_begins_with_www_leads_to_https() {
    let cases = [
        ("see www.example.org.", "see link[www.example.org]."),
        ("(www.a.b/c?d#e)", "(link[www.a.b/c?d#e])"),
        ("WWW.Example.org", "link[WWW.Example.org]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
    assert_eq!(href("www.a.b:80/c"), "https://www.a.b:80/c");
    assert_eq!(href("http://www.a.b"), "http://www.a.b");
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
