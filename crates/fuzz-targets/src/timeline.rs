//! The timeline: the same entries give the same messages, in any order and any number of times.

use parlor_shared::{
    Body, Emoji, Entry, MemberId, MessageId, Name, Seq, Text,
    timeline::{Message, Timeline},
};

use crate::source::Source;

/// The most entries of one input: more find nothing new, and only take time.
const ENTRIES_MAX: usize = 200;

/// What the entries share: text that the rules accept.
struct Written {
    name: Name,
    texts: Vec<Text>,
    emoji: Vec<Emoji>,
}

impl Written {
    fn new() -> Option<Self> {
        let texts = ["a", "b", "ä"].map(|text| Text::parse(text).ok());
        // A heart is one reaction with its variation selector and without.
        let emoji = ["❤", "❤\u{FE0F}", "👍"].map(|emoji| Emoji::parse(emoji).ok());
        Some(Self {
            name: Name::parse("n").ok()?,
            texts: texts.into_iter().flatten().collect(),
            emoji: emoji.into_iter().flatten().collect(),
        })
    }
}

pub(crate) fn run(bytes: &[u8]) {
    let Some(written) = Written::new() else {
        panic!("the names are valid")
    };
    let mut source = Source::new(bytes);
    let shuffle = u64::from_le_bytes([(); 8].map(|()| source.byte()));
    let mut entries = Vec::new();
    while !source.is_empty() && entries.len() < ENTRIES_MAX {
        entries.push(entry(&mut source, entries.len(), &written));
    }
    let in_order = folded(&entries);
    let mut mixed = entries.clone();
    mixed.sort_by_key(|entry| (entry.seq.0 ^ shuffle).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let twice = mixed.iter().chain(&entries);
    assert_eq!(folded(twice), in_order, "in another order, and twice");
    let seqs: Vec<Seq> = in_order.iter().map(|message| message.seq).collect();
    assert!(seqs.is_sorted(), "messages are in the log's order");
}

fn entry(source: &mut Source<'_>, at: usize, written: &Written) -> Entry {
    let (kind, by) = (source.below(8), source.byte() % 3);
    // An earlier entry, or a later one, which the log never has.
    let target = id(source.below(at + 2));
    let text = written.texts[source.below(written.texts.len())].clone();
    let body = match kind {
        0 => Body::post(text),
        1 => Body::Post {
            text,
            reply_to: Some(target),
        },
        2 => Body::Edit { target, text },
        3 => Body::Deletion { target },
        4 | 5 => Body::Reaction {
            target,
            emoji: written.emoji[source.below(written.emoji.len())].clone(),
            on: kind == 4,
        },
        6 => Body::Blanked {
            target: Some(target),
            reply_to: None,
        },
        _blanked_post => Body::Blanked {
            target: None,
            reply_to: None,
        },
    };
    Entry {
        seq: Seq(at as u64 + 1),
        prev: Seq(at as u64),
        id: id(at),
        at_ms: 0,
        member: MemberId::from_bytes([by; 16]),
        name: written.name.clone(),
        body,
    }
}

fn id(at: usize) -> MessageId {
    MessageId::new(at as u64 + 1, [0; 10])
}

fn folded<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Message> {
    let mut timeline = Timeline::new();
    for entry in entries {
        timeline.fold(entry);
    }
    timeline
        .messages()
        .map(|message| Message::clone(message))
        .collect()
}
