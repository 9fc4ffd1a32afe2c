//! The part of the admin page about people: bans, open reports, and what was done about both.

use std::fmt::Write as _;

use parlor_shared::{Report, RoomId, limits::ADMIN_ROWS_MAX};

use super::duration::Duration;
use crate::{
    engine::embedded::{AdminError, AdminFile, AdminLine, KeptBan},
    http::html::Escaped,
};

/// What there is to show: the newest of each, up to [`ADMIN_ROWS_MAX`].
pub(super) struct Moderation {
    bans: Vec<KeptBan>,
    reports: Vec<RoomReport>,
    log: Vec<AdminLine>,
    now_ms: u64,
}

struct RoomReport {
    room: RoomId,
    report: Report,
}

impl Moderation {
    /// Reads it. It waits for the disk.
    pub(super) fn read(admin: &AdminFile, now_ms: u64) -> Result<Self, AdminError> {
        let mut bans = admin.bans(now_ms)?;
        bans.truncate(ADMIN_ROWS_MAX);
        let mut reports = Vec::new();
        for room in admin.report_counts()?.into_keys() {
            let of_room = admin.reports(&room)?.into_iter();
            reports.extend(of_room.map(|report| RoomReport {
                room: room.clone(),
                report,
            }));
            if reports.len() >= ADMIN_ROWS_MAX {
                reports.truncate(ADMIN_ROWS_MAX);
                break;
            }
        }
        let log = admin.admin_log(ADMIN_ROWS_MAX)?;
        Ok(Self {
            bans,
            reports,
            log,
            now_ms,
        })
    }

    /// Writes it as HTML, with `token` in each form.
    pub(super) fn write(&self, html: &mut String, token: &str) {
        // A string takes everything.
        self.try_write(html, token).ok();
    }

    fn try_write(&self, html: &mut String, token: &str) -> std::fmt::Result {
        html.push_str(
            "<h2>Open reports</h2>\n<table><tr><th>Room</th><th>Message</th><th>Reported by</th>\
             <th>Reason</th><th></th></tr>\n",
        );
        for RoomReport { room, report } in &self.reports {
            let (name, reason) = (Escaped(report.name.as_str()), Escaped(&report.reason));
            writeln!(
                html,
                "<tr><td>{room}</td><td>{}</td><td>{name}</td><td>{reason}</td><td><form method=\"post\" \
                 action=\"/resolve\">{token}<input type=\"hidden\" name=\"room\" value=\"{room}\">\
                 <input type=\"hidden\" name=\"id\" value=\"{}\"><button>Close</button></form></td></tr>",
                report.target, report.report
            )?;
        }
        html.push_str(
            "</table>\n<h2>Bans</h2>\n<table><tr><th>Who</th><th>Where</th><th>Addresses</th>\
             <th>Left</th><th>By</th><th>Reason</th><th></th></tr>\n",
        );
        for ban in &self.bans {
            let name = ban.name.as_ref().map_or("", |name| name.as_str());
            let member = ban.member.map(|member| member.to_string());
            writeln!(
                html,
                "<tr><td>{} <span class=\"note\">{}</span></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
                 <td>{}</td><td><form method=\"post\" action=\"/unban\">{token}<input type=\"hidden\" \
                 name=\"id\" value=\"{}\"><button>Lift</button></form></td></tr>",
                Escaped(name),
                member.unwrap_or_default(),
                ban.room.as_ref().map_or("the server", RoomId::as_str),
                ban.networks.join(" "),
                Duration(ban.until_ms.saturating_sub(self.now_ms)),
                Escaped(&ban.by),
                Escaped(&ban.reason),
                ban.id
            )?;
        }
        html.push_str("</table>\n<h2>Admin log, the newest first</h2>\n<table>\n");
        for line in &self.log {
            let ago = Duration(self.now_ms.saturating_sub(line.at_ms));
            writeln!(
                html,
                "<tr><td>{ago} ago</td><td>{}</td></tr>",
                Escaped(&line.what)
            )?;
        }
        html.push_str("</table>\n");
        Ok(())
    }
}
