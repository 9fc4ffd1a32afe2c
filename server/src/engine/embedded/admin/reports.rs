//! Members' reports of messages, until a moderator has closed them.

use std::collections::BTreeMap;

use parlor_shared::{
    MemberId, MessageId, Name, Report, RoomId,
    limits::{REPORTS_MEMBER_MAX, REPORTS_PAGE_MAX},
};
use rusqlite::{Row, params};

pub use super::change::reports::NewReport;
use super::{
    AdminError, AdminFile,
    change::{AdminChange, reports::ReportChange},
    column::parsed,
    made::{ChangeError, Refusal},
};

/// A report was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The member has as many open reports as a member may have.
    #[error("You have {REPORTS_MEMBER_MAX} open reports. Moderators look at those first.")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<ChangeError> for ReportError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(_) | ChangeError::Failed(_) => AdminError::from(error).into(),
        }
    }
}

impl AdminFile {
    /// Keeps a report, in the place of an earlier one of the same member and message. Past
    /// [`REPORTS_MAX`](parlor_shared::limits::REPORTS_MAX) the oldest makes way.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn report(&self, new: &NewReport, now_ms: u64) -> Result<(), ReportError> {
        let (new, at_ms) = (new.clone(), now_ms);
        self.change(AdminChange::Report(ReportChange::Report { new, at_ms }))?;
        Ok(())
    }

    /// The open reports of a room, the newest first: at most [`REPORTS_PAGE_MAX`].
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn reports(&self, room: &RoomId) -> Result<Vec<Report>, AdminError> {
        let db = self.lock();
        let sql = "SELECT id, target, member, name, at_ms, reason FROM reports
            WHERE room = ?1 ORDER BY id DESC LIMIT ?2";
        let mut statement = db.prepare_cached(sql)?;
        let reports = statement.query_map(params![room.as_str(), REPORTS_PAGE_MAX as i64], read)?;
        Ok(reports.collect::<rusqlite::Result<_>>()?)
    }

    /// The rooms that have open reports, and how many.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn report_counts(&self) -> Result<BTreeMap<RoomId, u32>, AdminError> {
        let db = self.lock();
        let sql = "SELECT room, count(*) FROM reports GROUP BY room";
        let mut statement = db.prepare_cached(sql)?;
        let counts = statement.query_map([], |row| Ok((parsed(row, 0)?, row.get(1)?)))?;
        Ok(counts.collect::<rusqlite::Result<_>>()?)
    }

    /// Closes a report of a room. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn resolve(
        &self,
        room: &RoomId,
        report: u64,
        by: &str,
        now_ms: u64,
    ) -> Result<bool, AdminError> {
        let change = ReportChange::Resolve {
            room: room.clone(),
            report,
            by: by.to_owned(),
            at_ms: now_ms,
        };
        self.change(AdminChange::Report(change))?.found()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Report> {
    let name = row.get::<_, String>(3)?;
    let name = Name::try_from(name).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(3, kind, Box::new(error))
    })?;
    Ok(Report {
        report: row.get::<_, i64>(0)?.cast_unsigned(),
        target: MessageId::from_bytes(row.get(1)?),
        member: MemberId::from_bytes(row.get(2)?),
        name,
        at_ms: row.get::<_, i64>(4)?.cast_unsigned(),
        reason: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use parlor_shared::limits::REPORTS_MAX;

    use super::*;

    fn report(member: u8, n: usize) -> NewReport {
        NewReport {
            room: RoomId::parse("lobby").unwrap(),
            target: MessageId::new(n as u64, [0; 10]),
            member: MemberId::from_bytes([member; 16]),
            name: Name::parse("bob").unwrap(),
            reason: format!("reason {n}"),
        }
    }

    #[test]
    fn a_member_has_a_bounded_number_of_open_reports_one_a_message_and_a_room_shows_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let lobby = RoomId::parse("lobby").unwrap();
        for n in 0..REPORTS_MEMBER_MAX {
            file.report(&report(1, n), n as u64).unwrap();
        }
        assert!(matches!(
            file.report(&report(1, 1_000), 9),
            Err(ReportError::TooMany)
        ));
        file.report(&report(1, 3), 100).unwrap();
        file.report(&report(2, 3), 101).unwrap();
        let kept = file.reports(&lobby).unwrap();
        assert_eq!(kept.len(), REPORTS_PAGE_MAX);
        assert_eq!(kept[0].at_ms, 101);
        assert!(file.resolve(&lobby, kept[0].report, "ann", 102).unwrap());
        assert!(!file.resolve(&lobby, kept[0].report, "ann", 102).unwrap());
        assert_eq!(file.reports(&lobby).unwrap()[0].at_ms, 100);
        let other = RoomId::parse("other").unwrap();
        assert!(!file.resolve(&other, kept[1].report, "ann", 103).unwrap());
        assert_eq!(file.reports(&other).unwrap(), []);
        let counts = file.report_counts().unwrap();
        assert_eq!(counts, BTreeMap::from([(lobby, REPORTS_MEMBER_MAX as u32)]));
    }

    #[test]
    fn the_oldest_report_makes_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let fill = "INSERT INTO reports (room, target, member, name, at_ms, reason)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
            SELECT 'old', CAST(printf('%016d', n) AS BLOB), CAST(printf('%016d', n) AS BLOB), 'ann', n, ''
            FROM n";
        file.lock().execute(fill, [REPORTS_MAX as i64]).unwrap();
        file.report(&report(1, 1), 7).unwrap();
        let counts = "SELECT count(*), min(at_ms) FROM reports WHERE room = 'old'";
        let counts = file.lock().query_row(counts, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(counts.unwrap(), (REPORTS_MAX as i64 - 1, 2));
    }
}
