//! What a message's text looks like: a safe, small part of Markdown, read into a tree of parts.
//!
//! What stands in a text is never lost and never becomes anything but these parts: a mark without its partner is a
//! character like any other, and a link shows the very address it leads to. Read in one pass, whatever the text.

mod line;

use line::{Line, push_text};

/// Quotes within quotes are read so deep; what is deeper is text.
const QUOTE_DEPTH_MAX: usize = 3;

/// A part of a text that stands on lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines of text; their line breaks are in it.
    Paragraph(Vec<Inline>),
    /// Lines that begin with `> `.
    Quote(Vec<Block>),
    /// Lines between two lines of three backticks.
    Code {
        /// What stands after the first three backticks.
        language: String,
        /// The lines.
        text: String,
    },
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// As it stands.
    Text(String),
    /// Between backticks: as it stands, too.
    Code(String),
    /// An address of the web.
    Link(String),
    /// Between two marks.
    Marked(Mark, Vec<Inline>),
}

/// What stands on both sides of a marked part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `**`
    Bold,
    /// `*`
    Star,
    /// `_`
    Underscore,
    /// `~~`
    Strike,
}

/// The tree of a text.
#[must_use]
pub fn read(text: &str) -> Vec<Block> {
    read_within(text, 0)
}

/// The text without what is only there to mark it.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    blocks_plain(&read(text), &mut plain);
    plain
}

fn blocks_plain(blocks: &[Block], plain: &mut String) {
    for block in blocks {
        new_line(plain);
        match block {
            Block::Paragraph(parts) => inlines_plain(parts, plain),
            Block::Quote(blocks) => blocks_plain(blocks, plain),
            Block::Code { language, text } => {
                plain.push_str(language);
                new_line(plain);
                plain.push_str(text);
            }
        }
    }
}

fn new_line(plain: &mut String) {
    if !plain.is_empty() && !plain.ends_with('\n') {
        plain.push('\n');
    }
}

fn inlines_plain(parts: &[Inline], plain: &mut String) {
    for part in parts {
        match part {
            Inline::Text(text) | Inline::Code(text) | Inline::Link(text) => plain.push_str(text),
            Inline::Marked(_, parts) => inlines_plain(parts, plain),
        }
    }
}

fn read_within(text: &str, depth: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(language) = fence(line) {
            end_paragraph(&mut paragraph, &mut blocks);
            let code: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim_end() != "```")
                .collect();
            let (language, text) = (language.to_owned(), code.join("\n"));
            blocks.push(Block::Code { language, text });
        } else if let Some(first) = quoted(line).filter(|_| depth < QUOTE_DEPTH_MAX) {
            end_paragraph(&mut paragraph, &mut blocks);
            let mut inner = first.to_owned();
            while let Some(next) = lines.peek().and_then(|line| quoted(line)) {
                inner.push('\n');
                inner.push_str(next);
                lines.next();
            }
            blocks.push(Block::Quote(read_within(&inner, depth + 1)));
        } else {
            paragraph.push(line);
        }
    }
    end_paragraph(&mut paragraph, &mut blocks);
    blocks
}

/// What follows the backticks of a line that begins a block of code.
fn fence(line: &str) -> Option<&str> {
    let language = line.strip_prefix("```")?.trim();
    (!language.contains('`')).then_some(language)
}

fn quoted(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or((line == ">").then_some(""))
}

/// Empty lines around it are what keeps it apart from the others, and are no part of it.
fn end_paragraph(lines: &mut Vec<&str>, blocks: &mut Vec<Block>) {
    let has_text = |line: &&str| !line.trim().is_empty();
    let ends = (
        lines.iter().position(has_text),
        lines.iter().rposition(has_text),
    );
    if let (Some(first), Some(last)) = ends {
        let mut parts = Vec::new();
        for (n, line) in lines[first..=last].iter().enumerate() {
            if n > 0 {
                push_text(&mut parts, "\n");
            }
            parts.append(&mut Line::new(line).read());
        }
        blocks.push(Block::Paragraph(parts));
    }
    lines.clear();
}
