//! Checks what the clients posted against what is on the logs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parlor_client::{Entry, ErrorCode, MessageId, RoomId, Seq};

use super::{
    deletions::Deletions,
    histories::{Histories, lost_messages},
    verdict::{Verdict, Violation, ViolationKind},
};
use crate::record::{AcceptedPost, Logs, Record};

/// The check of all posts of a run.
pub(super) struct PostCheck<'a> {
    verdict: &'a mut Verdict,
    records: &'a [Record],
    /// The entries of each id that no accepted post has accounted for yet.
    entries: HashMap<(&'a RoomId, MessageId), Vec<&'a Entry>>,
    /// The messages that were lost, or deleted on a log that was lost.
    lost: BTreeSet<(&'a RoomId, MessageId)>,
    deletions: &'a BTreeMap<&'a RoomId, Deletions>,
    histories: Histories<'a>,
}

/// A post and its entry on the log.
#[derive(Clone, Copy)]
struct LoggedPost<'a> {
    post: &'a AcceptedPost,
    entry: &'a Entry,
}

impl<'a> PostCheck<'a> {
    pub(super) fn new(
        verdict: &'a mut Verdict,
        logs: &'a Logs,
        records: &'a [Record],
        deletions: &'a BTreeMap<&'a RoomId, Deletions>,
        histories: Histories<'a>,
    ) -> Self {
        let mut entries: HashMap<_, Vec<&Entry>> = HashMap::new();
        for (room, log) in logs {
            for entry in log {
                entries.entry((room, entry.id)).or_default().push(entry);
            }
        }
        Self {
            verdict,
            records,
            entries,
            lost: lost_messages(records, logs, histories),
            deletions,
            histories,
        }
    }

    pub(super) fn run(mut self) {
        for (client, record) in self.records.iter().enumerate() {
            // For each room the post with the highest seq so far.
            let mut highest: BTreeMap<&RoomId, LoggedPost<'_>> = BTreeMap::new();
            for post in &record.accepted {
                let Some(entry) = self.check_post(client, record, post) else {
                    continue;
                };
                let logged = LoggedPost { post, entry };
                match highest.get(&post.room) {
                    Some(earlier) if earlier.entry.seq > entry.seq => {
                        self.report_overtaken(client, *earlier, entry);
                    }
                    Some(_) | None => {
                        highest.insert(&post.room, logged);
                    }
                }
            }
        }
        self.report_unaccounted();
    }

    /// Reports the entries that no client has posted.
    fn report_unaccounted(self) {
        let mut left: Vec<(&RoomId, &Entry)> = self
            .entries
            .iter()
            .flat_map(|((room, _), entries)| entries.iter().map(move |entry| (*room, *entry)))
            .collect();
        left.sort_by_key(|(_, entry)| entry.seq);
        let violations = left.into_iter().map(|(room, entry)| Violation {
            kind: ViolationKind::NotPosted,
            client: None,
            room: Some(room.clone()),
            seq: Some(entry.seq),
            at: None,
            what: format!("{entry:?}"),
        });
        self.verdict.violations.extend(violations);
    }

    /// Checks one post; returns its entry on the log.
    fn check_post(
        &mut self,
        client: usize,
        record: &Record,
        post: &'a AcceptedPost,
    ) -> Option<&'a Entry> {
        self.verdict.accepted += 1;
        let entries = self
            .entries
            .remove(&(&post.room, post.id))
            .unwrap_or_default();
        let acked = record.acked.get(&post.id);
        self.verdict.acked += u64::from(acked.is_some());
        let is_outcome_unknown = record.outcome_unknown.contains(&post.id);
        self.verdict.outcome_unknown += u64::from(is_outcome_unknown);
        let target = post.body.target();
        let deletions = self.deletions.get(&post.room);
        let may_be_refused = target.is_some_and(|target| {
            let is_deleted = deletions.is_some_and(|of| of.contain(target));
            is_deleted || self.lost.contains(&(&post.room, target))
        });
        let lost_before = acked.and_then(|place| self.histories.lost_before(*place));
        match (&entries[..], record.refused.get(&post.id)) {
            ([], None) if lost_before.is_some() => self.verdict.lost_with_log += 1,
            // Acked or refused on a log that may have been lost.
            ([], None) if is_outcome_unknown && self.histories.has_losses() => {}
            ([], None) if may_be_refused && is_outcome_unknown => {}
            ([], None) => {
                let what = format!("{post:?} is not on the log; acked at {acked:?}");
                let seq = acked.map(|place| place.seq);
                self.report(ViolationKind::Lost, client, post, seq, what);
            }
            ([], Some(ErrorCode::TargetUnknown)) if may_be_refused => {
                self.verdict.refused += 1;
            }
            ([], Some(code)) => {
                let what = format!("{post:?} was refused: {code:?}");
                self.report(ViolationKind::Refused, client, post, None, what);
            }
            ([entry, ..], Some(code)) => {
                let what = format!("{entry:?} was refused: {code:?}");
                self.report(ViolationKind::Refused, client, post, Some(entry.seq), what);
            }
            ([entry], None) => {
                let is_own = record.members.contains(&entry.member);
                let is_blanked = deletions.is_some_and(|of| of.explain(entry, &post.body));
                if (entry.body != post.body && !is_blanked) || !is_own {
                    let what = format!("{entry:?} differs from what was posted: {post:?}");
                    self.report(
                        ViolationKind::NotPosted,
                        client,
                        post,
                        Some(entry.seq),
                        what,
                    );
                }
                if acked.is_some_and(|place| place.seq != entry.seq) {
                    let what = format!("acked at {acked:?}, but the log has {entry:?}");
                    self.report(ViolationKind::NotOnLog, client, post, Some(entry.seq), what);
                }
            }
            ([entry, again, ..], None) => {
                let what = format!("{entry:?} is on the log again: {again:?}");
                self.report(ViolationKind::Doubled, client, post, Some(again.seq), what);
            }
        }
        entries.first().copied()
    }

    /// Reports a post that is on the log behind a later one of the same client.
    fn report_overtaken(&mut self, client: usize, overtaken: LoggedPost<'_>, later: &Entry) {
        let LoggedPost { post, entry } = overtaken;
        let what = format!("{post:?} is behind {}, which was posted later", later.seq);
        self.report(
            ViolationKind::AuthorOrder,
            client,
            post,
            Some(entry.seq),
            what,
        );
    }

    fn report(
        &mut self,
        kind: ViolationKind,
        client: usize,
        post: &AcceptedPost,
        seq: Option<Seq>,
        what: impl Into<String>,
    ) {
        self.verdict.violations.push(Violation {
            kind,
            client: Some(client),
            room: Some(post.room.clone()),
            seq,
            at: None,
            what: what.into(),
        });
    }
}
