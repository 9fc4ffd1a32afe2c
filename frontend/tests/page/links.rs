//! Links in messages: where an address begins and ends.

use parlor_frontend::markup::{Block, Inline, href, parse};
use proptest::prelude::*;

use crate::markup::written;

/// The addresses of all links.
fn links(blocks: &[Block]) -> Vec<String> {
    fn of(parts: &[Inline]) -> Vec<String> {
        let of_part = |part: &Inline| match part {
            Inline::Link(address) => vec![address.clone()],
            Inline::Marked(_, parts) => of(parts),
            Inline::Text(_) | Inline::Code(_) | Inline::NamedLink { .. } => vec![],
        };
        parts.iter().flat_map(of_part).collect()
    }
    let of_block = |block: &Block| match block {
        Block::Paragraph(parts) => of(parts),
        Block::Quote(blocks) => links(blocks),
        Block::Code { .. } | Block::List { .. } => vec![],
    };
    blocks.iter().flat_map(of_block).collect()
}

#[test]
fn an_address_is_a_link_without_the_punctuation_around_it() {
    let cases = [
        (
            "see https://example.org/a_b_c?x=1&y=2#z.",
            "see link[https://example.org/a_b_c?x=1&y=2#z].",
        ),
        ("(http://a.b/c)", "(link[http://a.b/c])"),
        ("http://a.b/wiki/X_(y)", "link[http://a.b/wiki/X_(y)]"),
        (
            "**https://a.b**, *HTTP://A.B*",
            "bold[link[https://a.b]], italic[link[HTTP://A.B]]",
        ),
        (
            "<https://a.b>\"http://c.d\"",
            "<link[https://a.b]>\"link[http://c.d]\"",
        ),
        (
            "http://a.b\u{202E}gpj.exe",
            "link[http://a.b]\u{202E}gpj.exe",
        ),
        ("`https://a.b`", "code[https://a.b]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "{text}");
    }
}

/// Texts, and what becomes of them.
const LINKS: &[(&str, &str)] = &[
    (
        "链接：https://example.com",
        "链接：link[https://example.com]",
    ),
    (
        "链接https://example.com。",
        "链接link[https://example.com]。",
    ),
    (
        "「https://example.com/a」を参照",
        "「link[https://example.com/a]」を参照",
    ),
    (
        "（https://example.com/a）参照",
        "（link[https://example.com/a]）参照",
    ),
    ("【https://example.com】", "【link[https://example.com]】"),
    ("《https://example.com/》", "《link[https://example.com/]》"),
    (
        "https://example.com/a、https://example.com/b",
        "link[https://example.com/a]、link[https://example.com/b]",
    ),
    (
        "https://example.com/a，好",
        "link[https://example.com/a]，好",
    ),
    ("https://example.com是", "link[https://example.com]是"),
    (
        "https://example.comを参照",
        "link[https://example.com]を参照",
    ),
    (
        "(https://en.wikipedia.org/wiki/A_(b))",
        "(link[https://en.wikipedia.org/wiki/A_(b)])",
    ),
    (
        "[https://example.com/a[1]]",
        "[link[https://example.com/a[1]]]",
    ),
    (
        "[https://x.y](https://example.com)",
        "[link[https://x.y]](link[https://example.com])",
    ),
    ("{https://example.com}", "{link[https://example.com]}"),
    (
        "“https://example.com”, ‘https://example.com/x’",
        "“link[https://example.com]”, ‘link[https://example.com/x]’",
    ),
    (
        "«https://example.com» „https://example.com“",
        "«link[https://example.com]» „link[https://example.com]“",
    ),
    (
        "'https://example.com/it's'",
        "'link[https://example.com/it's]'",
    ),
    ("https://example.com.", "link[https://example.com]."),
    (
        "https://example.com/a?b=c!?",
        "link[https://example.com/a?b=c]!?",
    ),
    ("https://example.com/…", "link[https://example.com/]…"),
    (
        "https://example.com؟ https://example.com۔",
        "link[https://example.com]؟ link[https://example.com]۔",
    ),
    ("https://example.com।", "link[https://example.com]।"),
    ("https://example.com/a።", "link[https://example.com/a]።"),
    ("<https://example.com/a>", "<link[https://example.com/a]>"),
    ("https://example.com|x", "link[https://example.com]|x"),
    ("https://example.com/?q=ä", "link[https://example.com/?q=ä]"),
    (
        "https://ja.wikipedia.org/wiki/東京",
        "link[https://ja.wikipedia.org/wiki/東京]",
    ),
    (
        "https://münchen.example/straße",
        "link[https://münchen.example/straße]",
    ),
    ("https://пример.рф/путь.", "link[https://пример.рф/путь]."),
    ("https://例え.テスト/", "link[https://例え.テスト/]"),
    (
        "https://xn--e1afmkfd.xn--p1ai",
        "link[https://xn--e1afmkfd.xn--p1ai]",
    ),
    ("http://localhost:5173/x", "link[http://localhost:5173/x]"),
    ("http://127.0.0.1:80", "link[http://127.0.0.1:80]"),
    ("http://[::1]:8080/x", "link[http://[::1]:8080/x]"),
    (
        "https://example.com:8443#frag",
        "link[https://example.com:8443#frag]",
    ),
    (
        "https://example.com#a/b:c",
        "link[https://example.com#a/b:c]",
    ),
    ("https://example.com👍", "link[https://example.com]👍"),
    ("https://example.com/a👍🏽", "link[https://example.com/a]👍🏽"),
    (
        "https://example.com/a\u{200B}b",
        "link[https://example.com/a]\u{200B}b",
    ),
    (
        "https://exa\u{AD}mple.com",
        "link[https://exa]\u{AD}mple.com",
    ),
    (
        "https://example.com/a\u{2028}b",
        "link[https://example.com/a]\u{2028}b",
    ),
    ("https://a.b/c\u{3000}d", "link[https://a.b/c]\u{3000}d"),
    ("https://a.b/%E6%9D%B1", "link[https://a.b/%E6%9D%B1]"),
    (
        "https://a.b/~me/$x+y,z;w=1&v=@u",
        "link[https://a.b/~me/$x+y,z;w=1&v=@u]",
    ),
    ("HTTPS://EXAMPLE.COM", "link[HTTPS://EXAMPLE.COM]"),
    ("https://www.example.com", "link[https://www.example.com]"),
    ("see:https://example.com", "see:link[https://example.com]"),
    ("a/https://example.com", "a/link[https://example.com]"),
];

#[test]
fn an_address_is_a_link_beside_any_script_and_bracket() {
    let wrong: Vec<_> = LINKS
        .iter()
        .filter(|(text, expected)| written(text) != *expected)
        .map(|(text, _)| format!("{text} is {}", written(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_looks_like_an_address_is_text() {
    let cases = [
        // The host is what stands after the @.
        "https://google.com@evil.example",
        "https://google.com:pass@evil.example/a",
        "https://google.com＠evil.example",
        "https://[x](y)",
        "http://",
        "https:///path",
        "https://?",
        "https://.",
        "https://。",
        "https://-",
        "https:// example.com",
        "http:/example.com",
        "ahttps://example.com",
        "xhttp://a.b",
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "www.example",
        "example.com",
        "https://\u{202E}moc.elpmaxe",
        "https://\u{200B}example.com",
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|text| (text, links(&parse(text))))
        .filter(|(text, links)| !links.is_empty() && !text.contains('＠'))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        written("https://google.com＠evil.example"),
        "link[https://google.com]＠evil.example"
    );
}

proptest! {
    #[test]
    fn a_link_leads_to_the_http_address_that_it_shows(text in r"(javascript:|data:|HTTPS?://|https?://|[a-z.:/@\s\u{202E}]){0,30}") {
        for link in links(&parse(&text)) {
            let lower = href(&link).to_lowercase();
            prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{}", link);
            prop_assert!(text.contains(&link) && !link.contains(char::is_whitespace));
        }
    }
}
