//! Shares equal entries between the records of all clients, which would not fit into memory
//! otherwise.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use parlor_client::{Entry, RoomId, Seq};

/// The first entry that any client received at each place.
#[derive(Debug, Default)]
pub(crate) struct EntryCache(Mutex<HashMap<(RoomId, Seq), Arc<Entry>>>);

impl EntryCache {
    /// A shared copy of this entry. An entry that differs from the first one at its place is not
    /// replaced by that one.
    pub(crate) fn share(&self, room: &RoomId, entry: Entry) -> Arc<Entry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = entries
            .entry((room.clone(), entry.seq))
            .or_insert_with(|| Arc::new(entry.clone()));
        if **first == entry {
            first.clone()
        } else {
            Arc::new(entry)
        }
    }
}
