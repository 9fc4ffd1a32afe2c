//! What a client saw of a room, against the room's log.

use std::{collections::BTreeMap, ops::Bound, sync::Arc, time::Duration};

use parlor_client::{Entry, JoinOutcome, RoomId, Seq};

use super::{Kind, Verdict, Violation};
use crate::record::{Seen, Sight};

/// Goes through what one client saw of one room.
pub(super) struct Reader<'a> {
    verdict: &'a mut Verdict,
    client: usize,
    room: &'a RoomId,
    log: BTreeMap<Seq, &'a Arc<Entry>>,
    /// Where the client started over last, and what it has seen since.
    visit: Option<Visit>,
}

struct Visit {
    start: Seq,
    newest: Seq,
    seen: BTreeMap<Seq, Duration>,
    at: Duration,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        verdict: &'a mut Verdict,
        client: usize,
        room: &'a RoomId,
        log: &'a [Arc<Entry>],
    ) -> Self {
        Self {
            verdict,
            client,
            room,
            log: log.iter().map(|entry| (entry.seq, entry)).collect(),
            visit: None,
        }
    }

    pub(super) fn read(mut self, sights: &[Sight], stays: bool) {
        let mut resets_allowed = 0_u32;
        for Sight { at, what } in sights {
            match what {
                Seen::Asked => resets_allowed += 1,
                Seen::Joined {
                    outcome: JoinOutcome::Resumed,
                    after,
                } => {
                    // The entries that follow show whether it was true.
                    self.verdict.resumed += 1;
                    self.visit.get_or_insert_with(|| Visit::new(*after, *at));
                }
                Seen::Joined {
                    outcome: JoinOutcome::Reset,
                    after,
                } => {
                    self.verdict.resets += 1;
                    match resets_allowed.checked_sub(1) {
                        Some(left) => resets_allowed = left,
                        None => {
                            let what = "was to start over, though it knew its place";
                            self.find(Kind::Reset, *after, *at, what);
                        }
                    }
                    self.end_visit();
                    self.visit = Some(Visit::new(*after, *at));
                }
                Seen::Entry(entry) => self.see(entry, *at),
            }
        }
        self.end_visit();
        let head = self.log.last_key_value().map_or(Seq::ZERO, |(seq, _)| *seq);
        let newest = self.visit.as_ref().map_or(Seq::ZERO, |visit| visit.newest);
        if stays && newest < head {
            let at = self.visit.as_ref().map_or(Duration::ZERO, |visit| visit.at);
            let what = format!("ended at {newest}, and the head is {head}");
            self.find(Kind::Behind, newest, at, what);
        }
    }

    fn see(&mut self, entry: &Arc<Entry>, at: Duration) {
        self.verdict.entries_verified += 1;
        match self.log.get(&entry.seq) {
            None => {
                let what = format!("saw {entry:?}, which is not on the log");
                self.find(Kind::NotOnLog, entry.seq, at, what);
            }
            Some(on_log) if *on_log != entry => {
                let what = format!("saw {entry:?}, but the log has {on_log:?}");
                self.find(Kind::NotOnLog, entry.seq, at, what);
            }
            Some(_) => {}
        }
        let Some(visit) = &mut self.visit else {
            let what = "saw an entry before it was let in";
            return self.find(Kind::NotOnLog, entry.seq, at, what);
        };
        visit.at = at;
        let (start, newest) = (visit.start, visit.newest);
        visit.newest = newest.max(entry.seq);
        if visit.seen.insert(entry.seq, at).is_some() {
            self.find(Kind::Duplicate, entry.seq, at, "saw it twice");
        } else if entry.seq <= start {
            let what = format!("saw it again, after it had started over behind {start}");
            self.find(Kind::Duplicate, entry.seq, at, what);
        } else if entry.seq < newest {
            let what = format!("saw it only after {newest}");
            self.find(Kind::Reordering, entry.seq, at, what);
        }
    }

    /// Looks for what was passed over, up to the newest that was seen.
    fn end_visit(&mut self) {
        let Some(visit) = &self.visit else {
            return;
        };
        let mut gaps = Vec::new();
        let mut missing: Vec<Seq> = Vec::new();
        let passed = (Bound::Excluded(visit.start), Bound::Unbounded);
        for seq in self.log.range(passed).map(|(seq, _)| *seq) {
            match visit.seen.get(&seq) {
                None => missing.push(seq),
                Some(at) if !missing.is_empty() => gaps.push((std::mem::take(&mut missing), *at)),
                Some(_) => {}
            }
        }
        for (missing, at) in gaps {
            if let [first, .., last] | [first @ last] = missing[..] {
                let what = format!("never saw {} entries, {first} to {last}", missing.len());
                self.find(Kind::Gap, first, at, what);
            }
        }
    }

    fn find(&mut self, kind: Kind, seq: Seq, at: Duration, what: impl Into<String>) {
        self.verdict.violations.push(Violation {
            kind,
            client: Some(self.client),
            room: Some(self.room.clone()),
            seq: Some(seq),
            at: Some(at),
            what: what.into(),
        });
    }
}

impl Visit {
    fn new(start: Seq, at: Duration) -> Self {
        Self {
            start,
            newest: start,
            seen: BTreeMap::new(),
            at,
        }
    }
}
