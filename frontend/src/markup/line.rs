//! A line of a text, read into its parts in one pass.

use super::{Inline, Mark};
use crate::words::is_in_word;

/// A line that is being read. A mark is open at most once at a time, so there are at most as many open as kinds.
pub(super) struct Line<'a> {
    line: &'a str,
    /// The marks that are open, and what has been read since each.
    open: Vec<(Mark, Vec<Inline>)>,
    /// What has been read before the first of them.
    done: Vec<Inline>,
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        let (open, done) = (Vec::new(), Vec::new());
        Self { line, open, done }
    }

    /// The line's parts.
    pub(super) fn read(mut self) -> Vec<Inline> {
        let (line, mut at) = (self.line, 0);
        while let Some(next) = line[at..].chars().next() {
            let taken = match next {
                '`' => self.code(at),
                '*' | '_' | '~' => self.mark(at, next),
                'h' | 'H' => self.link(at),
                _ => 0,
            };
            let end = at + taken.max(next.len_utf8());
            if taken == 0 {
                push_text(self.parts(), &line[at..end]);
            }
            at = end;
        }
        self.give_up_to(0);
        self.done
    }

    /// What has been read within the last mark that is open.
    fn parts(&mut self) -> &mut Vec<Inline> {
        self.open
            .last_mut()
            .map_or(&mut self.done, |(_, parts)| parts)
    }

    /// Backticks, and what stands before as many again: says how far that goes.
    fn code(&mut self, at: usize) -> usize {
        let rest = &self.line[at..];
        let ticks = run(rest, '`');
        let mut from = ticks;
        while let Some(next) = rest[from..].find('`') {
            let (begin, length) = (from + next, run(&rest[from + next..], '`'));
            if length == ticks {
                let code = rest[ticks..begin].to_owned();
                self.parts().push(Inline::Code(code));
                return begin + length;
            }
            from = begin + length;
        }
        push_text(self.parts(), &rest[..ticks]);
        ticks
    }

    /// The beginning or the end of a marked part, or just these signs.
    fn mark(&mut self, at: usize, sign: char) -> usize {
        let line = self.line;
        let signs = run(&line[at..], sign);
        let last = self.open.last().map(|(mark, _)| *mark);
        let mark = match (sign, signs) {
            ('*', 3) if last == Some(Mark::Star) => Mark::Star,
            ('*', 2 | 3) => Mark::Bold,
            ('*', 1) => Mark::Star,
            ('_', 1) => Mark::Underscore,
            ('~', 2) => Mark::Strike,
            _ => {
                push_text(self.parts(), &line[at..at + signs]);
                return signs;
            }
        };
        let end = at + mark.sign().len();
        let (before, after) = (
            self.line[..at].chars().next_back(),
            self.line[end..].chars().next(),
        );
        // A mark clings to what it marks.
        let may = |inside: Option<char>, outside: Option<char>| {
            let clings = inside.is_some_and(|c| !c.is_whitespace());
            clings && (mark.is_for_parts_of_words() || !outside.is_some_and(is_in_word))
        };
        match self.open.iter().position(|(open, _)| *open == mark) {
            Some(place) if may(before, after) => {
                self.give_up_to(place + 1);
                if let Some((mark, parts)) = self.open.pop() {
                    self.parts().push(Inline::Marked(mark, parts));
                }
            }
            open if may(after, before) => {
                // One that is open already had no partner.
                self.give_up_to(open.unwrap_or(self.open.len()));
                self.open.push((mark, Vec::new()));
            }
            _ => push_text(self.parts(), mark.sign()),
        }
        end - at
    }

    /// Marks that found no partner are text.
    fn give_up_to(&mut self, count: usize) {
        while self.open.len() > count
            && let Some((mark, parts)) = self.open.pop()
        {
            push_text(self.parts(), mark.sign());
            for part in parts {
                match part {
                    Inline::Text(text) => push_text(self.parts(), &text),
                    Inline::Code(_) | Inline::Link(_) | Inline::Marked(..) => {
                        self.parts().push(part)
                    }
                }
            }
        }
    }

    /// An address: says how far it goes, which is nowhere where there is none.
    fn link(&mut self, at: usize) -> usize {
        let rest = &self.line[at..];
        let is = |scheme: &&&str| {
            rest.get(..scheme.len())
                .is_some_and(|is| is.eq_ignore_ascii_case(scheme))
        };
        let within_word = self.line[..at].ends_with(is_in_word);
        let Some(scheme) = SCHEMES.iter().find(is).filter(|_| !within_word) else {
            return 0;
        };
        if !rest[scheme.len()..].starts_with(is_in_word) {
            return 0;
        }
        let ends = |c: char| c.is_whitespace() || c.is_control() || NOT_IN_LINKS.contains(&c);
        let address = without_punctuation(&rest[..rest.find(ends).unwrap_or(rest.len())]);
        self.parts().push(Inline::Link(address.to_owned()));
        address.len()
    }
}

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// What ends an address, besides white space: quotes, brackets of markup, and what has text run the other way.
const NOT_IN_LINKS: [char; 15] = [
    '<', '>', '"', '`', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}',
    '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// An address without what belongs to the sentence around it: a bracket only where it was opened in the address.
fn without_punctuation(mut address: &str) -> &str {
    let count = |bracket| address.matches(bracket).count();
    let mut closed_too_often = count(')').saturating_sub(count('('));
    while let Some(last) = address.chars().next_back() {
        match last {
            ')' if closed_too_often > 0 => closed_too_often -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '}' | '…' | '’'
            | '”' | '»' => {}
            '。' | '，' | '、' | '！' | '？' => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

/// How many of this character a text begins with; they are of one byte.
fn run(text: &str, sign: char) -> usize {
    text.len() - text.trim_start_matches(sign).len()
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Self::Bold => "**",
            Self::Star => "*",
            Self::Underscore => "_",
            Self::Strike => "~~",
        }
    }

    /// Whether it counts within a word, too: one star does not (5*3*2), nor does an underscore (snake_case).
    fn is_for_parts_of_words(self) -> bool {
        match self {
            Self::Bold | Self::Strike => true,
            Self::Star | Self::Underscore => false,
        }
    }
}

/// More text: one piece with the text before it.
pub(super) fn push_text(parts: &mut Vec<Inline>, more: &str) {
    match parts.last_mut() {
        Some(Inline::Text(text)) => text.push_str(more),
        Some(Inline::Code(_) | Inline::Link(_) | Inline::Marked(..)) | None => {
            parts.push(Inline::Text(more.to_owned()))
        }
    }
}
