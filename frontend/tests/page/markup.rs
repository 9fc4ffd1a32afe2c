//! The markup of messages.

use parlor_frontend::markup::{Block, Inline, Item, Mark, href, parse, plain};

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
