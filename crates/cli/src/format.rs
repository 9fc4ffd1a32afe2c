//! An entry as a line for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use parlor_client::{Body, Entry, MessageId};

use crate::when;

const TIME: Style = Style::new().dimmed();
const NAME: Style = Style::new().bold();
const NOTE: Style = AnsiColor::BrightBlack.on_default();

/// The line of an entry: when, who, and what they wrote or did. Its second line and those after it
/// are indented. `None` for an entry of a kind that a newer server has.
pub(crate) fn line(entry: &Entry) -> Option<String> {
    let said = if let Body::Post { text, reply_to } = &entry.body {
        let to = reply_to.map(|to| format!("[to {}] ", short(to)));
        Some(to.unwrap_or_default() + &clean(text.as_str()))
    } else {
        None
    };
    let mut line = String::new();
    let (time, name) = (when::shown(entry.at_ms), clean(entry.name.as_str()));
    write!(line, "{TIME}{time}{TIME:#} {NAME}{name}{NAME:#}").ok()?;
    match said {
        Some(words) => write!(line, ": {words}").ok()?,
        None => write!(line, " {NOTE}{}{NOTE:#}", done(&entry.body)?).ok()?,
    }
    Some(line)
}

/// What somebody did other than to write a message.
fn done(body: &Body) -> Option<String> {
    Some(match body {
        Body::Post { .. } | Body::Unknown => return None,
        Body::Edit { target, text } => {
            format!("changed {} to: {}", short(*target), clean(text.as_str()))
        }
        Body::Deletion { target } => format!("deleted {}", short(*target)),
        Body::Reaction {
            target,
            emoji,
            on: true,
        } => {
            format!("reacted to {} with {emoji}", short(*target))
        }
        Body::Reaction {
            target,
            emoji,
            on: false,
        } => {
            format!("took {emoji} back from {}", short(*target))
        }
        Body::RoomName { name: Some(name) } => {
            format!("named the room {}", clean(name.as_str()))
        }
        Body::RoomName { name: None } => "took the room's name away".to_owned(),
        Body::Topic { topic: Some(topic) } => format!("set the topic: {}", clean(topic.as_str())),
        Body::Topic { topic: None } => "took the topic away".to_owned(),
        Body::RoomKind { .. } => "changed who may do what in the room".to_owned(),
        Body::Pin { target, on: true } => format!("pinned {}", short(*target)),
        Body::Pin { target, on: false } => format!("unpinned {}", short(*target)),
        Body::Mute {
            name,
            until_ms: Some(until_ms),
            ..
        } => {
            format!(
                "muted {} until {}",
                clean(name.as_str()),
                when::shown(*until_ms)
            )
        }
        Body::Mute {
            name,
            until_ms: None,
            ..
        } => format!("unmuted {}", clean(name.as_str())),
        Body::SlowMode { seconds: 0 } => "ended slow mode".to_owned(),
        Body::SlowMode { seconds } => format!("set slow mode to {seconds} s"),
        Body::Blanked { .. } => "(deleted)".to_owned(),
    })
}

/// The end of a message's id, which tells messages apart for people: its beginning is the time.
fn short(id: MessageId) -> String {
    let id = id.to_string();
    let from = id.len().saturating_sub(8);
    id.get(from..).unwrap_or(&id).to_owned()
}

/// Words of others as a terminal may have them: without what moves the cursor or changes colours,
/// and with lines that can't be taken for messages of their own.
pub(crate) fn clean(words: &str) -> String {
    let mut clean = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '\n' => clean.push_str("\n    "),
            '\t' => clean.push(' '),
            control if control.is_control() => clean.push(char::REPLACEMENT_CHARACTER),
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_moves_no_cursor_and_is_no_other_message() {
        assert_eq!(
            clean("a\u{1b}[2Jb\u{9b}c\rd"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
        assert_eq!(clean("one\ntwo\tthree"), "one\n    two three");
    }
}
