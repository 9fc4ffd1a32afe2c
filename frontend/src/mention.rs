//! Mentions: an `@` and the name of a member, anywhere in a text but in code.
//!
//! On the wire a mention is its text and nothing else. Each page finds out who is meant from the
//! names that it has seen, so a mention works in an edit, offline, and in every client's messages.
//! Names are not unique: `@Ada` means every Ada, and `@Ada #3f2a1c` the one whose mark that is.

use litemap::LiteMap;
use parlor_shared::{
    MemberId, Name,
    characters::{is_bidi_control, is_unspaced},
    limits::{LOOKS_MAX, MENTIONS_MAX, NAME_BYTES_MAX},
};

use crate::{
    look::lowercase,
    markup::{Block, Inline, parse},
    words::is_in_word,
};

/// Characters of a mark: the beginning of the member's id, which is random.
pub const MARK_CHARS: usize = 6;

/// The characters that tell a member from others with the same name.
#[must_use]
pub fn mark(member: MemberId) -> String {
    member.to_string().chars().take(MARK_CHARS).collect()
}

/// The names that the members of a room have and had, as far as the page has seen them.
#[derive(Debug, Default)]
pub struct Names {
    /// The members with each name, which is in lower case.
    members: LiteMap<String, Vec<MemberId>>,
}

/// A mention in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where it begins: at its `@`.
    pub begin: usize,
    /// Where it ends.
    pub end: usize,
    /// The members that it may mean.
    pub members: Vec<MemberId>,
}

impl Names {
    /// Records that a member has this name. Past [`LOOKS_MAX`] names it starts over.
    pub fn record(&mut self, member: MemberId, name: &Name) {
        if self.members.len() >= LOOKS_MAX {
            self.members.clear();
        }
        // Old logs have names with characters that turn text round. Nobody writes those.
        let written = name.as_str().chars().filter(|c| !is_bidi_control(*c));
        let folded: String = written.map(fold).collect();
        let members = self.members.entry(folded).or_default();
        // Who else has the name matters less once there are many.
        if !members.contains(&member) && members.len() < MENTIONS_MAX {
            members.push(member);
        }
    }

    /// The mentions in a text that has no markup, up to [`MENTIONS_MAX`].
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        for (begin, _) in text.match_indices('@') {
            let is_within = mentions.last().is_some_and(|last| begin < last.end);
            if is_within || !can_begin(&text[..begin]) {
                continue;
            }
            if let Some((length, members)) = self.named(&text[begin + 1..]) {
                let end = begin + 1 + length;
                mentions.push(Mention {
                    begin,
                    end,
                    members,
                });
            }
            if mentions.len() >= MENTIONS_MAX {
                break;
            }
        }
        mentions
    }

    /// The longest name that the text begins with, as its length, and who has it.
    fn named(&self, text: &str) -> Option<(usize, Vec<MemberId>)> {
        let (mut folded, mut longest) = (String::new(), None);
        let mut chars = text.chars().peekable();
        let mut length = 0;
        while let Some(c) = chars.next()
            && length + c.len_utf8() <= NAME_BYTES_MAX
        {
            length += c.len_utf8();
            folded.push(fold(c));
            let goes_on = |next: char| is_in_word(next) && !is_unspaced(next);
            if is_in_word(c) && chars.peek().is_some_and(|next| goes_on(*next)) {
                continue;
            }
            if let Some(members) = self.members.get(&folded) {
                longest = Some((length, members));
            }
        }
        let (length, members) = longest?;
        let rest = text[length..].strip_prefix(" #");
        let marked = rest.and_then(|rest| {
            let is_marked = |member: &&MemberId| rest.starts_with(&mark(**member));
            members.iter().find(is_marked)
        });
        Some(match marked {
            Some(member) => (length + " #".len() + MARK_CHARS, vec![*member]),
            None => (length, members.clone()),
        })
    }
}

/// The members that a message mentions: not in code, and not in what it quotes.
#[must_use]
pub fn members_mentioned(text: &str, names: &Names) -> Vec<MemberId> {
    let mut members = Vec::new();
    if text.contains('@') {
        for block in parse(text) {
            collect_in_block(&block, names, &mut members);
        }
    }
    members
}

fn collect_in_block(block: &Block, names: &Names, members: &mut Vec<MemberId>) {
    match block {
        Block::Paragraph(parts) => collect(parts, names, members),
        Block::List { items, .. } => {
            items
                .iter()
                .for_each(|item| collect(&item.parts, names, members));
        }
        Block::Quote(_) | Block::Code { .. } => {}
    }
}

fn collect(parts: &[Inline], names: &Names, members: &mut Vec<MemberId>) {
    for part in parts {
        match part {
            Inline::Text(text) => {
                for member in names.find(text).into_iter().flat_map(|found| found.members) {
                    if members.len() < MENTIONS_MAX && !members.contains(&member) {
                        members.push(member);
                    }
                }
            }
            Inline::Marked(_, parts) => collect(parts, names, members),
            Inline::Code(_) | Inline::Link(_) | Inline::NamedLink { .. } => {}
        }
    }
}

/// A mention as a message shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// The `@` and the name, as they are written.
    pub text: String,
    /// Whether it is the user who looks at this page.
    pub is_you: bool,
}

/// The mentions in a message, each spelling once.
#[must_use]
pub fn mentions(text: &str, names: &Names, me: Option<MemberId>) -> Vec<Mentioned> {
    let mut mentions: Vec<Mentioned> = Vec::new();
    if text.contains('@') {
        for found in names.find(text) {
            let written = &text[found.begin..found.end];
            if mentions.iter().all(|known| known.text != written) {
                mentions.push(Mentioned {
                    text: written.to_owned(),
                    is_you: me.is_some_and(|me| found.members.contains(&me)),
                });
            }
        }
    }
    mentions
}

/// A part of a text: a mention, or what stands between mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// A mention.
    Mention(Mentioned),
}

/// Splits a text without markup at these mentions of the message that it is part of.
#[must_use]
pub fn pieces(text: &str, mentions: &[Mentioned]) -> Vec<Piece> {
    let (mut pieces, mut done) = (Vec::new(), 0);
    for (begin, _) in text.match_indices('@') {
        if begin < done || !can_begin(&text[..begin]) {
            continue;
        }
        let rest = &text[begin..];
        let here = mentions
            .iter()
            .filter(|mention| rest.starts_with(&mention.text));
        let Some(mention) = here.max_by_key(|mention| mention.text.len()) else {
            continue;
        };
        let (name, after) = rest.split_at(mention.text.len());
        let goes_on = |c: char| is_in_word(c) && !is_unspaced(c);
        if name.ends_with(is_in_word) && after.starts_with(goes_on) {
            continue;
        }
        if done < begin {
            pieces.push(Piece::Text(text[done..begin].to_owned()));
        }
        pieces.push(Piece::Mention(mention.clone()));
        done = begin + name.len();
    }
    if done < text.len() {
        pieces.push(Piece::Text(text[done..].to_owned()));
    }
    pieces
}

/// Whether a mention can begin after this text: the `@` of a mail address stands within a word.
#[must_use]
pub fn can_begin(before: &str) -> bool {
    let last = before.chars().next_back();
    !last.is_some_and(|last| last == '@' || is_in_word(last) && !is_unspaced(last))
}

/// The character in lower case, for the alphabets that [`lowercase`] knows.
pub(crate) fn fold(c: char) -> char {
    lowercase(c).to_ascii_lowercase()
}
