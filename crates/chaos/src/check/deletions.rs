//! Which messages are deleted: the log has their entries without words, wherever clients received
//! them before the deletion.

use std::{collections::HashMap, sync::Arc};

use parlor_client::{Body, Entry, MessageId, Seq};

/// The place of the first deletion of each deleted message of a room.
#[derive(Debug, Default)]
pub(super) struct Deletions(HashMap<MessageId, Seq>);

impl Deletions {
    pub(super) fn of(log: &[Arc<Entry>]) -> Self {
        let mut deletions = HashMap::new();
        for entry in log {
            if let Body::Deletion { target } = entry.body {
                deletions.entry(target).or_insert(entry.seq);
            }
        }
        Self(deletions)
    }

    /// Whether this message is deleted.
    pub(super) fn contain(&self, message: MessageId) -> bool {
        self.0.contains_key(&message)
    }

    /// The entries that the log hands out with their words, although their message is deleted.
    pub(super) fn worded<'a>(&self, log: &'a [Arc<Entry>]) -> impl Iterator<Item = &'a Arc<Entry>> {
        let is_deleted = |entry: &Entry| {
            let message = entry.body.target().unwrap_or(entry.id);
            self.0.get(&message).is_some_and(|at| *at > entry.seq)
        };
        let has_words = |entry: &Entry| entry.body.text().is_some();
        log.iter()
            .filter(move |entry| has_words(entry) && is_deleted(entry))
    }

    /// Whether this is what is left of a body whose message was deleted after the entry.
    pub(super) fn explain(&self, on_log: &Entry, body: &Body) -> bool {
        let message = body.target().unwrap_or(on_log.id);
        let deleted_at = self.0.get(&message);
        on_log.body == body.clone().blanked() && deleted_at.is_some_and(|at| *at > on_log.seq)
    }
}
