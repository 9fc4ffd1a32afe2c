//! The documents: the head of a room's page, and a part of a room's log as text.

use std::fmt::Write as _;

use parlor_shared::{
    RoomId, Seq,
    timeline::{Message, Timeline},
};

use super::html::{Escaped, Utc};
use crate::http::assets::PageHead;

/// Characters of a message's text in a preview.
const PREVIEW_CHARS_MAX: usize = 200;

const STYLE: &str = include_str!("plain.css");

/// A part of a room's log.
pub(super) struct Part<'a> {
    pub(super) room: &'a RoomId,
    /// The part's beginning, if there is more before it.
    pub(super) before: Option<Seq>,
    /// The part's end, if there is more after it.
    pub(super) after: Option<Seq>,
    pub(super) timeline: &'a Timeline,
}

/// The head of a room's page: what a preview of a link to it shows. Without JavaScript the browser
/// goes on to the plain page.
pub(super) fn head(room: &RoomId, message: Option<&Message>) -> PageHead {
    let title = match message {
        Some(message) => format!("{} in #{room}", isolated(message.name.as_str())),
        None => format!("#{room}"),
    };
    let description = match message.map(|message| &message.text) {
        Some(Some(text)) => preview(text.as_str()),
        Some(None) => "Message deleted".to_owned(),
        None => "A live room: everyone with the link can read and write here.".to_owned(),
    };
    let (title, description) = (Escaped(&title), Escaped(&description));
    let plain = match message {
        Some(message) => format!("/plain/{room}?at={}", message.id),
        None => format!("/plain/{room}"),
    };
    PageHead(format!(
        "<title>{title} · Parlor</title>\n\
         <meta name=\"description\" content=\"{description}\" />\n\
         <meta property=\"og:site_name\" content=\"Parlor\" />\n\
         <meta property=\"og:type\" content=\"website\" />\n\
         <meta property=\"og:title\" content=\"{title}\" />\n\
         <meta property=\"og:description\" content=\"{description}\" />\n\
         <meta name=\"twitter:card\" content=\"summary\" />\n\
         <meta name=\"robots\" content=\"noindex\" />\n\
         <link rel=\"alternate\" type=\"text/html\" title=\"As text\" href=\"{plain}\" />\n\
         <noscript><meta http-equiv=\"refresh\" content=\"0; url={plain}\" /></noscript>"
    ))
}

/// A part of a room's log as text.
pub(super) fn plain(part: &Part<'_>) -> String {
    let room = part.room;
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         <meta name=\"robots\" content=\"noindex\" />\n\
         <title>#{room} · Parlor</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>#{room}</h1>\n<p><a href=\"/r/{room}\">Open the live room</a></p>\n"
    );
    let earlier = part
        .before
        .map(|first| ("before", first, "Earlier messages"));
    let later = part.after.map(|last| ("after", last, "Later messages"));
    write_link(&mut html, room, earlier);
    let mut day = String::new();
    for message in part.timeline.messages() {
        let at = Utc(message.at_ms).to_string();
        let (date, time) = at.split_once(' ').unwrap_or_default();
        if date != day {
            date.clone_into(&mut day);
            write_html(&mut html, format_args!("<h2>{date}</h2>\n"));
        }
        write_message(&mut html, message, time);
    }
    if part.timeline.is_empty() {
        html.push_str("<p>No messages here.</p>\n");
    }
    write_link(&mut html, room, later);
    html.push_str("<p class=\"note\">Times are in UTC.</p>\n</main>\n</body>\n</html>\n");
    html
}

/// The policy of the plain page: it loads nothing.
pub(super) fn policy() -> String {
    crate::http::assets::policy_of_style(STYLE)
}

fn write_message(html: &mut String, message: &Message, time: &str) {
    let (id, name) = (message.id, Escaped(message.name.as_str()));
    write_html(
        html,
        format_args!(
            "<article id=\"{id}\">\n<p><b><bdi>{name}</bdi></b> <time>{time}</time>{}</p>\n",
            if message.edited { " edited" } else { "" }
        ),
    );
    match &message.text {
        Some(text) => {
            let text = Escaped(text.as_str());
            write_html(html, format_args!("<div dir=\"auto\">{text}</div>\n"));
        }
        None => html.push_str("<div class=\"note\">Message deleted</div>\n"),
    }
    html.push_str("</article>\n");
}

fn write_link(html: &mut String, room: &RoomId, link: Option<(&str, Seq, &str)>) {
    if let Some((field, seq, label)) = link {
        write_html(
            html,
            format_args!("<p><a href=\"/plain/{room}?{field}={seq}\">{label}</a></p>\n"),
        );
    }
}

fn write_html(html: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    html.write_fmt(text).ok();
}

/// A name that does not change the direction of the text around it.
fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// The beginning of a text, on one line and isolated.
fn preview(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(PREVIEW_CHARS_MAX) {
        Some((end, _)) => isolated(&format!("{}…", &line[..end])),
        None => isolated(&line),
    }
}
