//! docs/PROTOCOL.md is complete and up to date: a type, a field, a code or a limit that it does not
//! document fails here.

use std::collections::BTreeSet;

use parlor_shared::{
    ErrorCode,
    close::{AfterClose, CloseCode, after_close},
    codec, limits,
};

const DOC: &str = include_str!("../../docs/PROTOCOL.md");
const GOLDEN: &str = include_str!("golden.jsonl");

/// Every field in the golden frames: the words in quotes before a colon.
fn fields() -> BTreeSet<&'static str> {
    let quoted = |frame: &'static str| {
        frame
            .split("\":")
            .filter_map(|part| part.rsplit('"').next())
    };
    GOLDEN
        .lines()
        .flat_map(quoted)
        .filter(|word| !word.contains('}'))
        .collect()
}

/// The values of this field in the golden frames.
fn values(field: &str) -> BTreeSet<&'static str> {
    let mark = format!("\"{field}\":\"");
    let after = |frame: &'static str| -> Vec<&'static str> {
        frame
            .match_indices(&mark)
            .map(|(at, _)| &frame[at + mark.len()..])
            .collect()
    };
    GOLDEN
        .lines()
        .flat_map(after)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

fn documents(word: &str) -> bool {
    DOC.contains(&format!("`{word}`"))
}

#[test]
fn it_documents_every_type_kind_code_and_field() {
    // The document names what each limit bounds instead of its field.
    let bounds = ["_max", "rate_per_second", "rate_burst"];
    let fields = fields()
        .into_iter()
        .filter(|f| !bounds.iter().any(|bound| f.ends_with(bound)));
    let words = ["type", "kind", "code", "outcome"]
        .into_iter()
        .flat_map(values);
    let missing: Vec<_> = fields
        .chain(words)
        .filter(|word| !["kind", "unknown"].contains(word) && !documents(word))
        .collect();
    assert_eq!(missing, [""; 0], "docs/PROTOCOL.md does not document these");
}

#[test]
fn it_says_for_every_refusal_and_close_code_what_to_do() {
    for code in values("code").into_iter().filter(|code| *code != "unknown") {
        let code: ErrorCode =
            codec::from_json(&format!("\"{code}\"")).unwrap_or(ErrorCode::Unknown);
        let retry = if code.can_retry() { "yes" } else { "no" };
        let row = format!(
            "| `{}` | {retry} |",
            codec::to_json(&code).trim_matches('"')
        );
        assert!(DOC.contains(&row), "{row}");
    }
    for code in CloseCode::ALL {
        let then = match after_close(Some(code.number())) {
            AfterClose::Reconnect => "reconnect",
            AfterClose::Stop => "stop",
        };
        let row = format!("| {} | {then} |", code.number());
        assert!(DOC.contains(&row), "{row}");
    }
}

#[test]
fn its_numbers_match_the_limits() {
    let numbers = [
        format!("at most {} bytes", limits::FRAME_BYTES_MAX),
        format!("1 to {} characters", limits::TEXT_CHARS_MAX),
        format!("1 to {} bytes", limits::NAME_BYTES_MAX),
        format!("{} rooms a", limits::ROOMS_PER_CONNECTION_MAX),
        format!("at most {} entries", limits::HISTORY_ENTRIES_MAX),
        format!("last {} entries", limits::NEWCOMER_ENTRIES),
        format!("over {} characters", limits::SEARCH_CHARS_MAX),
        format!("within {} s", limits::HELLO_TIMEOUT_MS / 1_000),
        format!("after {} s of silence", limits::PING_INTERVAL_MS / 1_000),
        format!("above {} members", limits::PRESENCE_MEMBERS_MAX),
        format!("until there are {} again", limits::PRESENCE_MEMBERS_LOW),
        format!("A `hello` costs {}", limits::HELLO_TOKENS),
        format!("a `join` {}", limits::JOIN_TOKENS),
        format!("`rooms` {}", limits::ROOMS_TOKENS),
        format!("1 to {} characters) and `pin`", limits::TOPIC_CHARS_MAX),
        format!("at most {} pinned messages", limits::PINS_MAX),
        format!("first {} characters", limits::PIN_TEXT_CHARS_MAX),
        format!("at most {} rooms. While", limits::ROOMS_PAGE_MAX),
        format!("compares {} rooms", limits::ROOMS_SCAN_MAX),
        format!("a `search` {} each", limits::SEARCH_TOKENS),
        format!("a `slice` and a `search` {}", limits::SLICE_TOKENS),
        format!("the newest {}, and", limits::MESSAGE_CHANGES_MAX),
        format!("and {} in all", limits::SLICE_CHANGES_MAX),
        format!("full {} KiB", limits::REPLY_BYTES_PER_TOKEN / 1024),
        format!("up to {} KiB", limits::CATCH_UP_BYTES_PAID_MAX / 1024),
        format!("every {} s", limits::TYPING_INTERVAL_MS / 1_000),
        format!("at most {} posts of a connection", limits::OUTBOX_WINDOW),
    ];
    for number in numbers {
        assert!(
            DOC.contains(&number),
            "docs/PROTOCOL.md does not say \"{number}\""
        );
    }
}

#[test]
fn its_examples_decode() {
    let (_, rest) = DOC.split_once("```json\n").unwrap_or_default();
    let (examples, _) = rest.split_once("```").unwrap_or_default();
    assert_eq!(examples.lines().count(), 3);
    for example in examples.lines() {
        assert!(codec::decode_client(example).is_ok(), "{example}");
    }
}
