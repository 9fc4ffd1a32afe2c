//! Parses a line into its parts, in one pass.

use parlor_shared::characters::is_unspaced;

use crate::{
    markup::{
        address::address_length,
        tree::{Inline, Mark, push_text},
    },
    words::is_in_word,
};

/// A line that is being parsed. Each kind of mark is open at most once, which bounds the depth.
pub(super) struct Line<'a> {
    line: &'a str,
    /// The open marks, each with the parts parsed since.
    open: Vec<(Mark, Vec<Inline>)>,
    /// The parts before the first open mark.
    done: Vec<Inline>,
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
                'h' | 'H' => self.link(at),
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
        let before = line[..at].chars().next_back();
        let after = line[end..].chars().next();
        // No white space stands between a mark and what it marks.
        let fits = |inside: Option<char>, outside: Option<char>| {
            let touches = inside.is_some_and(|c| !c.is_whitespace());
            touches && (mark.works_within_words() || !outside.is_some_and(is_in_word))
        };
        match self.open.iter().position(|(open, _)| *open == mark) {
            Some(index) if fits(before, after) => {
                self.close_unmatched(index + 1);
                let marked = self.open.pop();
                match marked.map(|(mark, parts)| Inline::Marked(mark, parts)) {
                    Some(marked) if marked.is_visible() => self.parts().push(marked),
                    Some(Inline::Marked(mark, parts)) => {
                        self.push_unmarked(mark, parts);
                        push_text(self.parts(), mark.sign());
                    }
                    Some(_) | None => {}
                }
            }
            open if fits(after, before) => {
                // A second opening mark means that the first has no partner.
                self.close_unmatched(open.unwrap_or(self.open.len()));
                self.open.push((mark, Vec::new()));
            }
            _ => push_text(self.parts(), mark.sign()),
        }
        end - at
    }

    /// Closes the open marks after the first `count`. They have no partner, so they become text.
    fn close_unmatched(&mut self, count: usize) {
        while self.open.len() > count
            && let Some((mark, parts)) = self.open.pop()
        {
            self.push_unmarked(mark, parts);
        }
    }

    /// Pushes the mark as text, and the parts after it.
    fn push_unmarked(&mut self, mark: Mark, parts: Vec<Inline>) {
        push_text(self.parts(), mark.sign());
        for part in parts {
            match part {
                Inline::Text(text) => push_text(self.parts(), &text),
                Inline::Code(_) | Inline::Link(_) | Inline::Marked(..) => self.parts().push(part),
            }
        }
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

/// How many times a text begins with this ASCII character.
fn run_length(text: &str, sign: char) -> usize {
    text.len() - text.trim_start_matches(sign).len()
}
