//! Parses a text into blocks.

use crate::markup::{
    line::Line,
    tree::{Block, Inline, Item, LEVEL_MAX, push_text},
};

/// How deep quotes nest. Deeper quote marks are text.
const QUOTE_DEPTH_MAX: usize = 3;

/// The longest number of an item.
const NUMBER_CHARS_MAX: usize = 3;

/// Opens a block of code, and closes it.
const FENCE: &str = "```";

/// Parses a text.
#[must_use]
pub fn parse(text: &str) -> Vec<Block> {
    parse_within(text, 0)
}

fn parse_within(text: &str, depth: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        // A block without anything to see is shown as it was written.
        let written = paragraph.len();
        paragraph.push(line);
        let block = if let Some(language) = fence(line) {
            let begin = paragraph.len();
            for line in lines.by_ref() {
                paragraph.push(line);
                if line.trim_end() == FENCE {
                    break;
                }
            }
            let code = &paragraph[begin..];
            let code = match code.split_last() {
                Some((last, code)) if last.trim_end() == FENCE => code,
                Some(_) | None => code,
            };
            let (language, text) = (language.to_owned(), code.join("\n"));
            Block::Code { language, text }
        } else if let Some(first) = quoted(line).filter(|_| depth < QUOTE_DEPTH_MAX) {
            let mut inner = first.to_owned();
            while let Some((next, text)) =
                lines.peek().and_then(|line| Some((*line, quoted(line)?)))
            {
                inner.push('\n');
                inner.push_str(text);
                paragraph.push(next);
                lines.next();
            }
            Block::Quote(parse_within(&inner, depth + 1))
        } else if let Some(first) = item(line) {
            let is_ordered = first.is_ordered();
            let mut items = vec![first];
            while let Some((next, more)) = lines.peek().and_then(|line| Some((*line, item(line)?)))
                && more.is_ordered() == is_ordered
            {
                items.push(more);
                paragraph.push(next);
                lines.next();
            }
            Block::List { is_ordered, items }
        } else {
            continue;
        };
        if block.is_visible() {
            paragraph.truncate(written);
            end_paragraph(&mut paragraph, &mut blocks);
            blocks.push(block);
        }
    }
    end_paragraph(&mut paragraph, &mut blocks);
    blocks
}

/// The language of a fence that opens a block of code; `None` where the line is none.
fn fence(line: &str) -> Option<&str> {
    let language = line.strip_prefix(FENCE)?.trim();
    (!language.contains('`')).then_some(language)
}

/// The text of a quoted line.
fn quoted(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or((line == ">").then_some(""))
}

/// The item of a list that a line is; `None` where it is none, or there is nothing to see in it.
fn item(line: &str) -> Option<Item> {
    let text = line.trim_start_matches(' ');
    let level = ((line.len() - text.len()) / 2).min(usize::from(LEVEL_MAX)) as u8;
    let (marker, text) = text.split_once(' ')?;
    let is_number = marker.strip_suffix('.').is_some_and(|digits| {
        let is_short = (1..=NUMBER_CHARS_MAX).contains(&digits.len());
        is_short && digits.bytes().all(|c| c.is_ascii_digit())
    });
    if !(matches!(marker, "-" | "*") || is_number) {
        return None;
    }
    let parts = Line::new(text).parse();
    let marker = marker.to_owned();
    parts.iter().any(Inline::is_visible).then_some(Item {
        level,
        marker,
        parts,
    })
}

/// Makes the lines a paragraph, without the empty lines that only separate it from other blocks.
fn end_paragraph(lines: &mut Vec<&str>, blocks: &mut Vec<Block>) {
    let has_text = |line: &&str| !line.trim().is_empty();
    let first = lines.iter().position(has_text);
    let last = lines.iter().rposition(has_text);
    if let (Some(first), Some(last)) = (first, last) {
        let mut parts = Vec::new();
        for (index, line) in lines[first..=last].iter().enumerate() {
            if index > 0 {
                push_text(&mut parts, "\n");
            }
            parts.append(&mut Line::new(line).parse());
        }
        blocks.push(Block::Paragraph(parts));
    }
    lines.clear();
}
