//! What a webhook delivers next: the entries after its place in the log, or that what came next is
//! not to be had any more.

use std::collections::HashSet;

use parlor_shared::{
    RoomId, Seq,
    limits::{WEBHOOK_ENTRIES_MAX, WEBHOOK_TEXT_BYTES_MAX},
};

use crate::engine::{
    Committed, Engine, MatchQuery, Matching, ReadError, embedded::OutgoingWebhook,
};

/// What is delivered next, and how far that brings the webhook.
#[derive(Debug)]
pub(super) struct Next {
    /// What it is.
    pub(super) content: Content,
    /// Where it ends.
    pub(super) until: Seq,
    /// Whether there may be more already.
    pub(super) more: bool,
}

/// What is delivered.
#[derive(Debug)]
pub(super) enum Content {
    /// These entries, of which there is one at least.
    Entries(Vec<Committed>),
    /// The webhook goes on at another place than the one that it had reached.
    Reset {
        reason: ResetReason,
        /// The room whose entries are missing, if it is one.
        room: Option<RoomId>,
    },
}

/// Why a webhook can't go on where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResetReason {
    /// The log is another one, or an older copy: it has other entries at the same places.
    History,
    /// Retention has deleted entries that were not delivered.
    Expired,
}

/// What was found after a webhook's place.
#[derive(Debug)]
pub(super) enum Found {
    /// This is to be delivered.
    Next(Next),
    /// Up to here there is nothing to deliver.
    Nothing {
        until: Seq,
        /// Whether the log goes on there.
        more: bool,
    },
}

/// Reads what comes after a webhook's place, of which there is nothing before `scanned`.
///
/// # Errors
/// [`ReadError`] if the log can't be read.
pub(super) async fn read(
    engine: &dyn Engine,
    webhook: &OutgoingWebhook,
    scanned: Seq,
) -> Result<Found, ReadError> {
    let position = webhook.position;
    if !engine.continues(&position) {
        // A log that knows nothing of the place is read from its beginning: nothing is left out.
        let until = engine.shared_until(&position).unwrap_or(Seq::ZERO);
        return Ok(Found::Next(Next {
            content: Content::Reset {
                reason: ResetReason::History,
                room: None,
            },
            until,
            more: true,
        }));
    }
    let after = scanned.max(position.seq);
    // What was begun is delivered again as it was, whatever was written since.
    if let Some(begun) = &webhook.begun
        && engine.continues(&begun.until)
        && begun.until.seq > after
    {
        let query = MatchQuery {
            until: Some(begun.until.seq),
            text_bytes_max: usize::MAX,
            ..query(webhook, after)
        };
        let again = engine.read_matching(query).await?;
        if !again.entries.is_empty() {
            return Ok(found(again, position.seq));
        }
        // They are gone, which the next entry of their room shows.
    }
    let matching = engine.read_matching(query(webhook, after)).await?;
    Ok(found(matching, position.seq))
}

fn query(webhook: &OutgoingWebhook, after: Seq) -> MatchQuery {
    MatchQuery {
        rooms: webhook.rooms.clone(),
        after,
        until: None,
        limit: WEBHOOK_ENTRIES_MAX,
        text_bytes_max: WEBHOOK_TEXT_BYTES_MAX,
    }
}

/// What was found by a webhook that has everything up to this place: the entries that follow it
/// without a gap. A gap is an entry that retention has deleted.
fn found(mut matching: Matching, after: Seq) -> Found {
    let expired = |until: Seq, room: Option<RoomId>| {
        let reason = ResetReason::Expired;
        Found::Next(Next {
            content: Content::Reset { reason, room },
            until,
            more: true,
        })
    };
    let Some(first) = matching.entries.first() else {
        if is_cut_off(matching.deleted_until, after) {
            // What comes after the part that was read may be there.
            return expired(matching.deleted_until.min(matching.until), None);
        }
        return Found::Nothing {
            until: matching.until,
            more: matching.more,
        };
    };
    if is_cut_off(first.entry.prev, after) {
        // It is the first of all rooms, so nothing else is between.
        return expired(first.entry.seq.previous(), Some(first.room.clone()));
    }
    let whole = whole_count(&matching.entries, after);
    matching.more |= whole < matching.entries.len();
    matching.entries.truncate(whole);
    Found::Next(Next {
        // Not where the reading ended: what is sent again ends at the same place.
        until: matching.entries.last().map_or(after, |last| last.entry.seq),
        content: Content::Entries(matching.entries),
        more: matching.more,
    })
}

