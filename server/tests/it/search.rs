//! What the search finds, in any script.

use parlor_shared::{Body, ClientMessage, ErrorCode};
use parlor_test_server::TestServer;

use crate::client::{Client, new_id, room, text};

/// Posts the texts in the lobby, waits until the last one can be found, and returns the client.
async fn searcher(server: &TestServer, texts: &[&str]) -> Client {
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    for text in texts {
        ann.post("lobby", text).await;
        ann.entry().await;
    }
    ann.post("lobby", "zzzlast").await;
    // The index lags behind the log, so the test searches until it has caught up.
    while ann.search("lobby", "zzzlast").await.is_empty() {}
    ann
}

async fn found(ann: &mut Client, query: &str) -> Vec<String> {
    let entries = ann.search("lobby", query).await;
    entries.iter().map(|entry| text(entry).to_owned()).collect()
}

/// Checks that each query finds this text among the others, or does not.
async fn check(cases: &[(&str, &[&str], &[&str])]) {
    let server = TestServer::start();
    let texts: Vec<&str> = cases.iter().map(|(text, ..)| *text).collect();
    let mut ann = searcher(&server, &texts).await;
    let mut wrong = Vec::new();
    for (text, finding, missing) in cases {
        for query in *finding {
            if !found(&mut ann, query).await.contains(&(*text).to_owned()) {
                wrong.push(format!("{query} does not find {text}"));
            }
        }
        for query in *missing {
            if found(&mut ann, query).await.contains(&(*text).to_owned()) {
                wrong.push(format!("{query} finds {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn words_are_found_within_scripts_that_have_no_spaces() {
    check(&[
        (
            "你好世界",
            &["世界", "好世", "你", "界", "你好世界"],
            &["你世", "界世"],
        ),
        (
            "東京タワーに行きました",
            &[
                "タワー",
                "東京",
                "行き",
                "東京タワー",
                "ワーに行",
                "東京 行き",
            ],
            &["京東", "タワ一"],
        ),
        (
            "abc世界def",
            &["世界", "abc", "abc世界", "世界def", "de"],
            &["bc"],
        ),
        ("ยินดีต้อนรับสู่ห้อง", &["ต้อนรับ", "ห้อง"], &["บสูห้"]),
        ("ສະບາຍດີຊາວໂລກ", &["ຊາວໂລກ"], &[]),
        ("សួស្តីពិភពលោក", &["ពិភពលោក"], &[]),
        ("မင်္ဂလာပါကမ္ဘာလောက", &["ကမ္ဘာလောက"], &[]),
        (
            "한국어를 배웁니다",
            &["한국", "국어", "한국어", "배웁"],
            &["국한"],
        ),
        ("𠮷野家で食べる", &["𠮷野", "食べる"], &[]),
    ])
    .await;
}

#[actix_web::test]
async fn the_forms_of_a_letter_are_one_letter() {
    check(&[
        ("ＡＢＣの１２３", &["abc", "ABC", "123", "１２３"], &["bc"]),
        ("ｶﾀｶﾅとｶﾞｷﾞ", &["カタカナ", "ガギ", "ｶﾀ"], &["カキ"]),
        (
            "naïve café",
            &["naive", "NAÏVE", "cafe\u{301}", "café"],
            &[],
        ),
        ("a cafe\u{301} in NFD", &["café"], &[]),
        (
            "Straße nach ΟΔΟΣ",
            &["straße", "STRASSE", "οδός", "οδος"],
            &[],
        ),
        ("don't and don’t", &["don't", "don’t", "don"], &["on't"]),
        ("C++ and C#", &["C++", "c#", "c"], &[]),
        ("version ٣٫٥ of ४२", &["3", "42"], &[]),
        ("हिन्दी में लिखा", &["हिन्दी", "हिन्", "में"], &["न्दी"]),
        (
            "\u{1e900}\u{1e901}\u{1e902} adlam",
            &["\u{1e900}\u{1e901}"],
            &[],
        ),
        ("soft\u{ad}hyphen", &["softhyphen"], &[]),
        ("snake_case_name", &["snake_case", "case", "name"], &["ame"]),
    ])
    .await;
}

#[actix_web::test]
async fn emoji_are_words() {
    check(&[
        ("well done👍🏽", &["👍🏽", "👍", "done"], &["👎", "👍🏿"]),
        ("I ❤️ it", &["❤", "❤️"], &["💔"]),
        ("plain ❤ too", &["❤", "❤️"], &[]),
        ("👩🏻‍❤️‍💋‍👨🏽", &["👩🏻‍❤️‍💋‍👨🏽", "👩🏻‍❤‍💋‍👨🏽"], &["👨🏽"]),
        ("press 1️⃣ or #️⃣", &["1️⃣", "#️⃣", "press"], &["2️⃣"]),
        ("from 🇯🇵🇫🇷", &["🇯🇵", "🇫🇷"], &["🇵🇫"]),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 wins", &["🏴󠁧󠁢󠁥󠁮󠁧󠁿"], &["🏴󠁧󠁢󠁳󠁣󠁴󠁿"]),
        ("🎉🎉世界🎉", &["🎉", "🎉世界", "世界🎉"], &[]),
    ])
    .await;
}

#[actix_web::test]
async fn a_query_without_any_word_is_refused() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let queries = [
        "",
        " ",
        "?",
        "\"",
        "*",
        "()",
        "… — !",
        "。、「」",
        "\u{200b}",
        "\u{3164}",
        "\u{301}",
        "\u{202e}",
        "\u{fe0f}",
        "++",
        "_",
        "\u{0}",
    ];
    for query in queries {
        let search = ClientMessage::Search {
            room: room("lobby"),
            text: query.to_owned(),
        };
        ann.send(&search).await;
        match ann.next().await {
            parlor_shared::ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::SearchInvalid, "{query:?}");
            }
            other => panic!("{query:?}: {other:?}"),
        }
    }
    ann.check_alive().await;
}

#[actix_web::test]
async fn an_author_is_found_by_a_word_of_the_name_they_had_then() {
    let server = TestServer::start();
    let mut ada = searcher(&server, &["tea at four", "coffee from:home"]).await;
    let mut grace = Client::welcomed(server.address(), "Grace Höpper").await;
    grace.join("lobby").await;
    grace.post("lobby", "tea, please").await;
    let posted = grace.entry().await;
    grace.post("lobby", "zzznext").await;
    while ada.search("lobby", "zzznext").await.is_empty() {}
    for (query, expected) in [
        ("tea", &["tea, please", "tea at four"][..]),
        ("tea from:grace", &["tea, please"]),
        ("from:hop te", &["tea, please"]),
        ("FROM:\"höpper grace\"", &["zzznext", "tea, please"]),
        ("tea from:ann", &["tea at four"]),
        ("from:nn tea", &[]),
        ("from:nobody", &[]),
        // A name that is no operator is plain words, in the query and in the text.
        ("home", &["coffee from:home"]),
        ("from: home", &["coffee from:home"]),
    ] {
        assert_eq!(found(&mut ada, query).await, expected, "{query}");
    }
    // The index knows the author of an edit, and forgets who wrote what is deleted.
    let deletion = Body::Deletion { target: posted.id };
    grace.append("lobby", new_id(), deletion).await;
    while !found(&mut ada, "tea from:grace").await.is_empty() {}
    assert_eq!(found(&mut ada, "from:grace").await, ["zzznext"]);
}
