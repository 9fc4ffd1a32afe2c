//! Parses a line into its parts, in one pass.

use parlor_shared::characters::{has_visible, is_unspaced};

use crate::{
    markup::{
        address::{address_length, host_to_show, target_length},
        tree::{Inline, Mark, href, push_text},
    },
    words::is_in_word,
};

/// A line that is being parsed. Each kind of mark is open at most once, which bounds the depth.
pub(super) struct Line<'a> {
    line: &'a str,
    /// The open marks and bracket, each with the parts parsed since.
    open: Vec<(Opening, Vec<Inline>)>,
    /// The parts before the first open mark.
    done: Vec<Inline>,
}

/// What is open until its partner closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Mark(Mark),
    /// The bracket before the name of a link.
    Bracket,
}

impl Opening {
    fn sign(self) -> &'static str {
        match self {
            Self::Mark(mark) => mark.sign(),
            Self::Bracket => "[",
        }
    }
}

impl<'a> Line<'a> {
    /// A line that is to be parsed.
    pub(super) fn new(line: &'a str) -> Self {
        let (open, done) = (Vec::new(), Vec::new());
        Self { line, open, done }
    }

    /// Parses the line.
    pub(super) fn parse(mut self) -> Vec<Inline> {
        let (line, mut at) = (self.line, 0);
        while let Some(next) = line[at..].chars().next() {
            let taken = match next {
                '`' => self.code(at),
                '*' | '_' | '~' => self.mark(at, next),
                '[' => self.open_bracket(),
                ']' => self.close_bracket(at),
                'h' | 'H' | 'w' | 'W' => self.link(at),
                _ => 0,
            };
            let end = at + taken.max(next.len_utf8());
            if taken == 0 {
                push_text(self.parts(), &line[at..end]);
            }
            at = end;
        }
        self.close_unmatched(0);
        self.done
    }

    /// The parts within the innermost open mark.
    fn parts(&mut self) -> &mut Vec<Inline> {
        self.open
            .last_mut()
            .map_or(&mut self.done, |(_, parts)| parts)
    }

    /// Parses code: backticks up to the same number of them again. Without those the backticks are
    /// text. Returns the number of bytes parsed.
    fn code(&mut self, at: usize) -> usize {
        let rest = &self.line[at..];
        let ticks = run_length(rest, '`');
        let mut from = ticks;
        while let Some(next) = rest[from..].find('`') {
            let begin = from + next;
            let length = run_length(&rest[begin..], '`');
            if length == ticks {
                let code = Inline::Code(rest[ticks..begin].to_owned());
                if code.is_visible() {
                    self.parts().push(code);
                } else {
                    push_text(self.parts(), &rest[..begin + length]);
                }
                return begin + length;
            }
            from = begin + length;
        }
        push_text(self.parts(), &rest[..ticks]);
        ticks
    }