/// How many of the entries there are before the first gap.
fn whole_count(entries: &[Committed], after: Seq) -> usize {
    let mut rooms: HashSet<&RoomId> = HashSet::new();
    // Of each room only the first counts: its others follow it without a gap.
    let numbered = entries.iter().enumerate();
    let mut firsts = numbered.filter(|(_, one)| rooms.insert(&one.room));
    let cut = firsts.find(|(_, one)| is_cut_off(one.entry.prev, after));
    cut.map_or(entries.len(), |(index, _)| index)
}

/// Whether an entry after this place was deleted, if the newest deleted one was there. From the
/// log's beginning on, what is left of it is all that there is.
fn is_cut_off(deleted: Seq, after: Seq) -> bool {
    deleted > after && after > Seq::ZERO
}

#[cfg(test)]
mod tests {
    use parlor_shared::{Body, Entry, MemberId, MessageId, Name};

    use super::*;

    fn committed(room: &str, seq: u64, prev: u64) -> Committed {
        Committed {
            room: RoomId::parse(room).unwrap(),
            entry: Entry {
                seq: Seq(seq),
                prev: Seq(prev),
                id: MessageId::from_bytes([1; 16]),
                at_ms: 1,
                member: MemberId::from_bytes([1; 16]),
                name: Name::parse("ann").unwrap(),
                body: Body::SlowMode { seconds: 1 },
            },
        }
    }

    /// What is found after the place 10 among these entries: the seqs that are delivered, or the
    /// room of a reset; and where it ends.
    fn check(entries: Vec<Committed>) -> (String, u64) {
        check_deleted(entries, 10)
    }

    /// The same where retention has deleted an entry at this place.
    fn check_deleted(entries: Vec<Committed>, deleted: u64) -> (String, u64) {
        let matching = Matching {
            until: Seq(99),
            entries,
            more: false,
            deleted_until: Seq(deleted),
        };
        match found(matching, Seq(10)) {
            Found::Next(next) => {
                let content = match next.content {
                    Content::Entries(entries) => {
                        let seqs: Vec<String> = entries
                            .iter()
                            .map(|one| one.entry.seq.to_string())
                            .collect();
                        seqs.join(" ")
                    }
                    Content::Reset { reason, room } => match room {
                        Some(room) => format!("{reason:?} in {room}"),
                        None => format!("{reason:?}"),
                    },
                };
                (content, next.until.0)
            }
            Found::Nothing { until, .. } => ("nothing".to_owned(), until.0),
        }
    }

    #[test]
    fn entries_are_delivered_up_to_the_first_before_which_one_is_missing() {
        assert_eq!(check(vec![]), ("nothing".to_owned(), 99));
        let a = |seq, prev| committed("a", seq, prev);
        let b = |seq, prev| committed("b", seq, prev);
        let whole = vec![a(12, 9), b(13, 10), a(14, 12)];
        assert_eq!(check(whole), ("12 13 14".to_owned(), 14));
        let cut = vec![a(12, 9), a(13, 12), b(15, 11)];
        assert_eq!(check(cut), ("12 13".to_owned(), 13));
        let at_once = vec![b(15, 11), a(16, 9)];
        assert_eq!(check(at_once), ("Expired in b".to_owned(), 14));
        assert_eq!(check_deleted(vec![], 42), ("Expired".to_owned(), 42));
        assert_eq!(check_deleted(vec![], 420), ("Expired".to_owned(), 99));
    }
}
