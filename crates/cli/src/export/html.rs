//! A room as a page of HTML that needs nothing else: no script, no font, no picture.

use parlor_shared::timeline::Message;

use super::document::Document;
use crate::when;

const STYLE: &str = ":root{color-scheme:light dark}body{max-width:44rem;margin:2rem auto;padding:0 \
1rem;font:1rem/1.5 system-ui,sans-serif}article{margin:0 0 1rem;overflow-wrap:anywhere}article \
p{margin:0;white-space:pre-wrap}time,.note{color:GrayText;font-size:.85em}blockquote{margin:0 0 \
.25rem;padding-inline-start:.5rem;border-inline-start:3px solid \
GrayText;color:GrayText;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}";

/// HTML, an article a message.
pub(super) struct Html;

impl Document for Html {
    fn head(&self, room: &str) -> String {
        let room = escaped(room);
        format!(
            "<!DOCTYPE html>\n<html lang=\"und\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
             name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
             http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
             'unsafe-inline'\">\n<title>{room}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1># {room}</h1>\n"
        )
    }

    fn message(&self, message: &Message, answered: Option<&Message>) -> String {
        let (id, time) = (message.id, when::shown(message.at_ms));
        let name = escaped(message.name.as_str());
        let mut text = format!(
            "<article id=\"{id}\"><div><strong dir=\"auto\">{name}</strong> <time>{time}</time>"
        );
        if message.edited {
            text += " <span class=\"note\">(edited)</span>";
        }
        text += "</div>\n";
        if let Some(answered) = answered {
            let words = answered.text.as_ref().map_or("", |text| text.as_str());
            let (name, words) = (escaped(answered.name.as_str()), escaped(words));
            let id = answered.id;
            text += &format!(
                "<blockquote dir=\"auto\"><a href=\"#{id}\">{name}</a>: {words}</blockquote>\n"
            );
        }
        match &message.text {
            Some(words) => {
                text += &format!("<p dir=\"auto\">{}</p>\n", escaped(words.as_str()));
            }
            None => text += "<p class=\"note\">(deleted)</p>\n",
        }
        let reactions = message
            .reactions
            .iter()
            .filter(|reaction| !reaction.members.is_empty());
        let reactions: Vec<String> = reactions
            .map(|reaction| {
                format!(
                    "{} {}",
                    escaped(reaction.emoji.as_str()),
                    reaction.members.len()
                )
            })
            .collect();
        if !reactions.is_empty() {
            text += &format!("<div class=\"note\">{}</div>\n", reactions.join(" · "));
        }
        text + "</article>\n"
    }

    fn end(&self) -> String {
        "</body>\n</html>\n".to_owned()
    }
}

/// Words that are no markup.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_no_markup() {
        assert_eq!(
            escaped("<script>\"a\" & 'b'</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;"
        );
    }
}
