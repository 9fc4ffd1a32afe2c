//! What changes reports, and how.

use parlor_shared::{
    MemberId, MessageId, Name, RoomId,
    limits::{REPORTS_MAX, REPORTS_MEMBER_MAX},
};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::engine::embedded::admin::{
    made::{Made, NotMade, Refusal},
    note::note,
};

/// A report to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReport {
    /// The message's room.
    pub room: RoomId,
    /// The message.
    pub target: MessageId,
    /// Who reports it.
    pub member: MemberId,
    /// Their name.
    pub name: Name,
    /// Why.
    pub reason: String,
}

/// A change of reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportChange {
    /// A message is reported.
    Report {
        /// Which and why.
        new: NewReport,
        /// When, in Unix milliseconds.
        at_ms: u64,
    },
    /// A report of a room is closed.
    Resolve {
        /// The room.
        room: RoomId,
        /// Its number.
        report: u64,
        /// Who closes it.
        by: String,
        /// When.
        at_ms: u64,
    },
}

impl ReportChange {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Report { new, at_ms } => report(db, new, *at_ms),
            Self::Resolve {
                room,
                report,
                by,
                at_ms,
            } => {
                let sql = "DELETE FROM reports WHERE id = ?1 AND room = ?2";
                let deleted = db.execute(sql, params![report.cast_signed(), room.as_str()])?;
                if deleted > 0 {
                    let what = format!("{by} closed report {report} in room {room}");
                    note(db, &what, *at_ms)?;
                }
                Ok(Made::Found(deleted > 0))
            }
        }
    }
}

fn report(db: &Connection, new: &NewReport, at_ms: u64) -> Result<Made, NotMade> {
    let again = "DELETE FROM reports WHERE room = ?1 AND target = ?2 AND member = ?3";
    let (room, target) = (new.room.as_str(), new.target.as_bytes());
    db.execute(again, params![room, target, new.member.as_bytes()])?;
    let of_member = "SELECT count(*) FROM reports WHERE member = ?1";
    let of_member: i64 = db.query_row(of_member, [new.member.as_bytes()], |row| row.get(0))?;
    if of_member >= REPORTS_MEMBER_MAX as i64 {
        return Err(Refusal::TooMany.into());
    }
    db.execute(
        "INSERT INTO reports (room, target, member, name, at_ms, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            room,
            target,
            new.member.as_bytes(),
            new.name.as_str(),
            at_ms.cast_signed(),
            new.reason
        ],
    )?;
    let too_many = "DELETE FROM reports WHERE id IN
        (SELECT id FROM reports ORDER BY id DESC LIMIT -1 OFFSET ?1)";
    db.execute(too_many, [REPORTS_MAX as i64])?;
    let (name, reason) = (&new.name, &new.reason);
    let what = format!("{name} reported {} in room {room}: {reason}", new.target);
    note(db, &what, at_ms)?;
    Ok(Made::Done)
}
