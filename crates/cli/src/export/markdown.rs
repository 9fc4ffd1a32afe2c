//! A room as Markdown (CommonMark).

use parlor_shared::timeline::Message;

use super::document::Document;
use crate::{format::clean, when};

/// Markdown, a paragraph a message.
pub(super) struct Markdown;

impl Document for Markdown {
    fn head(&self, room: &str) -> String {
        format!("# {room}\n\n")
    }

    fn message(&self, message: &Message, answered: Option<&Message>) -> String {
        let name = escaped(message.name.as_str());
        let mut text = format!("**{name}** *{}*\n\n", when::shown(message.at_ms));
        if let Some(answered) = answered {
            let words = answered.text.as_ref().map_or("", |text| text.as_str());
            let first = words.lines().next().unwrap_or_default();
            let name = escaped(answered.name.as_str());
            text += &format!("> **{name}**: {}\n\n", escaped(first));
        }
        match &message.text {
            Some(words) => text += &paragraph(words.as_str()),
            None => text += "*(deleted)*\n",
        }
        let reactions = message
            .reactions
            .iter()
            .filter(|reaction| !reaction.members.is_empty());
        let reactions: Vec<String> = reactions
            .map(|reaction| format!("{} {}", reaction.emoji, reaction.members.len()))
            .collect();
        if !reactions.is_empty() {
            text += &format!("\n{}\n", reactions.join(" · "));
        }
        text + "\n"
    }

    fn end(&self) -> String {
        String::new()
    }
}

/// What somebody wrote, each line on its own.
fn paragraph(words: &str) -> String {
    let lines: Vec<String> = words.lines().map(escaped).collect();
    // Two spaces at the end of a line are a line break.
    lines.join("  \n") + "\n"
}

/// Words that are no markup: every character that Markdown gives a meaning has a backslash.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for character in clean(words).trim().chars() {
        if character.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_no_markup() {
        assert_eq!(escaped("# <b>1. *x*"), "\\# \\<b\\>1\\. \\*x\\*");
        assert_eq!(paragraph("a\nb_c"), "a  \nb\\_c\n");
    }
}
