//! What an append has written.

use crate::engine::{Appended, Committed, NewEntry, Outcome};

/// The entry to pass to the listener, if the append wrote one.
pub(super) fn newly_committed(new: NewEntry, appended: &Appended) -> Option<Committed> {
    let Appended { entry, outcome } = appended;
    match outcome {
        Outcome::New => Some(Committed {
            room: new.room,
            entry: entry.clone(),
        }),
        Outcome::Duplicate => None,
    }
}
