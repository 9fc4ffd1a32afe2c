//! The documents: the head of a room's page, and a part of a room's log as text.

use std::fmt::Write as _;

use parlor_shared::{
    MessageId, RoomId, RoomState, Seq,
    timeline::{Message, Timeline},
};

use crate::http::assets::PageHead;
use crate::http::html::{Escaped, Utc};

/// Characters of a message's text in a preview.
const PREVIEW_CHARS_MAX: usize = 200;

const STYLE: &str = include_str!("plain.css");

/// The room that a document is about.
pub(super) struct About {
    pub(super) room: RoomId,
    pub(super) state: RoomState,
    /// The scheme and host that the client has asked, if it has named one.
    pub(super) site: Option<String>,
    /// The path at which the server is hosted.
    pub(super) base: String,
}

/// A part of a room's log.
pub(super) struct Part<'a> {
    /// The message that the address names.
    pub(super) at: Option<MessageId>,
    /// The part's beginning, if there is more before it.
    pub(super) before: Option<Seq>,
    /// The part's end, if there is more after it.
    pub(super) after: Option<Seq>,
    pub(super) timeline: &'a Timeline,
}

impl About {
    /// What people call the room.
    fn name(&self) -> String {
        match &self.state.name {
            Some(name) => isolated(name.as_str()),
            None => format!("#{}", self.room),
        }
    }

    /// What a preview of a link to the room, or to this message of it, shows.
    fn preview(&self, message: Option<&Message>) -> String {
        let title = match message {
            Some(message) => format!("{} in {}", isolated(message.name.as_str()), self.name()),
            None => self.name(),
        };
        let description = match (message.map(|message| &message.text), &self.state.topic) {
            (Some(Some(text)), _) => preview(text.as_str()),
            (Some(None), _) => "Message deleted".to_owned(),
            (None, Some(topic)) => preview(topic.as_str()),
            (None, None) => {
                "A live room: everyone with the link can read and write here.".to_owned()
            }
        };
        let (title, description) = (Escaped(&title), Escaped(&description));
        let mut html = format!(
            "<title>{title} · Parlor</title>\n\
             <meta name=\"description\" content=\"{description}\" />\n\
             <meta property=\"og:site_name\" content=\"Parlor\" />\n\
             <meta property=\"og:type\" content=\"website\" />\n\
             <meta property=\"og:title\" content=\"{title}\" />\n\
             <meta property=\"og:description\" content=\"{description}\" />\n\
             <meta name=\"twitter:card\" content=\"summary\" />\n\
             <meta name=\"robots\" content=\"noindex\" />\n"
        );
        if let Some(site) = &self.site {
            let at = message.map(|message| format!("?at={}", message.id));
            let at = at.unwrap_or_default();
            let url = format!("{site}{}/r/{}{at}", self.base, self.room);
            let url = Escaped(&url);
            write_html(
                &mut html,
                format_args!(
                    "<link rel=\"canonical\" href=\"{url}\" />\n\
                     <meta property=\"og:url\" content=\"{url}\" />\n"
                ),
            );
        }
        html
    }
}

/// The head of a room's page: what a preview of a link to it shows. Without JavaScript the browser
/// goes on to the plain page.
pub(super) fn head(about: &About, message: Option<&Message>) -> PageHead {
    let (room, base) = (&about.room, &about.base);
    let plain = match message.map(|message| message.id) {
        Some(id) => format!("{base}/plain/{room}?at={id}#{id}"),
        None => format!("{base}/plain/{room}"),
    };
    PageHead(format!(
        "{}<link rel=\"alternate\" type=\"text/html\" title=\"As text\" href=\"{plain}\" />\n\
         <noscript><meta http-equiv=\"refresh\" content=\"0; url={plain}\" /></noscript>",
        about.preview(message)
    ))
}

/// A part of a room's log as text.
pub(super) fn plain(about: &About, part: &Part<'_>) -> String {
    let (room, base) = (&about.room, &about.base);
    let at = part.at.and_then(|id| part.timeline.find(id));
    let live = at.map(|message| format!("?at={}", message.id));
    let (preview, name) = (about.preview(at.map(|message| &**message)), about.name());
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         {preview}<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
        Escaped(&name)
    );
    if about.state.name.is_some() {
        write_html(&mut html, format_args!("<p class=\"note\">#{room}</p>\n"));
    }
    if let Some(topic) = &about.state.topic {
        let topic = Escaped(topic.as_str());
        write_html(&mut html, format_args!("<p dir=\"auto\">{topic}</p>\n"));
    }
    write_html(
        &mut html,
        format_args!(
            "<p><a href=\"{base}/r/{room}{}\">Open the live room</a></p>\n",
            live.unwrap_or_default()
        ),
    );
    let earlier = part
        .before
        .map(|first| ("before", first, "Earlier messages"));
    let later = part.after.map(|last| ("after", last, "Later messages"));
    write_link(&mut html, about, earlier);
    let mut day = String::new();
    for message in part.timeline.messages() {
        let at = Utc(message.at_ms).to_string();
        let (date, time) = at.split_once(' ').unwrap_or_default();
        if date != day {
            date.clone_into(&mut day);
            write_html(&mut html, format_args!("<h2>{date}</h2>\n"));
        }
        write_message(&mut html, message, time, part.at == Some(message.id));
    }
    if part.timeline.is_empty() {
        html.push_str("<p>No messages here.</p>\n");
    }
    write_link(&mut html, about, later);
    html.push_str("<p class=\"note\">Times are in UTC.</p>\n</main>\n</body>\n</html>\n");
    html
}

/// The policy of the plain page: it loads nothing.
pub(super) fn policy() -> String {
    crate::http::assets::policy_of_style(STYLE)
}

/// `is_wanted`: the address names this message. Browsers scroll to what has the focus, also where
/// the address has no fragment.
fn write_message(html: &mut String, message: &Message, time: &str, is_wanted: bool) {
    let (id, name) = (message.id, Escaped(message.name.as_str()));
    write_html(
        html,
        format_args!(
            "<article id=\"{id}\"{}>\n<p><b><bdi>{name}</bdi></b> <time>{time}</time>{}</p>\n",
            if is_wanted {
                " tabindex=\"-1\" autofocus"
            } else {
                ""
            },
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

fn write_link(html: &mut String, about: &About, link: Option<(&str, Seq, &str)>) {
    let (room, base) = (&about.room, &about.base);
    if let Some((field, seq, label)) = link {
        write_html(
            html,
            format_args!("<p><a href=\"{base}/plain/{room}?{field}={seq}\">{label}</a></p>\n"),
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
