//! Folding the same entries gives the same timeline, in any order and any number of times.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails when it meets something unexpected"
)]

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

/// What an entry does, drawn at random.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// 0 a post, 1 a reply, 2 an edit, 3 a deletion, 4 a reaction, 5 its removal.
    kind: u8,
    /// One of three members.
    by: u8,
    /// The number of the target, modulo the entries so far.
    target: usize,
}

fn change(kind: u8, by: u8, target: usize) -> Change {
    Change { kind, by, target }
}

/// A heart, which some members' clients write without its variation selector.
fn heart(by: u8) -> Emoji {
    let heart = if by == 1 { "❤" } else { "❤\u{FE0F}" };
    Emoji::try_from(heart.to_owned()).unwrap()
}

/// The entry at place `n + 1`.
fn entry(n: usize, change: Change) -> Entry {
    let Change { kind, by, target } = change;
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
            emoji: heart(by),
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
    fn the_order_of_entries_does_not_matter(
        changes in prop::collection::vec(
            (0..6_u8, 0..3_u8, any::<usize>()).prop_map(|(kind, by, target)| change(kind, by, target)),
            1..40,
        ),
        shuffle in any::<u64>(),
        again in 0..40_usize,
    ) {
        let entries: Vec<_> = changes.into_iter().enumerate().map(|(n, change)| entry(n, change)).collect();
        let in_order = folded(entries.clone());
        let mut mixed = entries.clone();
        mixed.sort_by_key(|entry| (entry.seq.0 ^ shuffle).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed.extend(entries.into_iter().take(again));
        prop_assert_eq!(folded(mixed), in_order);
    }
}

#[test]
fn a_message_keeps_what_it_said_before_until_it_is_deleted() {
    use parlor_shared::limits::TIMELINE_VERSIONS_MAX;
    let versions = |timeline: &Timeline| {
        let message = timeline.messages().next().unwrap();
        let versions = message.versions.iter();
        let texts: Vec<String> = versions.map(|version| version.text.to_string()).collect();
        texts
    };
    let mut timeline = Timeline::new();
    timeline.fold(&entry(0, change(0, 1, 0)));
    assert_eq!(versions(&timeline), [""; 0]);
    for n in [3, 1, 3, 2] {
        timeline.fold(&entry(n, change(2, 1, 0)));
    }
    timeline.fold(&entry(4, change(2, 2, 0)));
    assert_eq!(
        versions(&timeline),
        ["text 0", "text 1", "text 2", "text 3"]
    );
    timeline.fold(&entry(5, change(4, 2, 0)));
    assert_eq!(versions(&timeline).len(), 4, "after a reaction");
    for n in 6..6 + TIMELINE_VERSIONS_MAX {
        timeline.fold(&entry(n, change(2, 1, 0)));
    }
    let kept = versions(&timeline);
    assert_eq!(kept.len(), 1 + TIMELINE_VERSIONS_MAX);
    assert_eq!(kept[..2], ["text 0", "text 6"]);
    timeline.fold(&entry(90, change(3, 1, 0)));
    assert_eq!(versions(&timeline), [""; 0]);
}

#[test]
fn only_the_author_can_edit_and_a_deletion_is_final_whoever_may_delete() {
    let post = entry(0, change(0, 1, 0));
    let text = |entries: Vec<Entry>| folded(entries)[0].text.as_ref().map(ToString::to_string);
    let edit = |by| entry(1, change(2, by, 0));
    assert_eq!(text(vec![post.clone(), edit(1)]).as_deref(), Some("text 1"));
    assert_eq!(
        text(vec![post.clone(), edit(2)]).as_deref(),
        Some("text 0"),
        "an edit by another member"
    );
    let deletion = |by| entry(2, change(3, by, 0));
    assert_eq!(text(vec![post.clone(), deletion(1), edit(1)]), None);
    let deleted_by = |entries: Vec<Entry>| {
        let message = folded(entries).remove(0);
        assert_eq!(message.text, None);
        message.deleted_by.map(|name| name.to_string())
    };
    assert_eq!(deleted_by(vec![post.clone(), deletion(1)]), None);
    let by_moderator = vec![post.clone(), edit(1), deletion(2)];
    assert_eq!(deleted_by(by_moderator).as_deref(), Some("n"));
    // The server lets a moderator alone delete what another member has written.
    let blank = Entry {
        body: post.body.clone().blanked(),
        ..post
    };
    assert_eq!(deleted_by(vec![blank.clone()]), None);
    assert_eq!(deleted_by(vec![blank, deletion(2)]).as_deref(), Some("n"));
}

#[test]
fn blanked_entries_give_the_message_that_their_words_and_the_deletion_give() {
    let worded = [
        entry(0, change(0, 1, 0)),
        entry(1, change(2, 1, 0)),
        entry(2, change(4, 2, 0)),
        entry(3, change(3, 1, 0)),
    ];
    let blanked = worded.clone().map(|entry| Entry {
        body: entry.body.blanked(),
        ..entry
    });
    let expected = folded(worded.clone());
    assert_eq!(expected[0].text, None);
    assert_eq!(folded(blanked.clone()), expected);
    // A page of history may end before the deletion.
    assert_eq!(folded(blanked[..2].to_vec())[0].text, None);
    assert_eq!(folded(blanked[..1].to_vec())[0].text, None);
    // Words that were read before go also where the deletion itself is not loaded.
    let reread = worded[..2].iter().chain(&blanked[..2]).cloned();
    assert_eq!(folded(reread)[0].text, None);
    // The entries with their words may have been read before, or come from a cache.
    let both = || worded.clone().into_iter().chain(blanked.clone());
    assert_eq!(folded(both()), expected);
    assert_eq!(folded(both().rev()), expected);
}

#[test]
fn a_timeline_keeps_no_word_of_a_deleted_message() {
    let entries = [
        entry(0, change(0, 1, 0)),
        entry(1, change(2, 1, 0)),
        entry(2, change(3, 1, 0)),
    ];
    let orders = [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]];
    for order in orders {
        let mut timeline = Timeline::new();
        for index in order {
            timeline.fold(&entries[index]);
        }
        assert!(!format!("{timeline:?}").contains("text 0"), "{order:?}");
        assert!(!format!("{timeline:?}").contains("text 1"), "{order:?}");
    }
}

