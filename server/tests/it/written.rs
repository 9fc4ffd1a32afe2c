//! What the server accepts of what people write: names, texts and reactions.

use parlor_shared::{Body, ErrorCode, Refusal, ServerMessage};
use parlor_test_server::TestServer;

use crate::client::{Client, new_id};

/// A JSON string: every character is escaped, as a client in another language may do.
fn json(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", units.collect::<String>())
}

/// What the server says to a new name: `None` if it takes it.
async fn rename(ann: &mut Client, name: &str) -> Option<Refusal> {
    ann.send_text(&format!(r#"{{"type":"rename","name":{}}}"#, json(name)))
        .await;
    let answers = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Presence { .. } | ServerMessage::Error(_)
        )
    };
    match ann.until(answers).await {
        ServerMessage::Error(refusal) => Some(refusal),
        _ => None,
    }
}

#[actix_web::test]
async fn names_are_normalised_visible_and_free_of_bidi_controls() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let refused = [
        // Nothing to see.
        "\u{200b}",
        "\u{3164}",
        "\u{115f}\u{1160}",
        "\u{2800}",
        "\u{ad}",
        "\u{ffa0}",
        "\u{feff}",
        "\u{e0041}\u{e0042}",
        "\u{fe0f}",
        "\u{200d}",
        "\u{34f}",
        "\u{301}",
        "\u{301}\u{302}",
        "\u{200b} \u{200b}",
        "\u{180e}",
        "\u{1d159}",
        "\u{2060}",
        "\u{fff9}",
        // The direction of what follows.
        "\u{202e}ann",
        "a\u{202a}nn",
        "ann\u{202c}",
        "a\u{202b}b",
        "a\u{202d}b",
        "a\u{2066}b",
        "a\u{2067}b",
        "a\u{2068}b",
        "ann\u{2069}",
        "a\u{200e}b",
        "a\u{200f}b",
        "a\u{61c}b",
        // Lines.
        "a\u{2028}b",
        "a\u{2029}b",
        "a\nb",
        "a\u{85}b",
        "a\tb",
        "a\u{0}b",
        // White space around it.
        " ann",
        "ann ",
        "\u{3000}ann",
        "ann\u{a0}",
        // Not normalised.
        "Jose\u{301}",
        "\u{212b}ngstrom",
        "\u{1112}\u{1161}\u{11ab}",
        "\u{f900}",
        // No characters, or not any more.
        "a\u{e000}b",
        "a\u{ffff}b",
        "a\u{378}b",
        "\u{f0000}",
        // Marks without a letter, and too many on one.
        "\u{301}ann",
        "a\u{316}\u{317}\u{318}\u{319}\u{31c}\u{31d}\u{31e}\u{31f}\u{320}",
    ];
    let mut taken = Vec::new();
    for name in refused {
        match rename(&mut ann, name).await {
            Some(refusal) => {
                assert_eq!(
                    refusal.code,
                    ErrorCode::NameInvalid,
                    "{name:?}: {refusal:?}"
                );
                assert!(
                    !refusal.retry && refusal.message.ends_with('.'),
                    "{refusal:?}"
                );
            }
            None => taken.push(name),
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
    let accepted = [
        "Ann",
        "José",
        "Ångstrom",
        "李雷",
        "田中 太郎",
        "한나",
        "محمد",
        "שרה",
        "สมชาย",
        "हिन्दी",
        "ကျွန်ုပ်",
        "Nguyễn",
        "O’Brien",
        "👩‍🚀 Ada",
        "❤️",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "می\u{200c}خواهم",
        "1",
        "?",
        "བསྒྲུབས",
        "Ａｎｎ",
        "аdmin",
        "a  b",
    ];
    for name in accepted {
        let refusal = rename(&mut ann, name).await;
        assert_eq!(refusal, None, "{name:?}");
    }
}

#[actix_web::test]
async fn hello_says_why_a_name_is_refused() {
    let server = TestServer::start();
    for (name, why) in [
        ("\u{200b}", "seen"),
        ("\u{202e}ann", "direction"),
        ("Jose\u{301}", "form C"),
    ] {
        let mut eve = Client::connect(server.address()).await;
        let hello = format!(r#"{{"type":"hello","protocol":1,"name":{}}}"#, json(name));
        eve.send_text(&hello).await;
        match eve.next().await {
            ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::NameInvalid);
                assert!(refusal.message.contains(why), "{refusal:?}");
            }
            other => panic!("{name:?}: {other:?}"),
        }
        eve.hello("eve").await;
    }
}

