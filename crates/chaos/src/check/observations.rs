//! Checks what a client observed of a room against the room's log.

use std::{collections::BTreeMap, ops::Bound, sync::Arc, time::Duration};

use parlor_client::{Entry, Epoch, JoinOutcome, Position, RoomId, Seq};

use super::{
    deletions::Deletions,
    histories::{Histories, LostEntries},
    verdict::{Verdict, Violation, ViolationKind},
};
use crate::record::{Observation, Observed};

/// The check of one client's observations of one room.
pub(super) struct ObservationCheck<'a> {
    verdict: &'a mut Verdict,
    client: usize,
    room: &'a RoomId,
    /// The log that is left.
    left: &'a [Arc<Entry>],
    lost: &'a LostEntries<'a>,
    histories: Histories<'a>,
    /// The log in the epoch of the current span.
    log: BTreeMap<Seq, &'a Arc<Entry>>,
    deletions: &'a Deletions,
    /// `None` until the client has joined.
    span: Option<Span>,
}

/// What a client received since it last started over.
struct Span {
    epoch: Epoch,
    start: Seq,
    newest: Seq,
    received: BTreeMap<Seq, Duration>,
    at: Duration,
}

/// One room's log: what is left, and what was lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomHistory<'a> {
    pub(super) left: &'a [Arc<Entry>],
    pub(super) deletions: &'a Deletions,
    pub(super) lost: &'a LostEntries<'a>,
    pub(super) histories: Histories<'a>,
}

impl<'a> ObservationCheck<'a> {
    pub(super) fn new(
        verdict: &'a mut Verdict,
        client: usize,
        room: &'a RoomId,
        history: RoomHistory<'a>,
    ) -> Self {
        let RoomHistory {
            left,
            deletions,
            lost,
            histories,
        } = history;
        Self {
            verdict,
            client,
            room,
            left,
            lost,
            histories,
            log: left.iter().map(|entry| (entry.seq, entry)).collect(),
            deletions,
            span: None,
        }
    }

    pub(super) fn observe_all(&mut self, observations: &[Observation]) {
        let mut resets_allowed = 0_u32;
        for Observation { at, what } in observations {
            match what {
                Observed::JoinRequested => resets_allowed += 1,
                Observed::Joined {
                    outcome,
                    after,
                    epoch,
                } => {
                    let must_reset = self.must_reset(*epoch);
                    match outcome {
                        JoinOutcome::Resumed => self.verdict.resumed += 1,
                        JoinOutcome::Reset => self.verdict.resets += 1,
                    }
                    match (outcome, must_reset, resets_allowed) {
                        (JoinOutcome::Resumed, false, _) | (JoinOutcome::Reset, true, _) => {}
                        (JoinOutcome::Resumed, true, _) => {
                            let what = "was told to resume in a log that lost what it has";
                            self.report(ViolationKind::Resumed, *after, *at, what);
                        }
                        (JoinOutcome::Reset, false, 0) => {
                            let what = "was told to start over, though it knew its place";
                            self.report(ViolationKind::Reset, *after, *at, what);
                        }
                        (JoinOutcome::Reset, false, _) => resets_allowed -= 1,
                    }
                    self.joined(*outcome, *after, *epoch, *at);
                }
                Observed::Entry(entry) => self.check_entry(entry, *at),
            }
        }
        self.check_gaps();
    }

    /// Whether a client that joins in this epoch has something that was lost before.
    fn must_reset(&self, epoch: Epoch) -> bool {
        self.span.as_ref().is_some_and(|span| {
            let place = Position {
                epoch: span.epoch,
                seq: span.newest,
            };
            self.histories.must_reset(place, epoch)
        })
    }

    /// Begins a span, or goes on with the current one in another epoch. The entries that follow
    /// show whether that was right.
    fn joined(&mut self, outcome: JoinOutcome, after: Seq, epoch: Epoch, at: Duration) {
        // The log depends on the epoch alone, and most joins go on in the same one.
        let is_same_log = self.span.as_ref().is_some_and(|span| span.epoch == epoch);
        if outcome == JoinOutcome::Reset {
            self.check_gaps();
            self.span = None;
        }
        if !is_same_log {
            self.log = self.lost.log_in(epoch, self.left, self.histories);
        }
        let span = self.span.get_or_insert_with(|| Span::new(epoch, after, at));
        span.epoch = epoch;
    }

