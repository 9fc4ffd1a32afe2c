//! The admin page: the server at one moment, and what can be done to it.

use std::{fmt::Write as _, time::SystemTime};

use parlor_shared::limits::{ADMIN_ROWS_MAX, ANNOUNCEMENT_CHARS_MAX};

use crate::{
    http::{
        admin::{duration::Duration, moderation::Moderation, webhooks},
        assets::policy_of_form_page,
        html::Escaped,
    },
    node::Node,
    operation::Phase,
    rooms::room::occupancy::Occupancy,
    threads::{SessionReport, ThreadStuck},
};

const STYLE: &str = include_str!("page.css");

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) node: &'a Node,
    /// The sessions that are furthest behind.
    pub(super) sessions: Result<Vec<SessionReport>, ThreadStuck>,
    /// Bans and reports; `None` where they can't be read.
    pub(super) moderation: Option<Moderation>,
    pub(super) form_token: &'a str,
    /// How many sessions were told by the form before.
    pub(super) announced: Option<usize>,
}

/// The policy of the page: it loads nothing, and its forms go to its own address.
pub(super) fn policy() -> String {
    policy_of_form_page(STYLE)
}

/// The page as HTML.
pub(super) fn page(shown: &Shown<'_>) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Parlor: admin</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>Parlor {}</h1>\n",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(count) = shown.announced {
        write(
            &mut html,
            format_args!("<p role=\"status\">Announced to {count} sessions.</p>\n"),
        );
    }
    write_state(&mut html, shown.node);
    write_forms(&mut html, shown);
    write_rooms(&mut html, shown.node.hub.occupancy());
    match &shown.sessions {
        Ok(sessions) => write_sessions(&mut html, sessions, shown.node),
        Err(error) => write(
            &mut html,
            format_args!("<h2>Sessions</h2>\n<p>{error}.</p>\n"),
        ),
    }
    webhooks::write(&mut html, &shown.node.webhooks.all(), shown.node);
    match &shown.moderation {
        Some(moderation) => moderation.write(&mut html, &token_field(shown.form_token)),
        None => html.push_str("<p>Bans and reports can't be read now.</p>\n"),
    }
    html.push_str(
        "<p class=\"note\">For programs: <a href=\"/live\">/live</a>, <a href=\"/ready\">/ready</a>, \
         <a href=\"/metrics\">/metrics</a>.</p>\n</body>\n</html>\n",
    );
    html
}

fn write_state(html: &mut String, node: &Node) {
    let phase = match node.operation.phase() {
        Phase::Open => "takes connections",
        Phase::Draining { .. } => "sends its clients away and takes no new ones",
        Phase::Stopping => "is stopping",
    };
    let up = SystemTime::now().duration_since(node.operation.started);
    let up = Duration(up.unwrap_or_default().as_millis() as u64);
    let (open, max) = (node.connections.count_now(), node.connections.max());
    let members = node.seen_feed.member_count();
    write(
        html,
        format_args!(
            "<p>The server {phase}. It has run for {up}, and has {open} connections of at most {max}, \
             of {members} members.</p>\n"
        ),
    );
}

/// What each form has in it.
fn token_field(form_token: &str) -> String {
    format!("<input type=\"hidden\" name=\"token\" value=\"{form_token}\">")
}

fn write_forms(html: &mut String, shown: &Shown<'_>) {
    let token = token_field(shown.form_token);
    write(
        html,
        format_args!(
            "<form method=\"post\" action=\"/announce\">{token}<label>Tell everyone: <input name=\"text\" \
             required maxlength=\"{ANNOUNCEMENT_CHARS_MAX}\"></label> <button>Announce</button></form>\n"
        ),
    );
    let (action, label) = match shown.node.operation.phase() {
        Phase::Open => ("/drain", "Send everyone away"),
        Phase::Draining { .. } | Phase::Stopping => ("/open", "Take connections again"),
    };
    write(
        html,
        format_args!(
            "<form method=\"post\" action=\"{action}\">{token}<button>{label}</button></form>\n"
        ),
    );
}

fn write_rooms(html: &mut String, mut rooms: Vec<Occupancy>) {
    let count = rooms.len();
    rooms.sort_by(|one, other| (other.members, &one.room).cmp(&(one.members, &other.room)));
    rooms.truncate(ADMIN_ROWS_MAX);
    write(
        html,
        format_args!(
            "<h2>Rooms in memory: {count}</h2>\n<table><tr><th>Room</th><th class=\"n\">Present</th>\
             <th class=\"n\">Newest entry</th><th class=\"n\">Ring, bytes</th></tr>\n"
        ),
    );
    for room in rooms {
        let Occupancy {
            room,
            members,
            head,
            ring_bytes,
        } = room;
        write(
            html,
            format_args!(
                "<tr><td>{room}</td><td class=\"n\">{members}</td><td class=\"n\">{head}</td>\
                 <td class=\"n\">{ring_bytes}</td></tr>\n"
            ),
        );
    }
    html.push_str("</table>\n");
}

fn write_sessions(html: &mut String, sessions: &[SessionReport], node: &Node) {
    let now_ms = node.hub.clock().now_ms();
    html.push_str(
        "<h2>Sessions, those furthest behind first</h2>\n<table><tr><th>Member</th><th>Address</th>\
         <th class=\"n\">Connected for</th><th class=\"n\">Entries behind</th>\
         <th class=\"n\">Unsent bytes</th><th>Rooms</th></tr>\n",
    );
    for session in sessions {
        let name = match &session.member {
            Some(member) => format!(
                "{} <span class=\"note\">{}</span>",
                Escaped(member.name.as_str()),
                member.member
            ),
            None => "<span class=\"note\">no hello yet</span>".to_owned(),
        };
        let address = session.network.map(|network| network.to_string());
        let rooms: Vec<String> = session
            .rooms
            .iter()
            .map(|lag| match lag.behind {
                0 => lag.room.to_string(),
                behind => format!("{} (−{behind})", lag.room),
            })
            .collect();
        write(
            html,
            format_args!(
                "<tr><td>{name}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td>{}</td></tr>\n",
                address.as_deref().unwrap_or("unknown"),
                Duration(now_ms.saturating_sub(session.opened_ms)),
                session.behind(),
                session.unsent_bytes,
                rooms.join(", "),
            ),
        );
    }
    html.push_str("</table>\n");
}

fn write(html: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    html.write_fmt(text).ok();
}