/// Appends a body written as JSON. Returns the body on the log, or the refusal.
async fn append(ann: &mut Client, body: &str) -> Result<Body, Refusal> {
    let id = new_id();
    let post = format!(r#"{{"type":"post","room":"lobby","id":"{id}","body":{body}}}"#);
    ann.send_text(&post).await;
    let answers = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Entry { .. } | ServerMessage::Error(_)
        )
    };
    match ann.until(answers).await {
        ServerMessage::Entry { entry, .. } => Ok(entry.body),
        ServerMessage::Error(refusal) => {
            assert_eq!(refusal.id, Some(id));
            Err(refusal)
        }
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn a_text_without_anything_to_see_is_empty() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let target = ann.post("lobby", "seen").await;
    ann.entry().await;
    let empty = [
        " ",
        "\n\t",
        "\u{200b}",
        "\u{3164}",
        "\u{2800}\u{2800}",
        "\u{ad} \u{feff}",
        "\u{202e}",
        "\u{e0020}",
        "\u{fe0f}",
        "\u{301}",
        "\u{2028}",
        "\u{0}",
    ];
    let mut taken = Vec::new();
    for text in empty {
        let bodies = [
            format!(r#"{{"kind":"post","text":{}}}"#, json(text)),
            format!(
                r#"{{"kind":"edit","target":"{target}","text":{}}}"#,
                json(text)
            ),
        ];
        for body in bodies {
            match append(&mut ann, &body).await {
                Err(refusal) => assert_eq!(refusal.code, ErrorCode::TextEmpty, "{text:?}"),
                Ok(_) => taken.push(text),
            }
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
    // People write these.
    for text in [".", ">", "\u{202e}abc", "a\u{200b}", "\u{e000}", "👍", "ั"] {
        let body = format!(r#"{{"kind":"post","text":{}}}"#, json(text));
        assert!(append(&mut ann, &body).await.is_ok(), "{text:?}");
    }
}

#[actix_web::test]
async fn a_reaction_is_one_emoji_in_one_spelling() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let target = ann.post("lobby", "look").await;
    ann.entry().await;
    let react = |emoji: &str| {
        let emoji = json(emoji);
        format!(r#"{{"kind":"reaction","target":"{target}","emoji":{emoji},"on":true}}"#)
    };
    let refused = [
        "ä",
        "иди",
        "👍👍",
        "👍👍👍👍👍👍👍👍",
        "\u{200b}",
        "1",
        "#",
        "",
        "a",
        "👍a",
        "世",
        "👍 ",
        "\u{200d}",
        "\u{fe0f}",
        "🏽👍",
        "👍\u{200d}",
        "👍\u{200d}👍",
        "🇯",
        "🇯🇵🇫🇷",
        "\u{e0067}",
        "…",
        "→",
        "ℵ",
        "👍\u{301}",
        "1\u{fe0f}",
        "\u{20e3}",
        "👍\u{202e}",
        "\u{1f9d1}\u{200d}",
        "©a",
        "🇦🇦",
    ];
    let mut taken = Vec::new();
    for emoji in refused {
        match append(&mut ann, &react(emoji)).await {
            Err(refusal) => assert_eq!(refusal.code, ErrorCode::EmojiInvalid, "{emoji:?}"),
            Ok(_) => taken.push(emoji),
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
    let accepted = [
        ("👍", "👍"),
        ("👍🏽", "👍🏽"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("👩🏻‍❤️‍💋‍👨🏽", "👩🏻‍❤️‍💋‍👨🏽"),
        ("👩🏻‍❤‍💋‍👨🏽", "👩🏻‍❤️‍💋‍👨🏽"),
        ("#️⃣", "#️⃣"),
        ("1⃣", "1️⃣"),
        ("🇯🇵", "🇯🇵"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("🏳️‍🌈", "🏳️‍🌈"),
        ("🏳‍🌈", "🏳️‍🌈"),
        ("©", "©️"),
        ("☺", "☺️"),
        ("🫩", "🫩"),
    ];
    for (emoji, expected) in accepted {
        match append(&mut ann, &react(emoji)).await {
            Ok(Body::Reaction { emoji, .. }) => assert_eq!(emoji.as_str(), expected),
            other => panic!("{emoji}: {other:?}"),
        }
    }
}