    /// Reports a client that has not received the newest entry of the log.
    pub(super) fn check_head(&mut self) {
        let head = self.log.last_key_value().map_or(Seq::ZERO, |(seq, _)| *seq);
        let newest = self.span.as_ref().map_or(Seq::ZERO, |span| span.newest);
        if newest < head {
            let at = self.span.as_ref().map_or(Duration::ZERO, |span| span.at);
            let what = format!("ended at {newest}, but the head is {head}");
            self.report(ViolationKind::Behind, newest, at, what);
        }
    }

    fn check_entry(&mut self, entry: &Arc<Entry>, at: Duration) {
        self.verdict.entries_verified += 1;
        match self.log.get(&entry.seq) {
            None => {
                let what = format!("received {entry:?}, which is not on the log");
                self.report(ViolationKind::NotOnLog, entry.seq, at, what);
            }
            // It was received before its message was deleted.
            Some(on_log) if self.is_worded(on_log, entry) => {}
            // Or after a deletion that was lost since.
            Some(on_log) if self.is_blanked(on_log, entry) => {}
            Some(on_log) if *on_log != entry => {
                let what = format!("received {entry:?}, but the log has {on_log:?}");
                self.report(ViolationKind::NotOnLog, entry.seq, at, what);
            }
            Some(_) => {}
        }
        let Some(span) = &mut self.span else {
            let what = "received an entry before it had joined";
            return self.report(ViolationKind::NotOnLog, entry.seq, at, what);
        };
        span.at = at;
        let (start, newest) = (span.start, span.newest);
        span.newest = newest.max(entry.seq);
        if span.received.insert(entry.seq, at).is_some() {
            self.report(ViolationKind::Duplicate, entry.seq, at, "received it twice");
        } else if entry.seq <= start {
            let what = format!("received it again after it had started over behind {start}");
            self.report(ViolationKind::Duplicate, entry.seq, at, what);
        } else if entry.seq < newest {
            let what = format!("received it only after {newest}");
            self.report(ViolationKind::Reordering, entry.seq, at, what);
        }
    }

    /// Whether the log has this entry without its words, because its message was deleted since.
    fn is_worded(&self, on_log: &Entry, entry: &Entry) -> bool {
        let blanked = Entry {
            body: on_log.body.clone(),
            ..entry.clone()
        };
        blanked == *on_log && self.deletions.explain(on_log, &entry.body)
    }

    /// Whether one of them is the other without its words, where a deletion may have been lost.
    fn is_blanked(&self, on_log: &Entry, entry: &Entry) -> bool {
        let blanked = |entry: &Entry| Entry {
            body: entry.body.clone().blanked(),
            ..entry.clone()
        };
        let is_other = blanked(on_log) == *entry || blanked(entry) == *on_log;
        self.histories.has_losses() && is_other
    }

    /// Reports the entries that were skipped before the newest received one.
    fn check_gaps(&mut self) {
        let Some(span) = &self.span else {
            return;
        };
        let mut gaps = Vec::new();
        let mut missing: Vec<Seq> = Vec::new();
        let expected = (Bound::Excluded(span.start), Bound::Unbounded);
        for seq in self.log.range(expected).map(|(seq, _)| *seq) {
            match span.received.get(&seq) {
                None => missing.push(seq),
                Some(at) if !missing.is_empty() => gaps.push((std::mem::take(&mut missing), *at)),
                Some(_) => {}
            }
        }
        for (missing, at) in gaps {
            if let [first, .., last] | [first @ last] = missing[..] {
                let what = format!(
                    "never received {} entries, {first} to {last}",
                    missing.len()
                );
                self.report(ViolationKind::Gap, first, at, what);
            }
        }
    }

    fn report(&mut self, kind: ViolationKind, seq: Seq, at: Duration, what: impl Into<String>) {
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

impl Span {
    fn new(epoch: Epoch, start: Seq, at: Duration) -> Self {
        Self {
            epoch,
            start,
            newest: start,
            received: BTreeMap::new(),
            at,
        }
    }
}
