//! What was posted, against what is on the logs.

use std::collections::{BTreeMap, HashMap, HashSet};

use parlor_client::{Body, Entry, ErrorCode, MessageId, RoomId, Seq};

use super::{Kind, Verdict, Violation};
use crate::record::{Accepted, DiskFull, Logs, Record};

/// Holds what was posted against the log.
pub(super) struct Posts<'a> {
    verdict: &'a mut Verdict,
    records: &'a [Record],
    /// Every place of each id.
    places: HashMap<(&'a RoomId, MessageId), Vec<&'a Entry>>,
    /// Messages that are deleted: there is nothing to change about them.
    deleted: HashSet<(&'a RoomId, MessageId)>,
}

impl<'a> Posts<'a> {
    pub(super) fn new(verdict: &'a mut Verdict, logs: &'a Logs, records: &'a [Record]) -> Self {
        let mut places: HashMap<_, Vec<&Entry>> = HashMap::new();
        let mut deleted = HashSet::new();
        for (room, log) in logs {
            for entry in log {
                places.entry((room, entry.id)).or_default().push(entry);
                if let Body::Deletion { target } = entry.body {
                    deleted.insert((room, target));
                }
            }
        }
        Self {
            verdict,
            records,
            places,
            deleted,
        }
    }

    pub(super) fn check(mut self, disk_full: &[DiskFull]) {
        for (client, record) in self.records.iter().enumerate() {
            // The post of each room with the highest place so far.
            let mut highest: BTreeMap<&RoomId, (&Accepted, &Entry)> = BTreeMap::new();
            for post in &record.accepted {
                let Some(entry) = self.check_post(client, record, post) else {
                    continue;
                };
                match highest.get(&post.room) {
                    Some((earlier, above)) if above.seq > entry.seq => {
                        self.check_overtaken(client, (earlier, above), entry, disk_full);
                    }
                    Some(_) | None => {
                        highest.insert(&post.room, (post, entry));
                    }
                }
            }
        }
        // What is left was posted by nobody.
        let mut left: Vec<(&RoomId, &Entry)> = self
            .places
            .iter()
            .flat_map(|((room, _), entries)| entries.iter().map(move |entry| (*room, *entry)))
            .collect();
        left.sort_by_key(|(_, entry)| entry.seq);
        for (room, entry) in left {
            self.verdict.violations.push(Violation {
                kind: Kind::NotPosted,
                client: None,
                room: Some(room.clone()),
                seq: Some(entry.seq),
                at: None,
                what: format!("{entry:?}"),
            });
        }
    }

    /// Holds one post against the log; gives its entry.
    fn check_post(
        &mut self,
        client: usize,
        record: &Record,
        post: &'a Accepted,
    ) -> Option<&'a Entry> {
        self.verdict.accepted += 1;
        let entries = self
            .places
            .remove(&(&post.room, post.id))
            .unwrap_or_default();
        let acknowledged = record.settled.get(&post.id);
        self.verdict.acknowledged += u64::from(acknowledged.is_some());
        self.verdict.unheard += u64::from(record.unheard.contains(&post.id));
        let target = post.body.target();
        let in_vain = target.is_some_and(|target| self.deleted.contains(&(&post.room, target)));
        match (&entries[..], record.refused.get(&post.id)) {
            ([], None) if in_vain && record.unheard.contains(&post.id) => {}
            ([], None) => {
                let what = format!("{post:?} is not on the log; acknowledged: {acknowledged:?}");
                self.find(Kind::Lost, client, post, acknowledged.copied(), what);
            }
            ([], Some(ErrorCode::TargetUnknown)) if in_vain => {
                self.verdict.refused += 1;
            }
            ([], Some(code)) => {
                let what = format!("{post:?} was refused: {code:?}");
                self.find(Kind::Refused, client, post, None, what);
            }
            ([entry, ..], Some(code)) => {
                let what = format!("{entry:?} was refused: {code:?}");
                self.find(Kind::Refused, client, post, Some(entry.seq), what);
            }
            ([entry], None) => {
                let by_us = record.members.contains(&entry.member);
                if entry.body != post.body || !by_us {
                    let what = format!("{entry:?} is not what was posted: {post:?}");
                    self.find(Kind::NotPosted, client, post, Some(entry.seq), what);
                }
                if acknowledged.is_some_and(|seq| *seq != entry.seq) {
                    let what = format!("acknowledged at {acknowledged:?}, but it is {entry:?}");
                    self.find(Kind::NotOnLog, client, post, Some(entry.seq), what);
                }
            }
            ([entry, again, ..], None) => {
                let what = format!("{entry:?} is there again: {again:?}");
                self.find(Kind::Doubled, client, post, Some(again.seq), what);
            }
        }
        entries.first().copied()
    }

    /// A post that the log could not take waits while later ones may be taken; nothing else may put it back. So the disk
    /// was full at some time between its making and its place.
    fn check_overtaken(
        &mut self,
        client: usize,
        (post, entry): (&Accepted, &Entry),
        later: &Entry,
        disk_full: &[DiskFull],
    ) {
        let waited = |full: &DiskFull| full.until_ms >= post.made_ms && full.from_ms <= entry.at_ms;
        if disk_full.iter().any(waited) {
            self.verdict.put_back += 1;
        } else {
            let what = format!("{post:?} is behind {}, which was posted later", later.seq);
            self.find(Kind::AuthorOrder, client, post, Some(entry.seq), what);
        }
    }

    fn find(
        &mut self,
        kind: Kind,
        client: usize,
        post: &Accepted,
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
