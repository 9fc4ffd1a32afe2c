//! Folding: the same entries give the same timeline, in whatever order and however often they come.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use parlor_shared::{
    Body, Emoji, Entry, MemberId, MessageId, Name, Seq, Text,
    timeline::{Message, Timeline},
};
use proptest::prelude::*;

fn id(n: usize) -> MessageId {
    MessageId::new(n as u64 + 1, [0; 10])
}

fn member(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

/// An entry at place `n + 1`: a post, or something about an earlier one, by one of three members.
fn entry(n: usize, (kind, by, target): (u8, u8, usize)) -> Entry {
    let target = id(target % (n + 1));
    let text = Text::parse(format!("text {n}")).unwrap();
    let body = match kind {
        0 => Body::post(text),
        1 => Body::Post {
            text,
            reply_to: Some(target),
        },
        2 => Body::Edit { target, text },
        3 => Body::Deletion { target },
        _ => Body::Reaction {
            target,
            emoji: Emoji::parse("👍").unwrap(),
            on: kind == 4,
        },
    };
    let (seq, prev) = (Seq(n as u64 + 1), Seq(n as u64));
    Entry {
        seq,
        prev,
        id: id(n),
        at_ms: 0,
        member: member(by),
        name: Name::parse("n").unwrap(),
        body,
    }
}

fn folded(entries: impl IntoIterator<Item = Entry>) -> Vec<Message> {
    let mut timeline = Timeline::new();
    for entry in entries {
        timeline.fold(&entry);
    }
    timeline
        .messages()
        .map(|message| Message::clone(message))
        .collect()
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        kinds in prop::collection::vec((0..6_u8, 0..3_u8, any::<usize>()), 1..40),
        shuffle in any::<u64>(),
        again in 0..40_usize,
    ) {
        let entries: Vec<_> = kinds.into_iter().enumerate().map(|(n, kind)| entry(n, kind)).collect();
        let in_order = folded(entries.clone());
        let mut mixed = entries.clone();
        mixed.sort_by_key(|entry| (entry.seq.0 ^ shuffle).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed.extend(entries.into_iter().take(again));
        prop_assert_eq!(folded(mixed), in_order);
    }
}

#[test]
fn only_the_author_changes_a_message_and_a_deletion_is_for_good() {
    let post = entry(0, (0, 1, 0));
    let text = |entries: Vec<Entry>| folded(entries)[0].text.as_ref().map(ToString::to_string);
    let edit = |by| entry(1, (2, by, 0));
    assert_eq!(text(vec![post.clone(), edit(1)]).as_deref(), Some("text 1"));
    assert_eq!(
        text(vec![post.clone(), edit(2)]).as_deref(),
        Some("text 0"),
        "another's edit"
    );
    let deletion = |by| entry(2, (3, by, 0));
    assert_eq!(
        text(vec![post.clone(), edit(1), deletion(2)]).as_deref(),
        Some("text 1")
    );
    assert_eq!(text(vec![post, deletion(1), edit(1)]), None);
}

#[test]
fn messages_read_again_after_a_trim_still_have_their_changes() {
    let entries = [
        entry(0, (0, 1, 0)),
        entry(1, (0, 1, 1)),
        entry(2, (2, 1, 0)),
    ];
    let mut timeline = Timeline::new();
    for entry in &entries {
        timeline.fold(entry);
    }
    let before: Vec<_> = timeline.messages().cloned().collect();
    timeline.trim(1);
    assert_eq!(timeline.len(), 1);
    timeline.fold(&entries[0]);
    assert_eq!(timeline.messages().cloned().collect::<Vec<_>>(), before);
}
