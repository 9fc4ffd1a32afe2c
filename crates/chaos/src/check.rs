//! Checks what every client did and observed against the log. A pure function: the same records
//! give the same verdict.

mod deletions;
mod histories;
mod observations;
mod posts;
mod verdict;

pub use verdict::{Verdict, Violation, ViolationKind};

use std::collections::BTreeMap;

use parlor_client::{RoomId, Seq};

use self::{
    deletions::Deletions,
    histories::{Histories, LostEntries},
    observations::{ObservationCheck, RoomHistory},
    posts::PostCheck,
};
use crate::record::{Log, Logs, Record, Start};

/// Checks the records against the logs that are left after all these starts of the server.
#[must_use]
pub fn check(logs: &Logs, records: &[Record], starts: &[Start]) -> Verdict {
    let histories = Histories(starts);
    let mut lost = BTreeMap::new();
    for room in records.iter().flat_map(|record| record.observations.keys()) {
        lost.entry(room)
            .or_insert_with(|| LostEntries::of(room, records, histories));
    }
    let deletions: BTreeMap<&RoomId, Deletions> = logs
        .iter()
        .map(|(room, log)| (room, Deletions::of(log)))
        .collect();
    let no_deletions = Deletions::default();
    let mut verdict = Verdict::default();
    for (room, log) in logs {
        check_chain(&mut verdict, room, log);
        check_words(&mut verdict, room, log, &deletions[room]);
    }
    for (client, record) in records.iter().enumerate() {
        let before = verdict.entries_verified;
        for (room, observations) in &record.observations {
            let Some(lost) = lost.get(room) else {
                continue;
            };
            let history = RoomHistory {
                left: logs.get(room).map_or(&[][..], Vec::as_slice),
                deletions: deletions.get(room).unwrap_or(&no_deletions),
                lost,
                histories,
            };
            let mut check = ObservationCheck::new(&mut verdict, client, room, history);
            check.observe_all(observations);
            if record.final_rooms.contains(room) {
                check.check_head();
            }
        }
        let received = verdict.entries_verified - before;
        *verdict.entries_by_kind.entry(record.kind).or_default() += received;
        let failures = record.failures.iter();
        let failures = failures.map(|what| Violation::failure(Some(client), what));
        verdict.violations.extend(failures);
    }
    PostCheck::new(&mut verdict, logs, records, &deletions, histories).run();
    verdict
}

/// The logs were read after everything else, so no entry of a deleted message has its words.
fn check_words(verdict: &mut Verdict, room: &RoomId, log: &Log, deletions: &Deletions) {
    let violations = deletions.worded(log).map(|entry| Violation {
        kind: ViolationKind::Words,
        client: None,
        room: Some(room.clone()),
        seq: Some(entry.seq),
        at: None,
        what: format!("{entry:?} has words, and its message is deleted"),
    });
    verdict.violations.extend(violations);
}

fn check_chain(verdict: &mut Verdict, room: &RoomId, log: &Log) {
    let mut prev = Seq::ZERO;
    for entry in log {
        if entry.prev != prev || entry.seq <= prev {
            verdict.violations.push(Violation {
                kind: ViolationKind::Chain,
                client: None,
                room: Some(room.clone()),
                seq: Some(entry.seq),
                at: None,
                what: format!("{} follows {}, not {prev}", entry.seq, entry.prev),
            });
        }
        prev = entry.seq;
    }
    verdict.entries_on_log += log.len() as u64;
}