    /// Parses a mark: it opens or closes a marked part, or is text. Returns the number of bytes
    /// parsed.
    fn mark(&mut self, at: usize, sign: char) -> usize {
        let line = self.line;
        let signs = run_length(&line[at..], sign);
        let last = self.open.last().map(|(opening, _)| *opening);
        let mark = match (sign, signs) {
            ('*', 3) if last == Some(Opening::Mark(Mark::Star)) => Mark::Star,
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
        let before = line[..at].chars().next_back();
        let after = line[end..].chars().next();
        // No white space stands between a mark and what it marks.
        let fits = |inside: Option<char>, outside: Option<char>| {
            let touches = inside.is_some_and(|c| !c.is_whitespace());
            touches && (mark.works_within_words() || !outside.is_some_and(is_in_word))
        };
        let opening = Opening::Mark(mark);
        match self.open.iter().position(|(open, _)| *open == opening) {
            Some(index) if fits(before, after) => {
                self.close_unmatched(index + 1);
                if let Some((opening, parts)) = self.open.pop() {
                    if parts.iter().any(Inline::is_visible) {
                        self.parts().push(Inline::Marked(mark, parts));
                    } else {
                        self.push_unmarked(opening, parts);
                        push_text(self.parts(), mark.sign());
                    }
                }
            }
            open if fits(after, before) => {
                // A second opening mark means that the first has no partner.
                self.close_unmatched(open.unwrap_or(self.open.len()));
                self.open.push((opening, Vec::new()));
            }
            _ => push_text(self.parts(), mark.sign()),
        }
        end - at
    }

    /// Closes the open marks after the first `count`. They have no partner, so they become text.
    fn close_unmatched(&mut self, count: usize) {
        while self.open.len() > count
            && let Some((opening, parts)) = self.open.pop()
        {
            self.push_unmarked(opening, parts);
        }
    }

    /// Pushes the mark as text, and the parts after it.
    fn push_unmarked(&mut self, opening: Opening, parts: Vec<Inline>) {
        push_text(self.parts(), opening.sign());
        for part in parts {
            match part {
                Inline::Text(text) => push_text(self.parts(), &text),
                Inline::Code(_)
                | Inline::Link(_)
                | Inline::NamedLink { .. }
                | Inline::Marked(..) => self.parts().push(part),
            }
        }
    }

    /// Parses the bracket before the name of a link. Returns the number of bytes parsed.
    fn open_bracket(&mut self) -> usize {
        if let Some(index) = self.bracket() {
            // A second opening bracket means that the first has no partner.
            self.close_unmatched(index);
        }
        self.open.push((Opening::Bracket, Vec::new()));
        "[".len()
    }

    /// Where the open bracket is among what is open.
    fn bracket(&self) -> Option<usize> {
        let is_bracket = |(opening, _): &(Opening, _)| *opening == Opening::Bracket;
        self.open.iter().position(is_bracket)
    }

    /// Parses the bracket after the name of a link, with the address. Returns the number of bytes
    /// parsed, which is 0 where there is no link.
    fn close_bracket(&mut self, at: usize) -> usize {
        let Some(index) = self.bracket() else {
            return 0;
        };
        let rest = self.line[at..].strip_prefix("](").unwrap_or_default();
        let length = target_length(rest);
        let is_link = length > 0 && rest[length..].starts_with(')');
        self.close_unmatched(if is_link { index + 1 } else { index });
        if !is_link {
            return 0;
        }
        let address = href(&rest[..length]);
        let Some((opening, parts)) = self.open.pop() else {
            return 0;
        };
        let mut name = String::new();
        if push_name(&parts, &mut name) && has_visible(&name) {
            let host = host_to_show(&name, &address);
            let href = address;
            self.parts().push(Inline::NamedLink { parts, href, host });
            return "](".len() + length + ")".len();
        }
        self.push_unmarked(opening, parts);
        0
    }

    /// Parses an address. Returns the number of bytes parsed, which is 0 where there is none.
    fn link(&mut self, at: usize) -> usize {
        // Decided before the address is read, so that a text of many such words is read once.
        if self.line[..at].ends_with(|c| is_in_word(c) && !is_unspaced(c)) {
            return 0;
        }
        let rest = &self.line[at..];
        let length = address_length(rest);
        if length == 0 {
            return 0;
        }
        self.parts().push(Inline::Link(rest[..length].to_owned()));
        length
    }
}

/// Appends the text of the name of a link. Returns whether it can be one: it has no links in it.
fn push_name(parts: &[Inline], name: &mut String) -> bool {
    parts.iter().all(|part| match part {
        Inline::Text(text) | Inline::Code(text) => {
            name.push_str(text);
            true
        }
        Inline::Marked(_, parts) => push_name(parts, name),
        Inline::Link(_) | Inline::NamedLink { .. } => false,
    })
}

/// How many times a text begins with this ASCII character.
fn run_length(text: &str, sign: char) -> usize {
    text.len() - text.trim_start_matches(sign).len()
}