#[test]
fn messages_loaded_again_after_a_trim_still_have_their_changes() {
    let entries = [
        entry(0, change(0, 1, 0)),
        entry(1, change(0, 1, 1)),
        entry(2, change(2, 1, 0)),
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

#[test]
fn an_emoji_with_and_without_its_variation_selector_is_one_reaction() {
    let post = entry(0, change(0, 1, 0));
    let reactions = |entries: Vec<Entry>| {
        let [message] = folded(entries).try_into().unwrap();
        for by in [1, 2] {
            let members = message.reactions.first();
            let members = members.map_or(&[][..], |reaction| &reaction.members);
            assert_eq!(message.reacted(&heart(by)), members);
        }
        let reactions = message.reactions.into_iter();
        let written =
            reactions.map(|reaction| (reaction.emoji.to_string(), reaction.members.len()));
        written.collect::<Vec<_>>()
    };
    let react = |n, by| entry(n, change(4, by, 0));
    assert_eq!(
        reactions(vec![post.clone(), react(1, 1)]),
        [("❤".to_owned(), 1)]
    );
    let both = [("❤\u{FE0F}".to_owned(), 2)];
    assert_eq!(
        reactions(vec![post.clone(), react(1, 1), react(2, 2)]),
        both
    );
    // Given in one spelling and taken back in the other.
    let mut taken_back = entry(3, change(5, 2, 0));
    taken_back.member = member(1);
    let one = [("❤\u{FE0F}".to_owned(), 1)];
    assert_eq!(
        reactions(vec![post, react(1, 1), react(2, 2), taken_back]),
        one
    );
}
